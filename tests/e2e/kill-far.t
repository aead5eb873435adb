#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# kill -9 with Kafka and rsyslogd (TCP and TLS) at the far end: as kill.t, but
# KILLS is a handful, for a producer that starts again takes its time.
. "${0%/*}/lib.sh"
need jq kcat
. "$TOP/tests/e2e/flow.sh"
. "$TOP/tests/e2e/deaths.sh"
. "$TOP/tests/e2e/components/kafka.sh"
. "$TOP/tests/e2e/components/rsyslog.sh"
KILLS=${KILLS:-5}
RATE=${RATE:-100}

start_rsyslog
start_kafka
kafka_topic hardware.events 2 >/dev/null 2>&1
start_dying_fleet
{
    dying_conf
    cat <<CONF
sinks:
  lines: {type: file, path: $TMP/events.jsonl}
  stream: {type: kafka, brokers: ["$KAFKA"], topic: hardware.events}
  tcp: {type: syslog, address: "tcp://127.0.0.1:$RSYSLOG_TCP"}
  tls:
    type: syslog
    address: "tls://localhost:$RSYSLOG_TLS"
    tls: {ca: $CERTS/ca.crt}
routes:
  - {match: {registry: Trawl}, to: [lines]}
  - {to: [lines, stream, tcp, tls]}
CONF
} >"$TMP/trawl.yaml"
start_flow "$RATE"

# Each lives until every sink has delivered something, and a little longer.
all_deliver()
{
    local sink
    for sink in stream tcp tls; do
        metric_at_least trawl_sink_delivered_total "sink=\"$sink\"" \
            $((${delivered[$sink]} + 1)) || return 1
    done
}
declare -A delivered
for ((kill = 1; kill <= KILLS; kill++)); do
    for sink in stream tcp tls; do
        delivered[$sink]=$(metric trawl_sink_delivered_total "sink=\"$sink\"")
    done
    wait_for "$PATIENCE" "every sink delivers (life $kill)" all_deliver
    sleep "0.$(printf %03d $((RANDOM % 999 + 1)))"
    kill_trawld
    launch_trawld
    has_started trawld "$TRAWLD_PID" is_ready
done
kill_trawld
end_flow
assert_file

kafka_read hardware.events -f '%s\n' | json_lines >"$TMP/lines"
assert_all 'the topic'
diag "Kafka: $(arrived <"$TMP/lines" | tail -n 1)"

for via in tcp tls; do
    until_true "$PATIENCE" read_syslog $via
    assert_all "rsyslogd's file, by $via,"
    diag "syslog by $via: $(arrived <"$TMP/lines" | tail -n 1)"
done
ok 'trawld ends cleanly' stop_trawld
done_testing
