#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# Those who send too much and those who send too slowly: bodies of 100 MiB,
# announced and not, cost next to no memory; hundreds of senders of one byte a
# second, within the header and within the body, are ended one day and hold up
# nobody before.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

token=hostile-story-token-0001
port=$(free_port)
address=http://127.0.0.1:$port/events/$token
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
bmcs: [{name: n1, url: "https://127.0.0.1", receive: passive, token: $token}]
limits: {body_timeout: 8s, header_timeout: 8s, bodies: 8MiB}
EOC
start_trawld "$CONF"

# ---- 100 MiB ----------------------------------------------------------------
high_water()
{
    awk '/^VmHWM/ { print $2 }' "/proc/$TRAWLD_PID/status"
}
is "$(post "$address" "$(payload before)")" 200 'an event'
before=$(high_water)
truncate -s 100M "$TMP/huge"
is "$(post "$address" "@$TMP/huge")" 413 '100 MiB, announced: 413'
ok '... with length and JSON' is_whole_answer

# Sent without a look at the answer, as chunks, by ten at once; each prints the
# status that it got, or "closed".
cat >"$TMP/pour" <<'PY'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 60)
s.sendall(b"POST /events/%s HTTP/1.1\r\nHost: x\r\n"
          b"Transfer-Encoding: chunked\r\n\r\n" % sys.argv[2].encode())
chunk = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
try:
    for i in range(100):
        s.sendall(chunk)
    s.sendall(b"0\r\n\r\n")
except OSError:
    pass
try:
    print((s.recv(4096).split(b" ") + [b"closed"])[1].decode())
except (OSError, IndexError):
    print("closed")
PY
pids=()
for i in 1 2 3 4 5 6 7 8 9 10; do
    python3 "$TMP/pour" "$port" "$token" >"$TMP/poured.$i" 2>&1 &
    pids+=($!)
done
wait "${pids[@]}"
ok 'ten times 100 MiB, in chunks: 413, or the connection is closed' \
    eval '! cat "$TMP"/poured.* | grep -v "413\|503\|closed"'
grown=$(($(high_water) - before))
diag "memory at most: $before KiB before, $((before + grown)) KiB after"
# ASan keeps what is freed for a while.
bound=16384
[[ ${TRAWL_LANE-} != asan ]] || bound=$((bound * 8))
ok 'memory stays within the limit of all bodies, twice' \
    test "$grown" -lt "$bound"
is "$(post "$address" "$(payload after)")" 200 'and events are taken'

# ---- One byte a second ----------------------------------------------------------
# 200 connections stop in their header, 200 in their body; the latter keep the
# room of what they have announced for themselves only as they send it.
cat >"$TMP/slow" <<'PY'
import select, socket, sys, time
port, token, count = int(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3])
head = b"POST /events/%s HTTP/1.1\r\nHost: x\r\n" % token
senders, ended = {}, 0
for i in range(count):
    s = socket.socket()
    s.bind(("127.0.7.%d" % (2 + i % 100), 0))
    s.connect(("127.0.0.1", port))
    if i % 2:
        s.sendall(head + b"Content-Length: 1000\r\n\r\n")
        senders[s] = b"{" + b" " * 999
    else:
        senders[s] = head
print("held", count, flush=True)
while senders:
    for s in list(senders):
        rest = senders[s]
        try:
            s.sendall(rest[:1])
            senders[s] = rest[1:]
            if select.select([s], [], [], 0)[0] and not s.recv(4096):
                raise OSError
        except OSError:
            del senders[s]
            ended += 1
    print("ended", ended, flush=True)
    time.sleep(1)
PY
spawn "$TMP/slow.log" python3 "$TMP/slow" "$port" "$token" 400
wait_for "$PATIENCE" '400 senders send a byte a second' \
    grep -q held "$TMP/slow.log"
is "$(post "$address" "$(payload beside)")" 200 'a good BMC is served'
ok 'while they are there' eval '! grep -q "ended 400" "$TMP/slow.log"'
served=0
for i in $(seq 50); do
    [[ $(post "$address" "$(payload "beside-$i")") != 200 ]] ||
        served=$((served + 1))
done
is "$served" 50 'and again and again'
wait_for "$PATIENCE" 'in the end they are' grep -q 'ended 400' "$TMP/slow.log"
wait_for "$PATIENCE" 'all good events have arrived' has_events 53
end_story
