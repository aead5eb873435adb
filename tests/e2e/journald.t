#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain tsan
#
# journald itself: what an entry looks like, one too large for a datagram, and
# what is in the journal after journald was frozen and killed with datagrams
# in its queue.
. "${0%/*}/lib.sh"
need jq
. "$TOP/tests/e2e/flow.sh"
. "$TOP/tests/e2e/components/journald.sh"

start_journald
start_fleet 3
{
    conf
    cat <<CONF
sinks:
  journal: {type: journald, socket: $JOURNAL_SOCKET}
  lines: {type: file, path: $TMP/events.jsonl}
routes:
  - {match: {registry: Trawl}, to: [lines]}
  - {to: [journal, lines]}
CONF
} >"$TMP/trawl.yaml"
start_trawld "$TMP/trawl.yaml"
wait_for_subscriptions

# ---- An entry --------------------------------------------------------------------
emit bmc001 1
wait_for_acks
wait_for "$PATIENCE" 'an event is in the journal' \
    journal_has 1 REDFISH_MESSAGE_KEY=DriveFailure
journal_entries REDFISH_MESSAGE_KEY=DriveFailure >"$TMP/entry"
# of NAME: a field of it.
of()
{
    jq -r ".$1" "$TMP/entry"
}
is "$(of MESSAGE)" "bmc001: A failure condition for the drive located in \
'Bay 1' was detected. (/redfish/v1/Chassis/1/Drives/1)" 'MESSAGE'
is "$(of PRIORITY)" 2 'PRIORITY'
is "$(of SYSLOG_IDENTIFIER)" redfish 'SYSLOG_IDENTIFIER'
is "$(of SYSLOG_FACILITY)" 3 'SYSLOG_FACILITY: daemon'
like "$(of MESSAGE_ID)" '^[0-9a-f]{32}$' 'MESSAGE_ID'
is "$(of REDFISH_ID)" "$(jq -r .id "$TMP/events.jsonl")" \
    'REDFISH_ID is the id that the file has'
is "$(jq -r '[.REDFISH_MESSAGE_ID, .REDFISH_REGISTRY, .REDFISH_SEVERITY,
    .REDFISH_MESSAGE_ARGS, .REDFISH_ORIGIN, .REDFISH_EVENT_ID, .REDFISH_BMC,
    .REDFISH_HOST, .REDFISH_BMC_ADDRESS] | join(" ")' "$TMP/entry")" \
    'StorageDevice.1.1.DriveFailure StorageDevice Critical Bay 1 '\
'/redfish/v1/Chassis/1/Drives/1 1 bmc001 bmc001 127.0.0.1' 'and what Redfish said'
like "$(of REDFISH_RESOLUTION)" '^Ensure all cables' 'with what to do'

emit bmc001 1 0 '"Message": "First line\nsecond line"'
wait_for "$PATIENCE" 'a second event of the kind comes' \
    journal_has 2 "MESSAGE_ID=$(of MESSAGE_ID)"
pass 'with the same MESSAGE_ID'
like "$(journal_entries REDFISH_EVENT_ID=2 | jq -r .MESSAGE)" \
    $'First line\nsecond line' 'a line feed survives'

big=$(head -c 150000 /dev/urandom | base64 -w 0)
printf '{"event": {"MessageId": "Story.1.0.Large", "Message": "large",
    "Oem": {"Big": "%s"}}}' "$big" >"$TMP/large"
simctl bmcs/bmc001/emit "@$TMP/large" >/dev/null
wait_for "$PATIENCE" 'an event of 200 KiB arrives' \
    journal_has 1 REDFISH_MESSAGE_KEY=Large
is "$(journal_entries REDFISH_MESSAGE_KEY=Large |
    jq -r '.REDFISH_RAW | fromjson | .Oem.Big')" "$big" \
    'whole, in the record as it came'

# ---- Frozen, and killed ------------------------------------------------------------
has_grown()
{
    (($(metric trawl_sink_delivered_total 'sink="journal"') > delivered))
}
flows()
{
    delivered=$(metric trawl_sink_delivered_total 'sink="journal"')
    wait_for "$PATIENCE" "$1" has_grown
}
has_backlog()
{
    metric_at_least trawl_sink_backlog 'sink="journal"' "$1"
}
answers_go_on()
{
    (($(acked_count) > acked + 500))
}

emit_all 1000000 100
flows 'events flow'
freeze "$JOURNALD_PID"
wait_for "$PATIENCE" 'journald is frozen: the backlog grows' has_backlog 300
acked=$(acked_count)
wait_for "$PATIENCE" 'and BMCs are answered all the same' answers_go_on
thaw "$JOURNALD_PID"
flows 'journald is thawed: events flow'

for round in 1 2 3; do
    freeze "$JOURNALD_PID"
    acked=$(acked_count)
    wait_for "$PATIENCE" "datagrams are queued ($round)" answers_go_on
    kill_journald
    start_journald
    flows 'journald died with them and is back: events flow'
done
simctl stop '{}' >/dev/null
wait_for_acks
wait_for "$PATIENCE" 'all is delivered' is_drained

# An entry that journald had read and not stored dies with it: one a kill.
read_journal()
{
    journal_entries SYSLOG_IDENTIFIER=redfish |
        jq -r '"\(.REDFISH_BMC) \(.REDFISH_EVENT_ID) \(.REDFISH_ID)"' \
            >"$TMP/lines"
    arrived 3 <"$TMP/lines"
}
until_true "$PATIENCE" read_journal
assert_arrived 'the journal' 3 <"$TMP/lines"

assert_conservation
ok 'trawld ends cleanly' stop_trawld
done_testing
