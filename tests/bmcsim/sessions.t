#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Who may ask a BMC of bmcsim, how often he may be wrong, and what is counted
# of it.

. "${0%/*}/lib.sh"

cat >"$dir/config" <<CONFIG
{"defaults": {"username": "u", "password": "p"},
 "bmcs": [
  {"name": "plain", "session_limit": 2},
  {"name": "strict", "lockout_after": 3, "session_context": false},
  {"name": "short", "lockout_after": 1, "lockout_ms": 1, "session_timeout_ms": 1},
  {"name": "slow", "behave": {"answer_delay_ms": 300000}}, {"name": "other"}]}
CONFIG
play --config "$dir/config"
sessions=redfish/v1/SessionService/Sessions

login() # login BMC [MORE]: prints the status; the token is in $dir/token
{
    http -D "$dir/head" -o "$dir/body" "$(url "$1")/$sessions" \
        -d "$(jq -nc "{UserName: \"u\", Password: \"p\"} + ${2:-{\}}")"
    tr -d '\r' <"$dir/head" | sed -n 's/^X-Auth-Token: //p' >"$dir/token"
    sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p' "$dir/head"
}
ask() { status "$@" "$(url "$bmc")/redfish/v1/Systems"; }

bmc=plain
ok "the root is open" is "$(status "$(url plain)/redfish/v1")" 200
ok "the rest is not" is "$(ask)" 401
ok "a session is made" is "$(login plain '{Context: "me"}')" 201
token=$(cat "$dir/token")
ok "with the Context given" is "$(jq -r '.Context + .UserName' "$dir/body")" meu
ok "its token opens" is "$(ask -H "X-Auth-Token: $token")" 200
ok "the second too" is "$(login plain)" 201
ok "the third is one too many" is "$(login plain) $(jq -r '.error["@Message.ExtendedInfo"][0].MessageId' "$dir/body")" \
    '503 Base.1.18.SessionLimitExceeded'
ok "they are listed" is "$(http -u u:p "$(url plain)/$sessions" | jq '.Members | length')" 2
ok "and shown to the test" is "$(control bmcs/plain | jq -c '[.sessions, .session_list[1].context]')" '[2,"me"]'
ok "one is deleted" is "$(status -X DELETE -H "X-Auth-Token: $token" "$(url plain)/$sessions/1")" 204
ok "and opens no more" is "$(ask -H "X-Auth-Token: $token")" 401
ok "what a user without a name is for" is "$(http "$(url plain)/$sessions" -d '{}' |
    jq -rc '.error["@Message.ExtendedInfo"][0].RelatedProperties')" '["#/UserName"]'
ok "all is counted" is "$(control bmcs/plain | jq -c '.counters |
    [.logins, .basic, .wrong_passwords, .unauthorized]')" '[2,1,0,2]'
tell bmcs/plain/logout '{}'
ok "all can be ended" is "$(control bmcs/plain | jq .sessions)" 0
login plain >/dev/null
tell bmcs/plain/set '{"password": "other"}'
ok "another password ends them" is "$(ask -H "X-Auth-Token: $(cat "$dir/token")")" 401
tell bmcs/plain/set '{"password": "p"}'
login plain >/dev/null
tell bmcs/plain/reboot '{"down_ms": 1}'
up() { is "$(control bmcs/plain | jq .up)" true; }
eventually up
ok "a reboot ends them too" is "$(ask -H "X-Auth-Token: $(cat "$dir/token")")" 401

bmc=strict
ok "one that knows no Context refuses it" is "$(login strict '{Context: "me"}')" 400
ok "a wrong password is refused" is "$(ask -u u:x) $(login strict '{Password: "x"}')" '401 401'
ok "and counted in either way" is "$(control bmcs/strict | jq -c '.accounts[0]')" \
    '{"user":"u","failures":2,"locked":false}'
ok "a right one forgives" is "$(ask -u u:p) $(control bmcs/strict | jq -c '.accounts[0].failures')" '200 0'
for i in 1 2 3; do ask -u u:x >/dev/null; done
ok "three lock the account" is "$(ask -u u:p) $(login strict)" '401 401'
ok "which is told" is "$(control bmcs/strict | jq -c '[.accounts[0].locked, .counters.locked_out]')" '[true,2]'
tell bmcs/strict/logout '{}'
ok "until it is unlocked" is "$(ask -u u:p)" 200
ok "a token that is none locks nothing" is "$(for i in 1 2 3 4; do ask -H 'X-Auth-Token: x'; done; ask -u u:p)" \
    401401401401200

bmc=short
ask -u u:x >/dev/null
opens() { is "$(ask -u u:p)" 200; }
ok "an account can be locked for a while" eventually opens
login short >/dev/null
expired() { is "$(control bmcs/short | jq .sessions)" 0; }
ok "idle sessions end" eventually expired
ok "SessionTimeout says when" is "$(http -u u:p "$(url short)/redfish/v1/SessionService" | jq .SessionTimeout)" 1

# ---- how much at a time --------------------------------------------------------------
tell recount '{}'
for i in 1 2 3; do
    http "$(url slow)/redfish/v1" >/dev/null &
    pids+=($!)
done
under_way() { is "$(control status | jq .load.now)" "$1"; }
ok "three requests are under way" eventually under_way 3
http -u u:p "$(url other)/redfish/v1/Systems" >/dev/null
tell bmcs/slow/behave '{"answer_delay_ms": 0}'
tell bmcs/slow/reset '{}'
ok "and end" eventually under_way 0
ok "there were four at most" is "$(control status | jq -c '[.load.most, .load.kinds]')" \
    '[4,{"root":{"GET":3},"systems":{"GET":1}}]'
ok "three of one BMC" is "$(control bmcs/slow | jq .load.most)" 3
ok "one of another" is "$(control bmcs/other | jq -c .load)" \
    '{"now":0,"most":1,"connections":0,"most_connections":1,"kinds":{"systems":{"GET":1}}}'

done_testing
