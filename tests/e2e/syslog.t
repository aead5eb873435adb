#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# rsyslogd over TCP, TLS, UDP and a socket in the manner of /dev/log: whom the
# sink trusts, and what is in rsyslogd's file after it was killed and frozen
# while events flowed.
. "${0%/*}/lib.sh"
need jq
. "$TOP/tests/e2e/flow.sh"
. "$TOP/tests/e2e/components/rsyslog.sh"

start_rsyslog
start_fleet 3
{
    conf
    cat <<CONF
sinks:
  tcp: {type: syslog, address: "tcp://127.0.0.1:$RSYSLOG_TCP", timeout: 5s}
  tls:
    type: syslog
    address: "tls://localhost:$RSYSLOG_TLS"
    tls: {ca: $CERTS/ca.crt}
    timeout: 5s
  mtls:
    type: syslog
    address: "tls://127.0.0.1:$RSYSLOG_MTLS"
    tls: {ca: $CERTS/ca.crt, certificate: $CERTS/client.crt, key: $CERTS/client.key}
    timeout: 5s
  udp: {type: syslog, address: "udp://127.0.0.1:$RSYSLOG_UDP"}
  unix: {type: syslog, address: "unix://$RSYSLOG_SOCKET"}
  wrong-name:
    type: syslog
    address: "tls://localhost:$RSYSLOG_TLS"
    tls: {ca: $CERTS/ca.crt, server_name: other.example}
  unknown-ca:
    type: syslog
    address: "tls://localhost:$RSYSLOG_TLS"
    tls: {ca: $CERTS/rogue-ca.crt}
  lines: {type: file, path: $TMP/events.jsonl}
routes:
  - {match: {registry: Trawl}, to: [lines]}
  - {to: [tcp, tls, mtls, udp, unix, wrong-name, unknown-ca, lines]}
CONF
} >"$TMP/trawl.yaml"
start_trawld "$TMP/trawl.yaml"
wait_for_subscriptions

# ---- Whom it trusts ------------------------------------------------------------
emit bmc001 1
wait_for_acks
# via NAME: what arrived that way.
via()
{
    jq -c "select(.via == \"$1\")" "$RSYSLOG_FILE"
}
has_via()
{
    (($(via "$1" | wc -l) >= $2))
}
for name in tcp tls mtls udp imuxsock; do
    wait_for "$PATIENCE" "an event arrives by $name" has_via $name 1
done
is "$(via tls | jq -r '[.pri, .host, .app, .msgid] | join(" ")')" \
    '26 bmc001 redfish DriveFailure' 'facility daemon, severity critical'
like "$(via imuxsock | jq -r .raw)" \
    '^<26>[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} redfish(\[[0-9]+\])?: ' \
    'on a local socket it has the old form'

refusal()
{
    jq -r "select(.key == \"SinkUnreachable\" and .args[0] == \"$1\") |
        .message" "$TMP/events.jsonl" | grep .
}
wait_for "$PATIENCE" 'a wrong name is refused' refusal wrong-name
like "$(refusal wrong-name)" 'name|host' 'and why is said'
wait_for "$PATIENCE" 'an unknown authority is refused' refusal unknown-ca
like "$(refusal unknown-ca)" 'certificate' 'and why is said'
is "$(metric trawl_sink_backlog 'sink="wrong-name"')" 1 'its event waits'
is "$(via tls | wc -l)" 1 'and nothing was sent'

# ---- Killed, and frozen ---------------------------------------------------------
# Without the two that never deliver, and UDP, which promises nothing.
sed -i -E 's/^(  - \{to: \[).*/\1tcp, tls, mtls, unix, lines]}/
    /^  (wrong-name|unknown-ca):$/,/tls: /d' "$TMP/trawl.yaml"
reload_trawld
wait_for "$PATIENCE" 'two sinks are taken away' \
    metric_is trawl_sink_backlog 'sink="wrong-name"' 0

has_grown()
{
    local sink
    for sink in tcp tls mtls unix; do
        (($(metric trawl_sink_delivered_total "sink=\"$sink\"") >
            ${delivered[$sink]})) || return 1
    done
}
declare -A delivered
flows()
{
    local sink
    for sink in tcp tls mtls unix; do
        delivered[$sink]=$(metric trawl_sink_delivered_total \
            "sink=\"$sink\"")
    done
    wait_for "$PATIENCE" "$1" has_grown
}
have_backlog()
{
    local sink
    for sink in tcp tls mtls unix; do
        metric_at_least trawl_sink_backlog "sink=\"$sink\"" "$1" || return 1
    done
}

emit_all 1000000 100
flows 'events flow'
for round in 1 2 3; do
    kill_rsyslog
    wait_for "$PATIENCE" "rsyslogd is killed ($round): the backlog grows" \
        have_backlog 50
    start_rsyslog
    flows 'rsyslogd is back: events flow on every way'
done
freeze "$RSYSLOG_PID"
acked=$(acked_count)
answers_go_on()
{
    (($(acked_count) > acked + 1000))
}
wait_for "$PATIENCE" 'rsyslogd is frozen: BMCs are still answered' answers_go_on
thaw "$RSYSLOG_PID"
flows 'rsyslogd is thawed: events flow'

# What TCP has acknowledged for a process that never read it: as long as it is
# less than `rewind`, a mebibyte, of which an event is a thousandth.
freeze "$RSYSLOG_PID"
acked=$(acked_count)
a_few_are_answered()
{
    (($(acked_count) > acked + 300))
}
wait_for "$PATIENCE" 'rsyslogd is frozen once more' a_few_are_answered
kill_rsyslog
start_rsyslog
flows 'and killed before it had read: what it had not is sent again'
simctl stop '{}' >/dev/null
wait_for_acks
wait_for "$PATIENCE" 'all is delivered' is_drained

# ids VIA: for assert_arrived. The old form has them in no fixed place.
ids()
{
    via "$1" | jq -r '[.host, (.sd | capture("eventId=\"(?<e>[^\"]*)\"").e),
        (.sd | capture(" id=\"(?<i>[^\"]*)\"").i)] | join(" ")'
}
all_read()
{
    ids "$1" >"$TMP/ids"
    arrived <"$TMP/ids"
}
for name in tcp tls mtls; do
    wait_for "$PATIENCE" "rsyslogd has read all ($name)" all_read $name
    assert_arrived "the file, by $name," <"$TMP/ids"
done
# The old form has no ids: BMC and bay tell what it is. A datagram that was
# read and not written yet dies with rsyslogd, one for each of the four times.
simctl ledger | jq -r '"\(.bmc): \(.args[0])"' | sort >"$TMP/wanted"
via imuxsock | jq -r .msg | sed -E "s/^ ?([^:]*):.*'(Bay [0-9]+)'.*/\1: \2/" |
    sort -u >"$TMP/old"
missing=$(comm -23 "$TMP/wanted" "$TMP/old" | wc -l)
ok "by the local socket as well, but what it had just read ($missing)" \
    test "$missing" -le 4

assert_conservation
ok 'trawld ends cleanly' stop_trawld
done_testing
