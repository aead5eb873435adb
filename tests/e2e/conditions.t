#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# A drive fails, says so a hundred times by two roads, and is well after the
# collector was killed: one raise, one clear, and the books hold.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

port=$(free_port) token=conditions-story-token-01
address=http://127.0.0.1:$port/events/$token
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
bmcs:
  - {name: hand, url: "https://127.0.0.1", receive: passive, token: $token}
sinks:
  file: {type: file, path: $EVENTS}
routes:
  - {match: {severity: OK, registry: StorageDevice}, drop: true}
  - {to: file}
conditions:
  - {match: {origin: "/settle/*"}, settle: 2s}
  - {match: {origin: "/wait/*"}, settle: 3s}
EOC

# say KEY ORIGIN EVENTID [TIME]
say()
{
    post "$address" "{\"@odata.type\":\"#Event.v1_7_0.Event\",\"Id\":\"1\",
        \"Name\":\"e\",\"Events\":[{\"EventType\":\"Alert\",
        \"EventId\":\"$3\",\"MessageId\":\"StorageDevice.1.5.$1\",
        \"EventTimestamp\":\"${4:-$(date -u +%FT%TZ)}\",
        \"MessageArgs\":[\"Bay 1\"],
        \"OriginOfCondition\":{\"@odata.id\":\"$2\"}}]}"
}

is_open()
{
    metric_is trawl_conditions_open 'severity="Critical"' "$1"
}

start_trawld "$CONF"
time=$(date -u +%FT%TZ)
is "$(say DriveFailure /d/1 1 "$time")" 200 'a drive fails'
wait_for "$PATIENCE" 'one raise arrives' has_key DriveFailure
is "$(events '.condition.state')" '"raised"' 'as raised'
for i in $(seq 2 50); do
    say DriveFailure /d/1 "$i" "$time" >"$TMP/status"
    say DriveFailure /d/1 "$i" "$time" >"$TMP/status"
done
wait_for "$PATIENCE" '49 repeats are counted' \
    metric_is trawl_records_suppressed_total 'reason="repeat"' 49
ok 'what came by two roads is a duplicate' \
    metric_is trawl_records_suppressed_total 'reason="duplicate"' 49
ok 'one condition is open' is_open 1
ok 'still one event' has_key DriveFailure
assert_conservation

kill_trawld
start_trawld "$CONF"
ok 'it is open after a kill' is_open 1
is "$(say DriveFailure /d/1 2 "$time")" 200 'a retry after the restart'
wait_for "$PATIENCE" 'is a duplicate' \
    metric_is trawl_records_suppressed_total 'reason="duplicate"' 50
is "$(say DriveOK /d/1 60)" 200 'the drive is well'
wait_for "$PATIENCE" 'the clear arrives' has_key DriveOK
is "$(events "$(of_key DriveOK) | [.condition.state, .condition.count]")" \
    '["cleared",50]' 'with the count of repeats'
is "$(events "$(of_key DriveOK) | .condition.clears[0]")" \
    "$(events "$(of_key DriveFailure) | .id")" 'and the id of what it ends'
ok 'nothing is open' is_open 0

is "$(say DriveFailure /settle/1 70)" 200 'a raise that settles'
is "$(say DriveOK /settle/1 71)" 200 'and is cleared at once'
wait_for "$PATIENCE" 'both are cancelled' \
    metric_is trawl_records_suppressed_total 'reason="cancelled"' 2
is "$(say DriveFailure /wait/1 72)" 200 'a raise that waits'
kill_trawld
rm -f "$STATE"/state.db*
start_trawld "$CONF"
wait_for "$PATIENCE" 'goes on after a kill, without the database' \
    has_key DriveFailure 2
ok 'nothing is held any more' metric_is trawl_records_held '' 0
ok 'one condition is open' is_open 1
trawlctl=${TRAWLD%trawld}trawlctl
"$trawlctl" conditions --socket "$TMP/control.sock" --json >"$TMP/open"
is "$(jq -r '.bmc + " " + .origin + " " + .severity' "$TMP/open")" \
    'hand /wait/1 Critical' 'trawlctl lists it'
ok 'with its resolution' jq -e .resolution "$TMP/open"
is "$("$trawlctl" conditions --socket "$TMP/control.sock" --bmc other | wc -l)" \
    0 'or not, of another BMC'
ok 'not without a reason' eval '! "$trawlctl" conditions clear x 2>/dev/null'
ok 'and ends it by hand' "$trawlctl" conditions --socket "$TMP/control.sock" \
    clear "$(jq -r .id "$TMP/open")" --why 'the slot is empty'
wait_for "$PATIENCE" 'an event tells of it' has_key ConditionCleared
ok 'nothing is open' is_open 0
is "$(say DriveFailure /wait/1 73)" 200 'it fails again'
wait_for "$PATIENCE" 'and is open' is_open 1

write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
bmcs:
  - {name: other, url: "https://127.0.0.1", receive: passive, token: $token}
EOC
reload_trawld
wait_for "$PATIENCE" 'a BMC that leaves takes its conditions along' \
    has_key ConditionClosed
ok 'nothing is open' is_open 0
assert_conservation
ok 'trawld ends' stop_trawld
done_testing
