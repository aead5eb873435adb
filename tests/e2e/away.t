#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every far end is away at once, while events flow: Kafka, rsyslogd and
# journald are stopped in order, then frozen, then started again, with a reload
# of a broken file in between. BMCs are answered all the while; nothing is
# missing anywhere. (Each alone, and killed: journald.t, syslog.t, kafka.t.)
. "${0%/*}/lib.sh"
need jq kcat
. "$TOP/tests/e2e/flow.sh"
. "$TOP/tests/e2e/deaths.sh"
. "$TOP/tests/e2e/components/kafka.sh"
. "$TOP/tests/e2e/components/rsyslog.sh"
. "$TOP/tests/e2e/components/journald.sh"

start_rsyslog
start_journald
start_kafka
kafka_topic hardware.events 2 >/dev/null 2>&1
start_dying_fleet
{
    dying_conf
    cat <<CONF
sinks:
  lines: {type: file, path: $TMP/events.jsonl}
  journal: {type: journald, socket: $JOURNAL_SOCKET}
  stream: {type: kafka, brokers: ["$KAFKA"], topic: hardware.events}
  tcp: {type: syslog, address: "tcp://127.0.0.1:$RSYSLOG_TCP", timeout: 5s}
  tls:
    type: syslog
    address: "tls://localhost:$RSYSLOG_TLS"
    tls: {ca: $CERTS/ca.crt}
    timeout: 5s
routes:
  - {match: {registry: Trawl}, to: [lines]}
  - {to: [lines, journal, stream, tcp, tls]}
CONF
} >"$TMP/trawl.yaml"
far=(journal stream tcp tls)
start_flow 50

declare -A delivered
have_grown()
{
    local sink
    for sink in "${far[@]}"; do
        (($(metric trawl_sink_delivered_total "sink=\"$sink\"") >
            ${delivered[$sink]})) || return 1
    done
}
flows()
{
    local sink
    for sink in "${far[@]}"; do
        delivered[$sink]=$(metric trawl_sink_delivered_total "sink=\"$sink\"")
    done
    wait_for "$PATIENCE" "$1: all four deliver" have_grown
}
have_backlog()
{
    local sink
    for sink in "${far[@]}"; do
        metric_at_least trawl_sink_backlog "sink=\"$sink\"" 300 || return 1
    done
}
answers_go_on()
{
    (($(acked_count) > acked + 200))
}

flows 'events flow'
stop_kafka
stop_rsyslog
stop_journald
wait_for "$PATIENCE" 'all are stopped: the backlogs grow' have_backlog
acked=$(acked_count)
wait_for "$PATIENCE" 'BMCs are answered' answers_go_on

cp "$TMP/trawl.yaml" "$TMP/good.yaml"
printf 'sinks: {twice: {type: nonsense}}\n' >>"$TMP/trawl.yaml"
reload_trawld
wait_for "$PATIENCE" 'a broken configuration is refused' \
    metric_is trawl_reload_errors_total '' 1
acked=$(acked_count)
wait_for "$PATIENCE" 'and BMCs are answered as before' answers_go_on
cp "$TMP/good.yaml" "$TMP/trawl.yaml"
reload_trawld
wait_for "$PATIENCE" 'the good one is adopted' \
    metric_is trawl_reloads_total '' 1
start_kafka
start_rsyslog
start_journald
flows 'all are back'

freeze "$KAFKA_PID"
freeze "$RSYSLOG_PID"
freeze "$JOURNALD_PID"
wait_for "$PATIENCE" 'all are frozen: the backlogs grow' have_backlog
acked=$(acked_count)
wait_for "$PATIENCE" 'BMCs are answered' answers_go_on
thaw "$KAFKA_PID"
thaw "$RSYSLOG_PID"
thaw "$JOURNALD_PID"
flows 'all are thawed'

kill_trawld
end_flow
assert_file
assert_journal
diag "journald: $(arrived <"$TMP/lines" | tail -n 1)"
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
