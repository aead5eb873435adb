#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The promise across kill -9: four BMCs post as fast as they are answered, two
# stream, and trawld is killed KILLS times at moments that nobody chose, also
# while it starts, on the same spool. Whatever was answered 2xx is in the file
# and in the journal, in the order of its BMC, and what is there twice has the
# same id twice. (Kafka and syslog: kill-far.t. Chosen moments: kill-points.t.)
. "${0%/*}/lib.sh"
need jq
. "$TOP/tests/e2e/flow.sh"
. "$TOP/tests/e2e/deaths.sh"
. "$TOP/tests/e2e/components/journald.sh"
KILLS=${KILLS:-200}
RATE=${RATE:-100}

start_journald
start_dying_fleet
{
    dying_conf
    cat <<CONF
sinks:
  lines: {type: file, path: $TMP/events.jsonl}
  journal: {type: journald, socket: $JOURNAL_SOCKET}
routes:
  - {to: [lines, journal]}
CONF
} >"$TMP/trawl.yaml"
start_flow "$RATE"

began=$SECONDS
for ((kill = 1; kill <= KILLS; kill++)); do
    # A moment that is random is the one thing here that may sleep.
    sleep "0.$(printf %03d $((RANDOM % 500 + 1)))"
    kill_trawld
    launch_trawld
done
kill_trawld
took=$((SECONDS - began))
end_flow

assert_journal
journal=$(arrived <"$TMP/lines" | tail -n 1)
assert_file
diag "$((KILLS + 1)) kills in $took s; file: $(arrived <"$TMP/lines" |
    tail -n 1); journal: $journal"
ok 'trawld ends cleanly' stop_trawld
done_testing
