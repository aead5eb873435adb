#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# trawlctl events: the spool's history is what the sinks got, with the daemon
# running and without; it can be chosen from, and followed over a restart.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

CTL=$BUILD/trawlctl
port=$(free_port) token=events-story-token-00001
address=http://127.0.0.1:$port/events/$token
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
bmcs:
  - {name: r1-n01, url: "https://10.0.0.1", receive: passive, token: $token}
  - {name: r2-n01, url: "https://10.0.0.2", receive: passive, token: ${token}2}
sinks: {file: {type: file, path: $EVENTS}}
routes:
  - {match: {bmc: "r2-*", severity: OK}, drop: true}
  - {to: file}
EOC

# shown OPTION...: the events as JSON.
shown()
{
    "$CTL" events --config "$CONF" --json "$@" 2>"$TMP/err"
}

# counts N FILTER OPTION...: these options show N, and jq's filter says the same
# of what the sink got.
counts()
{
    local wanted=$1 filter=$2
    shift 2
    is "$(shown "$@" | wc -l)/$(count_events "$filter")" "$wanted/$wanted" \
        "events $*"
}

"$CTL" events --config "$CONF" >"$TMP/out" 2>"$TMP/err"
is $? 1 'before the first start there is no spool'
ok 'it says so, and how to name another' grep -q -- '--spool DIR' "$TMP/err"

start_trawld "$CONF"
is "$("$CTL" events --config "$CONF" && wc -c <"$TMP/out")" 0 \
    'an empty spool shows nothing'
first=$(payload one two three)
is "$(post "$address" "$first")" 200 'three events of one BMC'
is "$(post "$address" "$first")" 200 'sent again by mistake'
is "$(post "${address}2" "$(payload four)")" 200 'one of another BMC'
is "$(post "${address}2" "$(payload five | sed 's/Critical/OK/')")" 200 \
    'one that is dropped'
is "$(post "$address" 'no JSON')" 200 'and one that is unreadable'
wait_for "$PATIENCE" 'the sink has what is for it' has_key PayloadUnreadable
wait_for "$PATIENCE" 'and all is durable' is_drained

# ---- The whole of it
# same: what is shown is what the sink got, byte for byte.
same()
{
    shown | cmp - "$EVENTS"
}

ok 'what is shown is what the sink got' same
records=$(metric trawl_spool_durable_sequence)
shown --all >"$TMP/all"
is "$(wc -l <"$TMP/all")" "$records" '--all shows every record'
is "$(jq -r .record.outcome "$TMP/all" | sort | uniq -c | xargs)" \
    '1 dropped 5 forwarded 1 quarantined 3 suppressed' \
    'and what became of each'
is "$(jq -c 'select(.record.outcome == "dropped").record |
    [.reason, .sinks]' "$TMP/all")" '["route",[]]' 'why, and where it went'
is "$(jq -c 'select(.record.outcome == "forwarded").record.sinks' "$TMP/all" |
    sort -u)" '["file"]' 'or that it went to the file'
like "$(jq -r 'select(.record.outcome == "quarantined").record.why' \
    "$TMP/all")" JSON 'what was wrong with the unreadable one'
"$CTL" events --config "$CONF" --all >"$TMP/out"
ok 'people read the same in a line' \
    grep -q 'r1-n01 .*Critical .*(suppressed: duplicate)' "$TMP/out"
is "$(wc -l <"$TMP/out")" "$records" 'one for each record'
ok 'without a colour, for this is no terminal' \
    eval '! grep -q $'\''\033'\'' "$TMP/out"'

# ---- Chosen
counts 1 'select(.bmc.name == "r2-n01")' --bmc 'r2-*'
counts 5 . --bmc 'r2-*' --bmc 'r1-*'
counts 4 'select(.severity == "Critical")' --severity Critical
counts 1 'select(.key == "PayloadUnreadable")' --message 'Trawl.*'
counts 4 'select(.key == "DriveFailure")' --message StorageDevice.DriveFailure
counts 4 'select(.condition.state == "raised" and .severity == "Critical")' \
    --state raised --severity Critical
counts 1 'select(.origin == "https://10.0.0.1")' --origin 'https://*'
counts 5 . --since 2h
counts 5 . --since yesterday --until now
counts 0 'select(false)' --until 2h
counts 0 'select(false)' --since 2100-01-01
middle=$(jq -r 'select(.args == ["four"]).received' "$EVENTS")
before=$(($(date -d "$middle" +%s%3N) - 1))
counts 3 "select(.received < \"$middle\")" --until \
    "$(date -u -d "@${before%???}.${before: -3}" +%FT%T.%3NZ)"
is "$(shown --limit 2)" "$(tail -n 2 "$EVENTS")" '--limit shows the last'
is "$(shown --limit 2 --bmc 'r1-*' --message '*.DriveFailure' |
    jq -r '.args[0]' | xargs)" 'two three' 'of those that are chosen'
for wrong in '--severity Bad' '--since tomorrow' '--limit 0' --sing extra; do
    # shellcheck disable=SC2086
    shown $wrong >"$TMP/out"
    is $? 2 "events $wrong: 2"
done

# ---- Rights
if ((EUID == 0)) && type -P setpriv >/dev/null; then
    chmod 755 "$TMP"
    setpriv --reuid=65534 --regid=65534 --clear-groups \
        "$CTL" events --spool "$SPOOL" >"$TMP/out" 2>"$TMP/err"
    is $? 1 'without the right to read it ends with 1'
    ok 'and says what is missing' grep -q 'group trawl' "$TMP/err"
fi

# ---- Followed
# follows FILE: it has what the sink has, from its first line on.
follows()
{
    [[ -s $1 ]] && cmp "$1" <(tail -n "$(wc -l <"$1")" "$EVENTS") &&
        [[ $(tail -n 1 "$1") == "$(tail -n 1 "$EVENTS")" ]]
}

spawn "$TMP/follow.err" bash -c \
    "exec '$CTL' events --config '$CONF' --json --follow >'$TMP/follow'"
follower=$!
wait_for "$PATIENCE" 'it begins with the last' follows "$TMP/follow"
is "$(post "$address" "$(payload six)")" 200 'an event comes'
wait_for "$PATIENCE" 'and is shown' \
    eval 'grep -q "\"six\"" "$TMP/follow" && follows "$TMP/follow"'
kill_trawld
start_trawld "$CONF"
is "$(post "$address" "$(payload seven)")" 200 'one after a death'
wait_for "$PATIENCE" 'is shown from its new segment' \
    eval 'grep -q "\"seven\"" "$TMP/follow" && follows "$TMP/follow"'
is "$(jq -r .id "$TMP/follow" | sort | uniq -d)" '' 'nothing twice'
[[ ! -r /proc/$follower/wchan || $(<"/proc/$follower/wchan") == 0 ]] ||
    wait_for "$PATIENCE" 'in between it sleeps until something happens' \
        grep -q poll "/proc/$follower/wchan"

# ---- Without the daemon
assert_conservation
ok 'trawld ends cleanly' stop_trawld
before=$(find "$STATE" -type f -exec sha256sum {} + | sort)
ok 'stopped, it shows the same' same
is "$(shown --all | wc -l)" "$((records + 2))" 'and all of it'
is "$(find "$STATE" -type f -exec sha256sum {} + | sort)" "$before" \
    'and has changed nothing'
rm -r "$SPOOL"
wait_for "$PATIENCE" 'a follower ends with its spool' has_ended "$follower"
done_testing
