# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The least of a syslog receiver over TCP: keeps each octet-counted frame as a
# line of a file, and says nothing.

# start_frames PORT FILE: sets FRAMES_PID once it listens. Killed, it drops its
# connections; it may be started again with the same arguments.
start_frames()
{
    cat >"$TMP/frames.py" <<'EOP'
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    stream = listener.accept()[0].makefile("rb")
    while True:
        digits = b""
        while (c := stream.read(1)) not in (b" ", b""):
            digits += c
        if not digits:
            break
        with open(sys.argv[2], "ab") as out:
            out.write(stream.read(int(digits)) + b"\n")
EOP
    touch "$2"
    spawn "$TMP/frames.log" python3 "$TMP/frames.py" "$1" "$2"
    FRAMES_PID=$!
    has_started 'the receiver' "$FRAMES_PID" frames_listens "$1"
}

frames_listens()
{
    [[ -n $(ss -Hltn "sport = :$1") ]]
}
