#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The file sink: its folder does not exist at first, and logrotate takes the
# file away while events flow, with SIGHUP and without. Over all the files
# nothing is missing. (A disk that is full: disk-full.t.)
. "${0%/*}/lib.sh"
need jq
. "$TOP/tests/e2e/flow.sh"

LOG=$TMP/log/events.jsonl
start_fleet 3
{
    conf
    cat <<CONF
sinks:
  lines: {type: file, path: $LOG}
routes:
  - {to: [lines]}
CONF
} >"$TMP/trawl.yaml"
start_trawld "$TMP/trawl.yaml"
wait_for_subscriptions

emit_all 10
wait_for_acks
wait_for "$PATIENCE" 'without its folder the sink is down' \
    metric_is trawl_sink_up 'sink="lines"' 0
is "$(metric trawl_sink_delivered_total 'sink="lines"')" 0 'and all waits'
mkdir "${LOG%/*}"
wait_for "$PATIENCE" 'once it is made, all is written' is_drained
ok 'SinkUnreachable is there too' has_said SinkUnreachable "$LOG"
ok 'and SinkReachable' has_said SinkReachable "$LOG"

emit_all 1000000 200
for rotation in 1 2 3 4; do
    wait_for "$PATIENCE" "lines are written to the file ($rotation)" \
        has_lines "$LOG" 100
    mv "$LOG" "$LOG.$rotation"
    if ((rotation % 2)); then
        reload_trawld
        how=SIGHUP
    else
        how='nothing said'
    fi
    wait_for "$PATIENCE" "moved away, with $how: a new one is made" \
        test -s "$LOG"
done
simctl stop '{}' >/dev/null
wait_for_acks
wait_for "$PATIENCE" 'all is written' is_drained

for file in "$LOG".1 "$LOG".2 "$LOG".3 "$LOG".4 "$LOG"; do
    ok "whole lines in ${file##*/}" jq -e . "$file"
done
json_lines "$LOG".[1-4] "$LOG" >"$TMP/lines"
assert_arrived 'all files' <"$TMP/lines"
assert_conservation
ok 'trawld ends cleanly' stop_trawld
done_testing
