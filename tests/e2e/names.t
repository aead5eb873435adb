#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# A name server that keeps silent holds up no more than the BMC whose name it
# does not tell: others are heard, a reload and the end are as quick as ever.
# In namespaces of its own, whose only name server is one of ours.
if [[ -z ${NAMES_INSIDE-} ]]; then
    inside=(unshare --map-root-user --mount --net env NAMES_INSIDE=1)
    "${inside[@]}" ip link set lo up 2>/dev/null ||
        { echo '1..0 # SKIP no namespaces of our own'; exit 0; }
    exec "${inside[@]}" bash "$0" "$@"
fi
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"
ip link set lo up

printf '127.0.0.1 localhost\n' >"$TMP/hosts"
printf 'nameserver 127.0.0.53\noptions timeout:30 attempts:5\n' >"$TMP/resolv"
mount --bind "$TMP/hosts" /etc/hosts
mount --bind "$TMP/resolv" "$(realpath /etc/resolv.conf)"
spawn "$TMP/asked" python3 -uc 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.53", 53))
print("ready")
while True:
    print(s.recv(512))'
wait_for "$PATIENCE" 'there is a name server' test -s "$TMP/asked"

asked_for()
{
    grep -q "$1" "$TMP/asked"
}

port=$(free_port)
start_bmcsim --bmcs 1
configuration()
{
    write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
public_url: http://127.0.0.1:$port
bmc_defaults: {receive: webhook}
bmcs:
  - {name: bmc001, url: "$(bmc_url)"}
  - {name: named, url: "http://$1.example:8000"}
EOC
}
configuration first
start_trawld "$CONF"
wait_for "$PATIENCE" 'it is asked for a name' asked_for first
wait_for "$PATIENCE" 'the other BMC is subscribed' \
    about_is bmc001 '.subscriptions | length' 1

configuration second
reload_trawld
wait_for "$PATIENCE" 'it is asked for another' asked_for second
emit bmc001 5
wait_for "$PATIENCE" 'events arrive all the same' all_arrived
end_story
