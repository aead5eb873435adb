#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Many at once: two thousand connections and a thousand event streams are open,
# and one BMC floods at full speed, on 100 connections and heeding nothing.
# Every event of the others is answered or read, none of them is pushed back;
# the one that floods is, and loses nothing either. How long it takes is
# measured by tests/bench/many.
. "${0%/*}/lib.sh"
need jq curl
. "$TOP/tests/e2e/crowd.sh"
STREAMS=${STREAMS:-1000}
CONNECTIONS=${CONNECTIONS:-2000}
ulimit -n 16384 2>/dev/null || skip_all 'too few descriptors are allowed'
build_crowd || skip_all 'crowd.c does not build here'

start_streamers "$STREAMS"
{
    crowd_conf
    cat <<CONF
sinks:
  lines: {type: file, path: $TMP/events.jsonl}
routes:
  - {to: [lines]}
CONF
} >"$TMP/trawl.yaml"
start_trawld "$TMP/trawl.yaml"
wait_for "$PATIENCE" "$STREAMS streams are open" all_stream "$STREAMS"

spawn "$TMP/flood.log" crowd flood 100 0 8
flood=$!
is_flooded()
{
    metric_at_least trawl_bmc_records_total 'bmc="flood"' 1000
}
wait_for "$PATIENCE" 'one BMC floods' is_flooded
spawn "$TMP/others.log" crowd others "$CONNECTIONS" 500 6
others=$!
curl -sf -m 60 "$(jq -r .control "$BMCSIM_PORTS")/emit" -d '{"count": 3,
    "rate": 1, "event": {"MessageId": "StorageDevice.1.1.DriveFailure",
    "MessageArgs": ["Bay {n}"]}}' >"$TMP/emitted"

ok "all events of the $CONNECTIONS others are answered" wait "$others"
# Once more each, whether the flood is over by now or not.
ok 'one on each connection as well' crowd each "$CONNECTIONS" 0 0
ok 'and in the end all of the flood' wait "$flood"
is "$(crowd_figure others 2) $(crowd_figure others 3)" '0 0' \
    'no other was pushed back'
pushed_back=$(metric trawl_bmc_pushed_back_total 'bmc="flood"')
ok "the flood was ($pushed_back times)" test "$pushed_back" -gt 0
is "$pushed_back" "$(crowd_figure flood 2)" 'each time with 503'
is "$(metric trawl_bmc_pushed_back_total)" "$pushed_back" \
    'and it alone, streams included'

streamed()
{
    (($(grep -c '"source":"sse"' "$TMP/events.jsonl") == STREAMS * 3))
}
wait_for "$PATIENCE" 'every event of the streams has arrived' streamed
assert_conservation

# name_list TOKEN-PREFIX LIST...: "BMC EVENT-ID" of what was answered.
for name in flood others each; do
    prefix=p
    [[ $name != flood ]] || prefix=flood
    awk -v p=$prefix '{ print (p == "p" ? p $1 : p) " " $2 }' \
        "$TMP/crowd-$name.list"
done | sort >"$TMP/answered"
sed -n 's/.*"bmc":{"name":"\([^"]*\)".*"source":"webhook".*"event_id":"\([^"]*\)".*/\1 \2/p' \
    "$TMP/events.jsonl" | sort >"$TMP/arrived"
ok "the file has all $(wc -l <"$TMP/answered") that were answered" \
    test -z "$(comm -23 "$TMP/answered" "$TMP/arrived" | head -n 3)"
for name in flood others each; do
    diag "$name: answered, pushed back, other, p50, p99, max (ms):" \
        "$(sed -n 's/^figures //p' "$TMP/crowd-$name")"
done
diag "memory at most: $(awk '/^VmHWM/ { print $2 }' \
    "/proc/$TRAWLD_PID/status") KiB"
ok 'trawld ends cleanly' stop_trawld
done_testing
