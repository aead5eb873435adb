#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# Socket activation: the first post starts the daemon and is answered by it;
# one that comes while the daemon is away, over a restart, waits in the socket
# and is answered too.
. "${0%/*}/lib.sh"
need systemd-socket-activate ss
. "$TOP/tests/e2e/story.sh"

token=activation-story-token-1
port=$(free_port)
write_conf <<EOC
listen: [{address: "fd:webhook"}]
bmcs: [{name: n1, url: "https://127.0.0.1", receive: passive, token: $token}]
EOC
address=http://127.0.0.1:$port/events/$token

# As systemd does, this holds the socket and starts the daemon again, here once
# the story says so; each daemon is told that the socket is for it.
cat >"$TMP/manager" <<'EOM'
while :; do
    sh -c 'printf "%s\n" $$ >>"$1"; LISTEN_PID=$$; export LISTEN_PID; shift
        exec "$@"' sh "$TMP/started" "$TRAWLD" -c "$CONF"
    until [ -e "$TMP/go" ]; do
        sleep 0.02
    done
done
EOM
export TMP TRAWLD CONF
spawn "$TMP/trawld.log" systemd-socket-activate -l "127.0.0.1:$port" \
    --fdname=webhook -E TMP -E TRAWLD -E CONF -E TRAWL_REGISTRY_DIR \
    ${ASAN_OPTIONS+-E ASAN_OPTIONS} sh "$TMP/manager"
has_started 'the service manager' $! eval \
    '[[ -n $(ss -Hltn "sport = :$port") ]]'

# send NAME: posts an event in the background; the answer goes to a file.
send()
{
    payload "$1" >"$TMP/request-$1"
    post "$address" "@$TMP/request-$1" >"$TMP/answer-$1" 2>&1 &
    tracked+=($!)
}
is_answered()
{
    [[ -s $TMP/answer-$1 ]]
}
# Connections that the kernel has taken for the socket and nobody has accepted.
waits_in_socket()
{
    (($(ss -Hltn "sport = :$port" | awk '{ print $2 }') >= $1))
}

ok 'nothing runs yet' test ! -e "$TMP/started"
send first
wait_for "$PATIENCE" 'the first post is answered' is_answered first
is "$(<"$TMP/answer-first")" 200 'with 200, by the daemon that it started'
is "$(wc -l <"$TMP/started")" 1 'which is one'
TRAWLD_PID=$(tail -n 1 "$TMP/started")
wait_for "$PATIENCE" 'it is ready' is_ready

kill -TERM "$TRAWLD_PID"
wait_for "$PATIENCE" 'it ends' has_ended "$TRAWLD_PID"
send second
wait_for "$PATIENCE" 'a post waits in the socket' waits_in_socket 1
ok 'unanswered' eval '! is_answered second'
touch "$TMP/go"
wait_for "$PATIENCE" 'the next daemon answers it' is_answered second
is "$(<"$TMP/answer-second")" 200 'with 200'

# At once, as systemctl restart does: posts come all the time.
TRAWLD_PID=$(tail -n 1 "$TMP/started")
began=${EPOCHREALTIME/./}
kill -TERM "$TRAWLD_PID"
for n in 1 2 3 4 5; do
    send "during-$n"
done
wait_for "$PATIENCE" 'a third daemon runs' has_lines "$TMP/started" 3
for n in 1 2 3 4 5; do
    wait_for "$PATIENCE" "post $n during a restart is answered" \
        is_answered "during-$n"
done
diag "a restart kept the last waiting for \
$(((${EPOCHREALTIME/./} - began) / 1000)) ms"
is "$(cat "$TMP"/answer-during-*)" 200200200200200 'all of them with 200'
TRAWLD_PID=$(tail -n 1 "$TMP/started")
wait_for "$PATIENCE" 'all arrive' has_events 7
assert_conservation
rm "$TMP/go"
kill -TERM "$TRAWLD_PID"
wait_for "$PATIENCE" 'it ends cleanly' has_ended "$TRAWLD_PID"
ok 'in good order' logs stopped
done_testing
