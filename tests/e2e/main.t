#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The main story: one event of one BMC goes through every stage and arrives at
# every kind of sink, the real ones, as the same event.
. "${0%/*}/lib.sh"
need jq kcat journalctl
. "$TOP/tests/e2e/flow.sh"
. "$TOP/tests/e2e/components/journald.sh"
. "$TOP/tests/e2e/components/rsyslog.sh"
. "$TOP/tests/e2e/components/kafka.sh"

start_journald
start_rsyslog
start_kafka
kafka_topic hardware.events 3 >/dev/null 2>&1
start_fleet 1
{
    conf
    cat <<CONF
sinks:
  journal: {type: journald, socket: $JOURNAL_SOCKET}
  plain: {type: syslog, address: "tcp://127.0.0.1:$RSYSLOG_TCP"}
  secure:
    type: syslog
    address: "tls://localhost:$RSYSLOG_TLS"
    tls: {ca: $CERTS/ca.crt}
  stream: {type: kafka, brokers: ["$KAFKA"], topic: hardware.events}
  lines: {type: file, path: $TMP/events.jsonl}
  elastic: {type: file, path: $TMP/events.ecs, format: ecs}
routes:
  - {match: {severity: ">=Warning"}, to: [journal, plain, secure], continue: true}
  - {to: [stream, lines, elastic]}
CONF
} >"$TMP/trawl.yaml"
start_trawld "$TMP/trawl.yaml"
wait_for_subscriptions
emit bmc001 1
wait_for_acks
wait_for "$PATIENCE" 'every sink is done with it' is_drained

wait_for "$PATIENCE" 'the file has it' grep -q DriveFailure "$TMP/events.jsonl"
grep DriveFailure "$TMP/events.jsonl" >"$TMP/event"
id=$(jq -r .id "$TMP/event")
like "$id" '^[0-9a-f-]{32,}$' 'it has an id'
is "$(jq -r '[.schema, .bmc.name, .source, .message_id, .severity, .args[0],
    .origin, .resolved_from] | join(" ")' "$TMP/event")" \
    "trawl.event/1 bmc001 webhook StorageDevice.1.1.DriveFailure Critical \
Bay 1 /redfish/v1/Chassis/1/Drives/1 bundled" \
    'file, json: it was decoded and resolved'
text=$(jq -r .message "$TMP/event")
like "$text" "drive located in 'Bay 1'" 'its text comes from the registry'

is "$(jq -r "select(.event.id == \"$id\") |
    [.event.code, .observer.name, .message] | join(\" \")" \
    "$TMP/events.ecs")" "StorageDevice.1.1.DriveFailure bmc001 $text" \
    'file, ecs: the same event'

wait_for "$PATIENCE" 'journald stores it' journal_has 1 "REDFISH_ID=$id"
is "$(journal_entries "REDFISH_ID=$id" |
    jq -r '[.REDFISH_BMC, .PRIORITY, .MESSAGE] | join(" ")')" \
    "bmc001 2 bmc001: $text (/redfish/v1/Chassis/1/Drives/1)" \
    'journalctl: the same event'

in_rsyslog()
{
    jq -c "select(.via == \"$1\" and (.sd | contains(\"$id\")))" \
        "$RSYSLOG_FILE" | grep .
}
for via in tcp tls; do
    wait_for "$PATIENCE" "rsyslogd, $via: the same event" in_rsyslog $via
    like "$(in_rsyslog $via | jq -r '[.host, .app, .msg] | join(" ")')" \
        "^bmc001 redfish .*Bay 1" 'with its BMC as the host and its text'
done

kafka_read hardware.events -f '%k %h\n' >"$TMP/headers"
like "$(grep "ce_id=$id" "$TMP/headers")" '^bmc001 ' 'kcat: its key is the BMC'
like "$(grep "ce_id=$id" "$TMP/headers")" \
    'ce_type=org.dmtf.redfish.StorageDevice.DriveFailure' \
    'with the headers of a CloudEvent'
is "$(kafka_read hardware.events -f '%s\n' | jq -cS "select(.id == \"$id\")")" \
    "$(jq -cS . "$TMP/event")" 'and the value is the line of the file'

assert_conservation
ok 'trawld ends cleanly' stop_trawld
done_testing
