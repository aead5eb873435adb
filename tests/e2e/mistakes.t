#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# What trawlctl says to those who mistype: what was meant, perhaps, and an exit
# status that no script takes for success. Nothing is answered by silence.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

CTL=${TRAWLCTL:-$BUILD/trawlctl}

write_conf <<EOC
listen: [{address: "127.0.0.1:$(free_port)"}]
bmcs:
  - {name: r1-n01, url: "https://192.0.2.1", receive: passive, token: r1-n01-0123456789}
  - {name: r1-n02, url: "https://192.0.2.2", receive: passive, token: r1-n02-0123456789}
sinks: {siem: {type: file, path: $EVENTS}}
routes: [{to: siem}]
EOC
start_trawld "$CONF"
socket=(--socket "$TMP/control.sock")

# refused STATUS WORDS ARGUMENT...: ends so, and says so on standard error only.
refused()
{
    local want=$1 words=$2 got=0
    shift 2
    "$CTL" "$@" >"$TMP/out" 2>"$TMP/err" || got=$?
    is "$got" "$want" "trawlctl ${*##*/}: ends with $want"
    like "$(<"$TMP/err")" "$words" '... and says why'
    is "$(<"$TMP/out")" '' '... not among the answers'
}

# ---- Names
refused 1 "no BMC has the name r1-n03; did you mean 'r1-n0[12]'\?" \
    bmcs r1-n03 "${socket[@]}"
refused 1 'no BMC has the name x\*$' bmcs 'x*' "${socket[@]}"
refused 1 "no BMC has the name r1-n0; did you mean" test r1-n0 "${socket[@]}"
refused 1 "no BMC has the name r1-n0; did you mean" \
    subscriptions --bmc r1-n0 "${socket[@]}"
refused 1 "no BMC has the name r1-n0; did you mean" \
    registries --bmc r1-n0 "${socket[@]}"
refused 1 'nothing is known to be left at a BMC r1-n01' \
    unsubscribe --forget r1-n01 "${socket[@]}"
refused 1 "there is no sink sime; did you mean 'siem'\?" \
    replay --sink sime --since 1h "${socket[@]}"

# ---- Words
refused 1 "'pasive' is no state: did you mean 'passive'\?" \
    bmcs --state pasive "${socket[@]}"
refused 1 "'gone' is no state: there is starting, passive" \
    bmcs --state gone "${socket[@]}"
refused 1 "'bad' is no severity of a problem" \
    conditions --severity bad "${socket[@]}"
"$CTL" conditions --severity unknown "${socket[@]}"
is $? 0 'a severity that none has is no mistake'
"$CTL" subscriptions "${socket[@]}"
is $? 0 'nor is a fleet without subscriptions'

# ---- Command lines
refused 2 "trawlctl test: of which BMCs" test "${socket[@]}"
refused 2 "trawlctl test: name BMCs or say --all, not both" \
    test --all r1-n01 "${socket[@]}"
refused 2 'clear ID --why TEXT' conditions clear 0123 "${socket[@]}"
refused 2 'trawlctl status: unrecognized option' status --jsno
refused 2 "did you mean 'status'" statsu
refused 2 'unrecognized option|invalid option|Usage' test --forget r1-n01

# ---- Files and folders
refused 2 "there is no spool in $TMP" spool check --spool "$TMP"
refused 1 "there is no spool in $TMP" events --spool "$TMP"
refused 1 'has the id none' quarantine show none --spool "$SPOOL"
refused 1 'cannot open none.json' explain none.json
refused 2 'no daemon listens at .*is trawld running' \
    status --socket "$TMP/none.sock"

# ---- Where the answer goes
"$CTL" bmcs "${socket[@]}" >/dev/full 2>"$TMP/err"
is $? 1 'an answer that cannot be written is a failure'
like "$(<"$TMP/err")" 'cannot write the output: No space left' '... and told'
"$CTL" bmcs "${socket[@]}" | head -n 1 >"$TMP/out"
is "${PIPESTATUS[0]}" 0 'who reads one line gets it'

# Nothing happens that would be written to the pipe.
mkfifo "$TMP/pipe"
"$CTL" events --follow --spool "$SPOOL" >"$TMP/pipe" &
follower=$!
exec 3<"$TMP/pipe"
exec 3<&-
wait_for "$PATIENCE" 'who follows for a pipe ends with its reader' \
    has_ended "$follower"
end_story
