#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# trawld subscribes at BMCs, one of which refuses at first and one of which is
# away; their events arrive whatever ends in between.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"
need openssl
make_certs

port=$(free_port)
start_bmcsim --bmcs 3 --tls "$CERTS/server.crt" "$CERTS/server.key" \
    --username root --password 0penBmc --set retry_policy=RetryForever \
    --set retry_interval_ms=100 --set verify=true --set ca="$CERTS/ca.crt"
(umask 077 && printf '0penBmc\n' >"$TMP/password")
write_conf <<EOC
listen:
  - address: "127.0.0.1:$port"
    tls: {certificate: $CERTS/server.crt, key: $CERTS/server.key}
public_url: https://localhost:$port
bmc_defaults: {username: root, password_file: $TMP/password, receive: webhook,
               tls: {ca: $CERTS/ca.crt}}
bmcs:
  - {name: bmc001, url: "$(bmc_url bmc001)"}
  - {name: bmc002, url: "$(bmc_url bmc002)"}
  - {name: bmc003, url: "$(bmc_url bmc003)"}
EOC
behave bmc002 '{"refuse": 503,
    "refuse_path": "/redfish/v1/EventService/Subscriptions"}'
tell bmcs/bmc003/reboot '{"down_ms": 600000}' >"$TMP/.reboot"
start_trawld "$CONF"

subscribed()
{
    about_is "$1" '.subscriptions | length' "${2:-1}"
}

# told BMC KEY [N]: so many of our own events of that key were about it.
told()
{
    has_events "${3:-1}" "$(of_key "$2") | select(.bmc.name == \"$1\")"
}

# ---- Subscriptions
wait_for "$PATIENCE" 'it subscribes' subscribed bmc001
wait_for "$PATIENCE" 'one that refuses is told of' \
    told bmc002 SubscriptionFailed
wait_for "$PATIENCE" 'one that is away is told of' told bmc003 BmcUnreachable
behave bmc002 '{"refuse": 0}'
tell bmcs/bmc003/reboot '{"down_ms": 1}' >"$TMP/.reboot"
wait_for "$PATIENCE" 'the first takes it later' told bmc002 SubscriptionMade
wait_for "$PATIENCE" 'the second comes back' told bmc003 BmcReachable
is "$(about bmc001 '[.subscriptions[].id] | join(" ")')" 1 \
    'the first one made is the only one'

# ---- Events
for bmc in bmc001 bmc002 bmc003; do
    emit "$bmc" 100
done
wait_for "$PATIENCE" 'all events arrive' all_arrived
is "$(events "$(of_key DriveFailure) | .id" | sort | uniq -d)" '' \
    'each of them once'
is "$(events "$(of_key DriveFailure) | select(.bmc.name == \"bmc001\") |
    .args[0]" | tr -d '"')" "$(for i in {1..100}; do echo "bmc001 $i"; done)" \
    'in the order in which they happened'

# ---- trawld is away
ok 'trawld stops' stop_trawld
emit bmc001 20 '"first": 1001'
wait_for "$PATIENCE" 'a BMC knocks in vain' \
    about_is bmc001 '.counters.failed > 1' true
start_trawld "$CONF"
wait_for "$PATIENCE" 'what it kept arrives' all_arrived
wait_for "$PATIENCE" 'trawld looks for its subscription' \
    eval '(($(count_logged "bmc001: still subscribed") == 1))'
is "$(about bmc001 '[.subscriptions[].id] | join(" ")')" 1 \
    'and does not make another'

kill_trawld
emit bmc002 20 '"first": 2001'
start_trawld "$CONF"
wait_for "$PATIENCE" 'the same after kill -9' all_arrived
wait_for "$PATIENCE" 'nobody is told of for that' \
    eval '(($(count_logged "bmc003: still subscribed") == 2))'
ok 'no event of ours came again' told bmc003 BmcUnreachable

# ---- trawld ends while events come
emit bmc001 400 '"first": 3001' '"rate": 400'
for _ in 1 2 3; do
    ok 'trawld stops under load' stop_trawld
    start_trawld "$CONF"
done
wait_for "$PATIENCE" 'and all arrives' all_arrived
# ---- A password is refused
set_bmc bmc003 '{"password": "Changed-1"}'
tell bmcs/bmc003/logout '{}' >"$TMP/.logout"
reload_trawld
wait_for "$PATIENCE" 'a reload finds all as it was' \
    metric_is trawl_reloads_total '' 1
sed -i 's|^  - {name: bmc003, .*|  - {name: bmc003, receive: sse, url: "'"$(\
    bmc_url bmc003)"'"}|' "$CONF"
reload_trawld
wait_for "$PATIENCE" 'one that refuses the password is not asked any more' \
    logs 'bmc003: refuses our password'
wait_for "$PATIENCE" 'which is told' told bmc003 LoginRefused
(umask 077 && printf 'Changed-1\n' >"$TMP/password-3")
sed -i "s|name: bmc003, |&password_file: $TMP/password-3, |" "$CONF"
reload_trawld
wait_for "$PATIENCE" 'a reload tries another one' \
    about_is bmc003 .sse_clients 1
wait_for "$PATIENCE" 'which is told' told bmc003 LoginAccepted
ok 'the password is in no log' eval '! logs "0penBmc\|Changed-1"'
end_story
