#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# trawld logs in: one session at each BMC, whatever ends in between, and none
# when it is gone; a refused password locks no account.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"
need openssl
make_certs

port=$(free_port)
start_bmcsim --bmcs 5 --tls "$CERTS/server.crt" "$CERTS/server.key" \
    --username root --password 0penBmc --set session_limit=1 \
    --set lockout_after=4 --set verify=true --set ca="$CERTS/ca.crt"
(umask 077 && printf '0penBmc\n' >"$TMP/password" &&
    printf 'not-that\n' >"$TMP/wrong")
# bmc003: the wrong password; bmc004: no sessions; bmc005: its place is taken.
write_conf <<EOC
listen:
  - address: "127.0.0.1:$port"
    tls: {certificate: $CERTS/server.crt, key: $CERTS/server.key}
public_url: https://localhost:$port
bmc_defaults: {username: root, password_file: $TMP/password, receive: sse,
               tls: {ca: $CERTS/ca.crt}}
bmcs:
  - {name: bmc001, url: "$(bmc_url bmc001)", receive: webhook}
  - {name: bmc002, url: "$(bmc_url bmc002)", auth: session}
  - {name: bmc003, url: "$(bmc_url bmc003)", password_file: $TMP/wrong}
  - {name: bmc004, url: "$(bmc_url bmc004)", tls: {verify: false}}
  - {name: bmc005, url: "$(bmc_url bmc005)"}
EOC
tell bmcs/bmc004/resource '{"uri": "/redfish/v1/SessionService/Sessions",
    "status": 404, "body": {}}' >"$TMP/.resource"
curl -sf --noproxy '*' --cacert "$CERTS/ca.crt" -o "$TMP/.login" \
    -d '{"UserName": "root", "Password": "0penBmc"}' \
    "$(bmc_url bmc005)/redfish/v1/SessionService/Sessions"
start_trawld "$CONF"

# sessions_are BMC N, wrong BMC N
sessions_are()
{
    about_is "$1" .sessions "$2"
}

wrong()
{
    about_is "$1" .counters.wrong_passwords "$2"
}

streams()
{
    about_is "$1" .sse_clients 1
}

# ---- One each
wait_for "$PATIENCE" 'it subscribes' about_is bmc001 '.subscriptions | length' 1
wait_for "$PATIENCE" 'it streams' streams bmc002
ok 'with one session' sessions_are bmc001 1
ok 'each' sessions_are bmc002 1
ok 'opened once' about_is bmc001 .counters.logins 1
is "$(about bmc002 .counters.basic)" 0 \
    'with auth: session no password goes along'
wait_for "$PATIENCE" 'where there are none the password goes along' \
    streams bmc004
wait_for "$PATIENCE" 'and where there is no room' streams bmc005
is "$(count_logged 'bmc005: has no room for a session')" 1 'which is said once'
wait_for "$PATIENCE" 'a wrong password is told' has_key LoginRefused
is "$(events "$(of_key LoginRefused) | .bmc.name")" '"bmc003"' 'of that BMC'
ok 'after two tries' wrong bmc003 2

is "$(count_logged 'tls.verify is false for 1 of 5 BMCs.*: bmc004$')" 1 \
    'a BMC whose certificate is not checked is named'
is "$(count_logged 'the URL is http:')" 0 'none sends its password in the clear'

# ---- Reload
reload_trawld
wait_for "$PATIENCE" 'a reload is adopted' metric_is trawl_reloads_total '' 1
wait_for "$PATIENCE" 'it tries the password once more' wrong bmc003 3
ok 'and opens no other session' about_is bmc001 .counters.logins 1
ok 'nowhere' about_is bmc002 .counters.logins 1
printf '0penBmc\n' >"$TMP/wrong"
reload_trawld
wait_for "$PATIENCE" 'a file that was put right is read again' streams bmc003
ok 'the account was never locked' about_is bmc003 .counters.locked_out 0
wait_for "$PATIENCE" 'and its end is told' has_key LoginAccepted
ok 'with one session' sessions_are bmc003 1

# ---- The BMC forgets
before=$(about bmc002 .counters.wrong_passwords)
tell bmcs/bmc002/reboot '{"down_ms": 10}' >"$TMP/.reboot"
wait_for "$PATIENCE" 'a BMC that rebooted is logged in to anew' \
    about_is bmc002 .counters.logins 2
wait_for "$PATIENCE" 'and streams again' streams bmc002
ok 'with one session' sessions_are bmc002 1
is "$(about bmc002 .counters.wrong_passwords)" "$before" \
    'an ended session was no wrong password'

# ---- kill -9
kill_trawld
ok 'a killed trawld leaves its session' sessions_are bmc001 1
left=$(about bmc001 '.session_list | map(.id) | join(" ")')
start_trawld "$CONF"
wait_for "$PATIENCE" 'the next one logs in' about_is bmc001 .counters.logins 2
wait_for "$PATIENCE" 'and streams' streams bmc002
ok 'the session that was left is gone' sessions_are bmc001 1
ok 'everywhere' sessions_are bmc002 1
[[ $(about bmc001 '.session_list | map(.id) | join(" ")') != "$left" ]]
ok 'it is another one' test $? = 0
ok 'no token was on the disk' eval \
    '! grep -qi token "$STATE/notebook.json"'
ok 'nor the password' eval '! grep -q 0penBmc "$STATE/notebook.json"'
is "$(stat -c %a "$STATE/notebook.json")" 600 'and what was is ours alone'

# ---- A BMC leaves, and trawld ends
sed -i '/name: bmc001/d' "$CONF"
reload_trawld
wait_for "$PATIENCE" 'at a BMC that leaves the session is ended' \
    sessions_are bmc001 0
assert_conservation
# As long as a BMC does not say that its session is over.
freeze "$BMCSIM_PID"
adopted=$(count_logged 'the configuration was adopted')
kill -TERM "$TRAWLD_PID"
wait_for "$PATIENCE" 'trawld stops' logs '>stopping$'
reload_trawld
wait_for "$PATIENCE" 'and does not reload any more' \
    logs 'not read again: stopping'
thaw "$BMCSIM_PID"
ok 'trawld ends cleanly' stop_trawld
is "$(count_logged 'the configuration was adopted')" "$adopted" \
    'as it was configured'
for bmc in bmc002 bmc003; do
    ok "and leaves no session at $bmc" sessions_are "$bmc" 0
done
ok "a stranger's session is left alone" sessions_are bmc005 1
for bmc in bmc001 bmc002 bmc003 bmc004 bmc005; do
    ok "$bmc locked no account" about_is "$bmc" .counters.locked_out 0
done
ok 'no password is in the log' eval '! logs "0penBmc\|not-that"'
done_testing
