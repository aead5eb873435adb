#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The promise across kill -9: several BMCs post as fast as they are answered,
# two stream, and trawld is killed KILLS times at moments that nobody chose,
# on the same spool. Whatever was answered 2xx is in the file, in the order of
# its BMC, and what is there twice has the same id twice.
. "${0%/*}/lib.sh"
need jq
. "$TOP/tests/e2e/flow.sh"
KILLS=${KILLS:-20}
RATE=${RATE:-150}

start_fleet 6 --set sse_ring=1000000
{
    conf | sed '/name: bmc00[56]/ s/}$/, receive: sse}/'
    cat <<CONF
sinks:
  lines: {type: file, path: $TMP/events.jsonl}
routes:
  - {to: [lines]}
CONF
} >"$TMP/trawl.yaml"

start_trawld "$TMP/trawl.yaml"
wait_for_subscriptions
emit_all 1000000 "$RATE"
# A stream can be taken up again only after an event that was stored.
for bmc in bmc005 bmc006; do
    wait_for "$PATIENCE" "$bmc streams" \
        metric_at_least trawl_bmc_records_total "bmc=\"$bmc\"" 1
done
for ((kill = 1; kill <= KILLS; kill++)); do
    # A moment that is random is the one thing here that may sleep.
    sleep "0.$((RANDOM % 900 + 100))"
    kill_trawld
    start_trawld "$TMP/trawl.yaml"
done
wait_for "$PATIENCE" 'after the last start, BMCs post again' \
    metric_at_least trawl_bmc_records_total 'bmc="bmc001"' 1
simctl stop '{}' >/dev/null
wait_for_acks

streamed_to_the_end()
{
    local bmc last
    for bmc in bmc005 bmc006; do
        last=$(simctl "bmcs/$bmc/ledger" | tail -n 1 | jq -r .event_id)
        grep -q "\"name\":\"$bmc\".*\"event_id\":\"$last\"" \
            "$TMP/events.jsonl" || return 1
    done
}
wait_for "$PATIENCE" 'the streams are read to their ends' streamed_to_the_end
assert_conservation

ok 'no line of the file is broken' jq -e . "$TMP/events.jsonl"
is "$(tail -c 1 "$TMP/events.jsonl" | od -An -c | tr -d ' ')" '\n' \
    'and the last one is whole'
json_lines "$TMP/events.jsonl" >"$TMP/lines"
assert_arrived 'the file' <"$TMP/lines"
is "$(awk '/^bmc00[56]/ && !seen[$1, $2]++' "$TMP/lines" | wc -l)" \
    "$(ledger | jq -r 'select(.bmc > "bmc004") | .bmc' | wc -l)" \
    'and every event of the streams'
figures=$(arrived <"$TMP/lines" | tail -n 1)
diag "kills $KILLS, $figures"
ok 'trawld ends cleanly' stop_trawld
done_testing
