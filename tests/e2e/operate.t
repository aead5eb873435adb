#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# What an operator does at BMCs of several dialects: sees the subscriptions,
# has test events sent, reads the logs for what was missed, and takes the
# subscriptions back.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

CTL=${TRAWLCTL:-$BUILD/trawlctl}
port=$(free_port)
start_bmcsim --bmcs 3 --vendor generic --vendor openbmc --vendor supermicro

all_listen()
{
    [[ $("$CTL" bmcs --state listening --json --socket "$TMP/control.sock" |
        wc -l) == 3 ]]
}

write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
public_url: http://127.0.0.1:$port
bmc_defaults: {receive: webhook}
bmcs:
  - {name: bmc001, url: "$(bmc_url bmc001)"}
  - {name: bmc002, url: "$(bmc_url bmc002)"}
  - {name: bmc003, url: "$(bmc_url bmc003)"}
  - {name: quiet, url: "https://127.0.0.1", receive: passive}
EOC
start_trawld "$CONF"
wait_for "$PATIENCE" 'all are listened to' all_listen

# ---- Subscriptions
tell bmcs/bmc002/resource '{"uri": "/x", "body": {}}' >"$TMP/.resource"
ctl 0 subscriptions --json
is "$(jq -r .bmc <<<"$OUT" | xargs)" 'bmc001 bmc002 bmc003' \
    'a subscription at each that is asked'
is "$(jq -r 'select(.bmc == "bmc002") | .uri' <<<"$OUT")" \
    "/redfish/v1/EventService/Subscriptions/$(about bmc002 \
        '.subscriptions[0].id')" 'its path stands there'
ctl 0 subscriptions --bmc bmc003
is "$(wc -l <<<"$OUT")" 2 'of one BMC, as a table'
ok 'without any token' eval '! grep -q "/events/" <<<"$OUT"'
ctl 0 bmcs bmc002
like "$OUT" 'received by +webhook' 'a BMC says how it is received'
like "$OUT" 'treated as +openbmc.*test.dialect: bmcweb' \
    'and what is known of its like'

is "$(metric trawl_subscriptions_made_total)" 3 'subscriptions are counted'
is "$(metric trawl_bmcs_way 'way="webhook"')" 3 'and BMCs by their way'
is "$(metric trawl_bmcs_state 'state="passive"')" 1 'and state'

# ---- Test events
# arrives BMC: not within two seconds of the last one.
arrives()
{
    "$CTL" test "$1" --socket "$TMP/control.sock" |
        grep -q 'ok .*a test event arrived after'
}
for bmc in bmc001 bmc002 bmc003; do
    wait_for "$PATIENCE" "a test event of $bmc arrives" arrives $bmc
done
ctl 1 test --all
is "$(grep -c 'ok .*a test event arrived' <<<"$OUT")" 3 \
    'test events arrive' || diag "$OUT"
like "$OUT" 'quiet +FAILED +it is only listened to' \
    'but of one that is never asked'
like "$OUT" '3 of 4: the test event arrived' 'as the sum says'
behave bmc001 '{"refuse": 503, "refuse_path":
    "/redfish/v1/EventService/Actions"}'
refuses()
{
    "$CTL" test bmc001 --socket "$TMP/control.sock" | grep 'FAILED.*503'
}
wait_for "$PATIENCE" 'a BMC that refuses is told of' refuses
ctl 1 test bmc001 --json
is "$(jq -c '[.bmc, .ok]' <<<"$OUT")" '["bmc001",false]' \
    'for scripts too'
ctl 1 test bmc009
like "$(<"$TMP/err")" 'no BMC has the name bmc009' 'as is one that is not there'
ctl 2 test
behave bmc001 '{"refuse": 0, "refuse_path": ""}'
ok 'test events go to no sink' has_events 0 'select(.bmc.name == "bmc001")'

# ---- What was missed
ctl 0 catch-up bmc002
behave bmc002 '{"drop": 1000}'
emit bmc002 3
is "$(arrived bmc002 | wc -l)" 0 'events are lost on the way'
behave bmc002 '{"drop": 0}'
ctl 0 catch-up bmc002
like "$OUT" 'bmc002 +ok +3 of [0-9]+ entries had been missed' 'its logs are read'
wait_for "$PATIENCE" 'and what was missed is there' has_events 3 \
    'select(.bmc.name == "bmc002" and .source == "log")'
ctl 1 catch-up quiet

# ---- Leaving
ctl 0 unsubscribe 'bmc00*'
like "$OUT" '3 of 3: our subscription is removed' 'all are taken back'
for bmc in bmc001 bmc002 bmc003; do
    ok "$bmc has none" about_is $bmc '.subscriptions | length' 0
done
ctl 0 subscriptions --json
is "$OUT" '' 'and none is listed'
ctl 0 bmcs --state left
is "$(wc -l <<<"$OUT")" 4 'they are left alone'
reload_trawld
wait_for "$PATIENCE" 'a reload brings them back' \
    about_is bmc002 '.subscriptions | length' 1

# ---- A BMC that refuses with a MessageId and no words
tell bmcs/bmc003/resource '{"uri": "/redfish/v1/EventService/Subscriptions",
    "status": 400, "body": {"error": {"code": "Base.1.8.GeneralError",
    "@Message.ExtendedInfo": [{"MessageId":
    "Base.1.8.InsufficientPrivilege"}]}}}' >"$TMP/.resource"
ctl 0 unsubscribe bmc001
sed -i 's/bmc_defaults: .*/bmc_defaults: {receive: webhook, labels: {a: b}}/
    s|^public_url: .*|public_url: http://localhost:'"$port"'|' "$CONF"
reload_trawld
says_why()
{
    "$CTL" bmcs bmc003 --socket "$TMP/control.sock" |
        grep -q 'means .*insufficient privileges'
}
wait_for "$PATIENCE" 'the registry has the words for it' says_why
ctl 0 bmcs bmc003 --json
is "$(jq -r .state <<<"$OUT")" refused 'a BMC that refuses is refused'
like "$(jq -r .error <<<"$OUT")" '400: Base.1.8.InsufficientPrivilege' \
    'with its own words'
ok 'and what to do' jq -e .error_resolution <<<"$OUT"
ctl 1 status
like "$OUT" 'Needs attention:.*bmc003 .refuses what Trawl needs' \
    'which needs attention'

# ---- What is no BMC at all
sed -i "s|^bmcs:|&\n  - {name: other, url: \"http://$METRICS\"}|" "$CONF"
reload_trawld
answers_404()
{
    "$CTL" catch-up other --socket "$TMP/control.sock" |
        grep -q 'other .*FAILED.*not known yet: it answered 404'
}
wait_for "$PATIENCE" 'the address of another device is told by what it says' \
    answers_404
wait_for "$PATIENCE" 'as an event, too' has_events 1 "$(of_key \
    SubscriptionFailed) | select(.bmc.name == \"other\" and
    (.message | contains(\"cannot discover it: it answered 404\")))"
end_story
