#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# What a service manager sees: a socket that it passes is served, also over a
# reload; READY comes when that works, RELOADING and READY around a reload,
# STOPPING at the end, and the watchdog is answered meanwhile.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

token=service-story-token-001
port=$(free_port)
write_conf <<EOC
listen: [{address: "fd:webhook"}]
bmcs: [{name: n1, url: "https://127.0.0.1", receive: passive, token: $token}]
EOC

# The manager: passes a socket, writes down what it is told.
cat >"$TMP/manager.py" <<'EOP'
import os, socket, sys
port, notify, told, *command = sys.argv[1:]
listener = socket.create_server(("127.0.0.1", int(port)))
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(notify)
if (pid := os.fork()) == 0:
    if listener.fileno() != 3:
        os.dup2(listener.fileno(), 3)
    os.set_inheritable(3, True)
    os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1",
                   "LISTEN_FDNAMES": "webhook", "NOTIFY_SOCKET": notify,
                   "WATCHDOG_USEC": "200000",
                   "WATCHDOG_PID": str(os.getpid())}
    os.execv(command[0], command)
listener.close()
print("pid", pid, file=open(told + ".pid", "w"), flush=True)
with open(told, "w", buffering=1) as out:
    while True:
        out.write(manager.recv(65536).decode() + "\n")
EOP
TOLD=$TMP/told
spawn "$TMP/trawld.log" python3 "$TMP/manager.py" "$port" "$TMP/notify" \
    "$TOLD" "$TRAWLD" -c "$CONF"

# is_told REGULAR-EXPRESSION [N]: N times (1) at least.
is_told()
{
    (($(grep -c -- "$1" "$TOLD") >= ${2:-1}))
}

wait_for "$PATIENCE" 'it says that it is ready' is_told '^READY=1'
TRAWLD_PID=$(cut -d ' ' -f 2 "$TOLD.pid")
address=http://127.0.0.1:$port/events/$token
is "$(post "$address" "$(payload first)")" 200 'the socket passed is served'
wait_for "$PATIENCE" 'the watchdog is answered' is_told '^WATCHDOG=1' 3
wait_for "$PATIENCE" 'its status says what it has' \
    is_told '^STATUS=Running; 1 records received, 1 on disk, 1 BMCs'

reload_trawld
wait_for "$PATIENCE" 'a reload is told of' is_told '^RELOADING=1'
wait_for "$PATIENCE" 'with its time' is_told '^MONOTONIC_USEC=[0-9]'
wait_for "$PATIENCE" 'and its end' is_told '^READY=1' 2
is "$(post "$address" "$(payload second)")" 200 'the socket is served again'
printf 'nonsense: 1\n' >>"$CONF"
reload_trawld
wait_for "$PATIENCE" 'one that is refused ends too' is_told '^READY=1' 3
ok 'and says so' is_told 'STATUS=.*refused'
is "$(post "$address" "$(payload third)")" 200 'and changes nothing'
wait_for "$PATIENCE" 'all arrive' has_events 3
assert_conservation

kill -TERM "$TRAWLD_PID"
wait_for "$PATIENCE" 'the end is told of' is_told '^STOPPING=1'
wait_for "$PATIENCE" 'and comes' has_ended "$TRAWLD_PID"
ok 'in good order' logs stopped
done_testing
