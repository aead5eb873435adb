#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# BMCs post, well and badly; every answer is one that they understand.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"
need openssl
make_certs

token=webhook-story-token-0001
plain=$(free_port) plain6=$(free_port) tls=$(free_port) mtls=$(free_port)
address="http://127.0.0.1:$plain/events"
write_conf <<EOC
listen:
  - {address: "127.0.0.1:$plain"}
  - {address: "[::1]:$plain6"}
  - address: "[::]:$tls"
    tls: {certificate: $CERTS/server.crt, key: $CERTS/server.key}
  - address: "127.0.0.1:$mtls"
    tls: {certificate: $CERTS/server.crt, key: $CERTS/server.key,
          client_ca: $CERTS/ca.crt}
bmcs: [{name: n1, url: "https://127.0.0.1", receive: passive, token: $token}]
limits: {body: 64KiB, connections: 60, connections_per_address: 20,
         header_timeout: 2s}
EOC
start_trawld "$CONF"

answers()
{
    local status=$1 sentence=$2
    shift 2
    is "$(post "$@")" "$status" "$sentence: $status"
    ok '... with length and JSON' is_whole_answer
}

# ---- The ways in
answers 200 'HTTP' "$address/$token" "$(payload http)"
answers 200 'HTTP over IPv6' "http://[::1]:$plain6/events/$token" \
    "$(payload http6)"
answers 200 'HTTPS' "https://localhost:$tls/events/$token" "$(payload tls)" \
    -4 --cacert "$CERTS/ca.crt"
answers 200 'HTTPS over IPv6' "https://[::1]:$tls/events/$token" \
    "$(payload tls6)" --cacert "$CERTS/ca.crt"
answers 200 'a chunked body' "$address/$token" "$(payload chunked)" \
    -H 'Transfer-Encoding: chunked'
answers 200 'HTTP/1.0' "$address/$token" "$(payload old)" --http1.0

body=$(payload kept-1)
request="POST /events/$token HTTP/1.1
Host: x
Content-Length: ${#body}

$body"
request=${request//$'\n'/$'\r\n'}
is "$(talk "$plain" "$request$request" | grep -o 'HTTP/1.1 200' | wc -l)" 2 \
    'a connection is kept, even with two requests at once'

# ---- Who may not
is "$(post "https://127.0.0.1:$mtls/events/$token" "$(payload none)" \
    --cacert "$CERTS/ca.crt")" 000 'no client certificate: no answer'
is "$(post "https://127.0.0.1:$mtls/events/$token" "$(payload rogue)" \
    --cacert "$CERTS/ca.crt" --cert "$CERTS/rogue-client.crt" \
    --key "$CERTS/rogue-client.key")" 000 'one of a rogue CA: neither'
answers 200 'the right one' "https://127.0.0.1:$mtls/events/$token" \
    "$(payload mtls)" --cacert "$CERTS/ca.crt" --cert "$CERTS/client.crt" \
    --key "$CERTS/client.key"
answers 404 'an unknown token' "$address/${token}x" "$(payload unknown)"
answers 404 'another path' "http://127.0.0.1:$plain/" "$(payload unknown)"
like "$(talk "$plain" "POST /events/nobody HTTP/1.1"$'\r\n'"Host: x"$'\r\n'\
"Content-Length: 60000"$'\r\n\r\n')" '^HTTP/1.1 404' \
    'it is told before its body is read'
answers 405 'GET' "$address/$token" '' -X GET

# ---- Too much
head -c 70000 /dev/zero | tr '\0' ' ' >"$TMP/large"
answers 413 'a body too large, announced' "$address/$token" "@$TMP/large"
is "$(post "$address/$token" "@$TMP/large" \
    -H 'Transfer-Encoding: chunked')" 413 'a body too large, chunked: 413'
ok '... with length and JSON' is_whole_answer

# ---- What is no event is kept
wait_for "$PATIENCE" 'eight events have arrived: the doubled one is one' \
    has_events 8
is "$(events .args[0] | sort | tr -d '"\n')" \
    chunkedhttphttp6kept-1mtlsoldtlstls6 'and no other'
printf '\xff{ "Eve\0nts": ' >"$TMP/broken"
is "$(post "$address/$token" "@$TMP/broken")" 200 \
    'what is no JSON: 200'
wait_for "$PATIENCE" 'an event tells of it' has_key PayloadUnreadable
is "$(events "$(of_key PayloadUnreadable) | .message_id, .bmc.name,
    .origin" | tr '\n' ' ')" \
    '"Trawl.1.0.PayloadUnreadable" "n1" "https://127.0.0.1" ' 'and of whom'

kept_payloads()
{
    cat "$QUARANTINE"/*.json | jq -r '.payload // empty'
}
wait_for "$PATIENCE" 'it is in quarantine' metric_is trawl_quarantine_files '' 1
ok 'byte by byte' cmp "$TMP/broken" \
    <(jq -r .payload_base64 "$QUARANTINE"/*.json | base64 -d)

answers 200 'a bad record between two good ones' "$address/$token" \
    "{\"Events\":[$(record good-1),42,$(record good-2)]}"
wait_for "$PATIENCE" 'costs itself only' has_events 2 \
    'select((.args[0] // "") | startswith("good"))'
wait_for "$PATIENCE" 'and is kept' metric_is trawl_quarantine_files '' 2
is "$(kept_payloads)" 42 'as it was'
answers 200 'a report of metrics' "$address/$token" \
    '{"@odata.type":"#MetricReport.v1_4_2.MetricReport","Id":"r",
      "MetricValues":[{"MetricId":"Power","MetricValue":"42"}]}'
is "$(metric trawl_records_dropped_total 'reason="metric_report"')" 1 \
    'is counted'
answers 200 'no events at all' "$address/$token" '{"Events":[]}'
wait_for "$PATIENCE" 'and nothing else arrives' has_events 13

# ---- Those who say nothing
# hold N ADDRESS-PATTERN: that many connections stop within their header; says
# how many of them the far end has closed, once a second, until they all are.
hold()
{
    spawn "$TMP/hold.log" python3 -uc 'import socket, sys, time
count, pattern, port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
held, ended = [], 0
for i in range(count):
    s = socket.socket()
    s.bind((pattern.replace("N", str(2 + i % 200)), 0))
    s.connect(("127.0.0.1", port))
    s.sendall(b"POST /events/")
    s.setblocking(False)
    held.append(s)
print("held", count)
while True:
    for s in held[:]:
        try:
            gone = s.recv(1) == b""
        except BlockingIOError:
            continue
        except OSError:
            gone = True
        if gone:
            held.remove(s)
            ended += 1
    print("ended", ended)
    time.sleep(0.2)' "$1" "$2" "$plain"
    wait_for "$PATIENCE" "$1 connections stop in their header" \
        grep -q held "$TMP/hold.log"
    holder=$!
}

sockets()
{
    local fd count=0
    for fd in "/proc/$TRAWLD_PID/fd"/*; do
        [[ $(readlink "$fd") != socket:* ]] || count=$((count + 1))
    done
    printf '%d' "$count"
}

holder=
before=$(sockets)
hold 300 127.0.9.9
answers 200 'others are served at once' "$address/$token" \
    "$(payload beside)" -m 1
ok 'one address has its limit only' test $(($(sockets) - before)) -le 21
wait_for "$PATIENCE" 'in the end all are closed' \
    grep -q 'ended 300' "$TMP/hold.log"
kill "$holder"
: >"$TMP/hold.log"
hold 300 127.0.8.N
ok 'all together have their limit' test $(($(sockets) - before)) -le 60
answers 200 'a good BMC gets its turn' "$address/$token" "$(payload patient)"
kill "$holder"
wait_for "$PATIENCE" 'both have arrived' has_events 15

# ---- The secret
ok 'trawld stops' stop_trawld
ok 'the token stands in no file but the configuration' \
    eval '! grep -rl --binary-files=text "$token" "$STATE" "$EVENTS" \
        "$TMP/trawld.log"'
start_trawld "$CONF"
end_story
