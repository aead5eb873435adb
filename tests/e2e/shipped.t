#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# The configuration as it is shipped, right after the installation: it starts
# without a complaint, listens on nothing, and says what to do next.
. "${0%/*}/lib.sh"
need python3 ss

CONF=$TMP/etc/trawl.yaml
mkdir -p "$TMP/etc/conf.d" "$TMP/state"
sed -e "s|#\(directory: \).*/spool\$|\1$TMP/state/spool|" \
    -e "s|#\(cache: \).*|\1$TMP/state/registries|" \
    -e "s|#\(directories: \).*|\1[$TMP/etc/registries]|" \
    -e "s|#\(socket: \).*control.sock\$|\1$TMP/control.sock|" \
    -e "s|#\(socket: \).*journal/socket\$|\1$TMP/journal|" \
    "$TOP/conf/trawl.yaml" >"$CONF"
is "$(grep -c "$TMP" "$CONF")" 5 'only its paths were changed'

# What stands in for journald: reads and forgets.
spawn "$TMP/journal.log" python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    s.recv(65536)' "$TMP/journal"
has_started 'the journal' $! test -S "$TMP/journal"

spawn "$TMP/trawld.log" "$TRAWLD" -c "$CONF"
pid=$!
has_started trawld $pid grep -q 'ready: 0 BMCs, 1 sinks' "$TMP/trawld.log"
wait_for "$PATIENCE" 'it says what to do next' \
    grep -q "name your BMCs under bmcs: .* in $CONF" "$TMP/trawld.log"
is "$(ss -Hltunp | grep "pid=$pid,")" '' 'it listens on nothing'
is "$(grep '^<[0-4]>' "$TMP/trawld.log")" '' 'it has nothing to complain of'

cat >"$TMP/etc/conf.d/bmcs.yaml" <<EOC
listen: [{address: "127.0.0.1:$(free_port)"}]
bmcs: [{name: n1, url: "https://127.0.0.1", receive: passive}]
EOC
kill -HUP $pid
wait_for "$PATIENCE" 'a drop-in is enough to begin' \
    grep -q 'adopted: 1 BMCs, 1 sinks, 1 routes' "$TMP/trawld.log"
ok 'it ends cleanly' end_process $pid TERM
done_testing
