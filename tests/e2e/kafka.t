#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Kafka itself, killed and frozen while events flow, without the topic, and
# with a limit that one event exceeds.
. "${0%/*}/lib.sh"
need jq kcat
. "$TOP/tests/e2e/flow.sh"
. "$TOP/tests/e2e/components/kafka.sh"

start_kafka
start_fleet 3
{
    conf
    cat <<CONF
limits: {body: 4MiB}
sinks:
  stream:
    type: kafka
    brokers: ["$KAFKA"]
    topic: hardware.events
    timeout: 10s
    librdkafka: {message.max.bytes: "2000000"}
  lines: {type: file, path: $TMP/events.jsonl}
routes:
  - {match: {registry: Trawl}, to: [lines]}
  - {to: [stream, lines]}
CONF
} >"$TMP/trawl.yaml"
start_trawld "$TMP/trawl.yaml"
wait_for_subscriptions

# ---- There is no topic yet ---------------------------------------------------
emit_all 20
wait_for_acks
wait_for "$PATIENCE" 'without the topic, SinkUnreachable is said' \
    has_said SinkUnreachable "$TMP/events.jsonl"
like "$(jq -r 'select(.key == "SinkUnreachable") | .message' \
    "$TMP/events.jsonl")" 'hardware.events.*[Uu]nknown topic' 'with the cause'
is "$(metric trawl_sink_backlog 'sink="stream"')" 60 'and all waits'
kafka_topic hardware.events 2 >/dev/null 2>&1
wait_for "$PATIENCE" 'once it exists, all is delivered' \
    metric_is trawl_sink_delivered_total 'sink="stream"' 60
wait_for "$PATIENCE" 'and SinkReachable is said' \
    has_said SinkReachable "$TMP/events.jsonl"

# ---- Killed, and frozen ------------------------------------------------------
# has_grown: more has been delivered than $delivered.
has_grown()
{
    (($(metric trawl_sink_delivered_total 'sink="stream"') > delivered))
}

# flows SENTENCE: something more is delivered from now on.
flows()
{
    delivered=$(metric trawl_sink_delivered_total 'sink="stream"')
    wait_for "$PATIENCE" "$1" has_grown
}

has_backlog()
{
    metric_at_least trawl_sink_backlog 'sink="stream"' "$1"
}

emit_all 1000000 100
flows 'events flow'
kill_kafka
wait_for "$PATIENCE" 'Kafka is killed: the backlog grows' has_backlog 300
start_kafka
flows 'Kafka is back: so are the events'
freeze "$KAFKA_PID"
# Longer than the timeout of the sink, which then begins anew.
wait_for "$PATIENCE" 'Kafka is frozen: the sink gives up to wait for it' \
    metric_is trawl_sink_up 'sink="stream"' 0
wait_for "$PATIENCE" 'while BMCs are still answered' has_backlog 1000
thaw "$KAFKA_PID"
flows 'Kafka is thawed: events flow again'
simctl stop '{}' >/dev/null
wait_for_acks
wait_for "$PATIENCE" 'all is delivered' is_drained

kafka_read hardware.events -f '%k\n' | sort -u >"$TMP/keys"
is "$(tr '\n' ' ' <"$TMP/keys")" 'bmc001 bmc002 bmc003 ' \
    'the key of a message is its BMC'
kafka_read hardware.events -f '%s\n' | json_lines >"$TMP/lines"
assert_arrived 'the topic' <"$TMP/lines"

# ---- One is too large ----------------------------------------------------------
# The broker's limit is 1 MiB; ours lets it pass.
body=$(head -c 1100000 /dev/urandom | base64 -w 0 | head -c 1060000)
emit bmc002 1 0 '"Oem": {"Note": "before"}'
printf '{"event": {"MessageId": "Story.1.0.Large", "Oem": {"Big": "%s"}}}' \
    "$body" >"$TMP/large"
simctl bmcs/bmc001/emit "@$TMP/large" >/dev/null
emit_all 5
wait_for_acks
wait_for "$PATIENCE" 'an event beyond the limit is refused' \
    metric_is trawl_sink_refused_total 'sink="stream"' 1
wait_for "$PATIENCE" 'EventRefused is said' \
    has_said EventRefused "$TMP/events.jsonl"
wait_for "$PATIENCE" 'all others go on' is_drained
is "$(metric trawl_quarantine_files)" 1 'it is in quarantine'
is "$(cat "$TMP"/state/quarantine/* | grep -ac Story.1.0.Large)" 1 'whole'
kafka_read hardware.events -f '%s\n' | json_lines >"$TMP/lines"
is "$(simctl ledger | jq -r 'select(.message_id != "Story.1.0.Large") |
    .bmc + " " + .event_id' | sort | comm -23 - \
    <(cut -d ' ' -f 1,2 "$TMP/lines" | sort -u) | wc -l)" 0 \
    'and none of them is missing in the topic'

assert_conservation
ok 'trawld ends cleanly' stop_trawld
done_testing
