#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The real receivers, without Trawl: each starts, takes something, gives it
# back, is killed and frozen, and goes on where it was.  If this fails, the
# stories that use them say nothing about Trawl.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/components/journald.sh"
. "$TOP/tests/e2e/components/rsyslog.sh"
. "$TOP/tests/e2e/components/kafka.sh"
need python3 kcat logger openssl jq

# send_datagram PATH TEXT
send_datagram()
{
    python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(sys.argv[2].encode(), sys.argv[1])' "$1" "$2"
}

to_journal()
{
    send_datagram "$JOURNAL_SOCKET" $'MESSAGE='"$1"$'\nTRAWL_TEST=1\n'
}

start_journald
to_journal one
wait_for "$PATIENCE" 'journald takes an entry' journal_has 1 TRAWL_TEST=1
is "$(journal_entries TRAWL_TEST=1 | jq -r .MESSAGE)" one 'and gives it back'
kill_journald
ok 'a killed journald refuses' eval '! to_journal lost'
start_journald
to_journal two
wait_for "$PATIENCE" 'a new one goes on' journal_has 2 TRAWL_TEST=1
freeze "$JOURNALD_PID"
to_journal three
ok 'a frozen one reads nothing' eval '! journal_has 3 TRAWL_TEST=1'
thaw "$JOURNALD_PID"
wait_for "$PATIENCE" 'until it is thawed' journal_has 3 TRAWL_TEST=1
ok 'journald stops' stop_journald

# to_tls PORT [CLIENT-CERTIFICATE]: one frame, over a connection that verifies
# the server; then waits until the far end has closed as well.
to_tls()
{
    python3 -c 'import socket, ssl, sys
port, frame, certs, client = sys.argv[1:]
context = ssl.create_default_context(cafile=certs + "/ca.crt")
if client:
    context.load_cert_chain(f"{certs}/{client}.crt", f"{certs}/{client}.key")
s = context.wrap_socket(socket.create_connection(("127.0.0.1", int(port))),
                        server_hostname="localhost")
s.sendall(frame.encode())
try:
    s.unwrap()
except OSError:
    pass' "$1" "$frame" "$CERTS" "${2-}"
}

received_via()
{
    [[ $(jq -r "select(.via == \"$1\") | .msg" "$RSYSLOG_FILE") == *"$2"* ]]
}

message='<132>1 2026-11-20T07:34:27Z host trawl - ID1 [x@1 a="b\]"] two
lines'
frame="${#message} $message"
start_rsyslog
printf '%s' "$frame" >"/dev/tcp/127.0.0.1/$RSYSLOG_TCP"
wait_for "$PATIENCE" 'rsyslogd takes a frame by TCP' has_lines "$RSYSLOG_FILE" 1
is "$(jq -r .raw "$RSYSLOG_FILE")" "$message" 'and gives all of it back'
is "$(jq -r .sd "$RSYSLOG_FILE")" '[x@1 a="b\]"]' 'with its structured data'
to_tls "$RSYSLOG_TLS"
wait_for "$PATIENCE" 'by TLS' received_via tls lines
to_tls "$RSYSLOG_MTLS" client
wait_for "$PATIENCE" 'by TLS with a client certificate' received_via mtls lines
message=${message/two*lines/rogues} frame="${#message} $message"
to_tls "$RSYSLOG_MTLS" rogue-client
to_tls "$RSYSLOG_MTLS"
printf '%s' "$message" >"/dev/udp/127.0.0.1/$RSYSLOG_UDP"
wait_for "$PATIENCE" 'by UDP' received_via udp rogues
ok 'but not from a stranger' eval '! received_via mtls rogues'
send_datagram "$RSYSLOG_SOCKET" '<132>Nov 20 07:34:27 trawl[1]: the old form'
wait_for "$PATIENCE" 'by the socket' received_via imuxsock 'the old form'
ok 'rsyslogd stops' stop_rsyslog
start_rsyslog other
ok 'one of another name is refused' \
    eval '! to_tls "$RSYSLOG_TLS" 2>/dev/null'
kill_rsyslog
ok 'a killed one refuses' \
    eval '! printf x >"/dev/tcp/127.0.0.1/$RSYSLOG_TCP"'

# to_kafka TOPIC VALUE
to_kafka()
{
    printf '%s' "$2" | timeout "$PATIENCE" kcat -b "$KAFKA" -P -t "$1" -k key \
        -X acks=all
}

start_kafka
ok 'Kafka creates a topic' kafka_topic hardware.events 3
ok 'takes a message' to_kafka hardware.events one
is "$(kafka_read hardware.events -f '%k=%s')" 'key=one' 'and gives it back'
kill_kafka
start_kafka
wait_for "$PATIENCE" 'a new one has it still' kafka_has 1 hardware.events
freeze "$KAFKA_PID"
ok 'a frozen one does not answer' eval '! kafka_answers'
thaw "$KAFKA_PID"
ok 'a thawed one does' to_kafka hardware.events two
wait_for "$PATIENCE" 'and has both' kafka_has 2 hardware.events
ok 'Kafka stops' stop_kafka
done_testing
