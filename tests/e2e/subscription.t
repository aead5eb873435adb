#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# The life of one subscription: its second secret, another generation of
# tokens, another public_url, a limit that others hold, a restart, its end.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

port=$(free_port) other_port=$(free_port)
start_bmcsim --set retry_policy=RetryForever --set retry_interval_ms=100 \
    --set subscription_limit=3
subscriptions=/redfish/v1/EventService/Subscriptions

# configuration GENERATION GRACE PORT
configuration()
{
    write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}, {address: "127.0.0.1:$other_port"}]
public_url: http://127.0.0.1:$3
collector: c1
subscription: {check: 1s, proof: 1s, token_generation: $1, token_grace: $2}
bmcs: [{name: bmc001, url: "$(bmc_url)", receive: webhook}]
EOC
}

ours='[.subscriptions[] | select(.context == "trawl:c1:bmc001")]'

destination()
{
    about bmc001 "$ours[0].destination"
}

secret()
{
    about bmc001 "$ours[0].http_headers[0].\"X-Trawl-Secret\""
}

# is_one_at PREFIX [NOT]: one of ours, and its address begins so.
is_one_at()
{
    about_is bmc001 "$ours | length" 1 &&
        [[ $(destination) == "$1"* && $(destination) != "${2-}" ]]
}

# restful METHOD PATH [BODY]
restful()
{
    curl -s -m "$PATIENCE" --noproxy '*' -o "$TMP/.restful" -X "$1" \
        ${3+-d "$3"} "$(bmc_url)$2"
}

configuration 1 7d "$port"
start_trawld "$CONF"
wait_for "$PATIENCE" 'it subscribes' is_one_at "http://127.0.0.1:$port/"
wait_for "$PATIENCE" 'a test event brings the secret' \
    logs 'bmc001: a test event arrived'

# ---- The second secret
first=$(destination) first_secret=$(secret)
is "$(post "$first" "$(payload 1)")" 404 'the address alone is not enough'
is "$(post "$first" "$(payload 2)" -H 'X-Trawl-Secret: guessed')" 404 \
    'nor with a guess'
is "$(post "$first" "$(payload 3)" -H "X-Trawl-Secret: $first_secret")" 200 \
    'with the secret it is'
wait_for "$PATIENCE" 'what was refused did not get in' \
    has_key DriveFailure 1
wait_for "$PATIENCE" 'that it is sent is noted' \
    grep -q '"secret": *"sent"' "$STATE/notebook.json"
kill_trawld
start_trawld "$CONF"
wait_for "$PATIENCE" 'after kill -9 it is found' \
    logs 'bmc001: still subscribed'
is "$(post "$first" "$(payload 4)")" 404 'and the secret still asked for'
is "$(about bmc001 "$ours | length")" 1 'there is one of ours'

# ---- Another generation
configuration 2 7d "$port"
reload_trawld
wait_for "$PATIENCE" 'another generation has another address' \
    is_one_at "http://127.0.0.1:$port/" "$first"
is "$(post "$first" "$(payload 5)" -H "X-Trawl-Secret: $first_secret")" 200 \
    'the one before is good for a time'
configuration 2 0s "$port"
reload_trawld
wait_for "$PATIENCE" 'the time ends' metric_is trawl_reloads_total '' 2
is "$(post "$first" "$(payload 6)" -H "X-Trawl-Secret: $first_secret")" 404 \
    'then it is not'

# ---- Another public_url
second=$(destination)
configuration 2 0s "$other_port"
reload_trawld
wait_for "$PATIENCE" 'another public_url takes the place of the one before' \
    is_one_at "http://127.0.0.1:$other_port/" "$second"
emit bmc001 5 '"first": 100'
wait_for "$PATIENCE" 'where events arrive' has_key DriveFailure 7

# ---- Lost, and no room
for n in 1 2; do
    restful POST $subscriptions \
        '{"Destination":"http://192.0.2.1/'$n'","Context":"theirs"}'
done
number=$(about bmc001 "$ours[0].id")
restful DELETE "$subscriptions/$number"
wait_for "$PATIENCE" 'that it was lost is told' has_key SubscriptionLost
wait_for "$PATIENCE" 'it is made again' is_one_at http://127.0.0.1
wait_for "$PATIENCE" 'which is told' has_key SubscriptionMade
set_bmc bmc001 '{"subscription_limit": 2}'
number=$(about bmc001 "$ours[0].id")
restful DELETE "$subscriptions/$number"
wait_for "$PATIENCE" 'that others hold all places is told' \
    has_events 1 "$(of_key SubscriptionLimit) | select(.args == [\"2\", \"0\"])"
is "$(about bmc001 '.subscriptions | length')" 2 'none of them is removed'
set_bmc bmc001 '{"subscription_limit": 3}'
wait_for "$PATIENCE" 'until there is room' is_one_at http://127.0.0.1
wait_for "$PATIENCE" 'which ends it' has_events 1 \
    "$(of_key SubscriptionMade) | select(.condition.clears | length == 2)"

# ---- Proof of flow, again and again
proven=$(count_logged 'bmc001: a test event arrived')
wait_for "$PATIENCE" 'test events are asked for from time to time' \
    eval '(($(count_logged "bmc001: a test event arrived") >= proven + 2))'
is "$(count_events "select(.message_id // \"\" | test(\"TestMessage\"))")" 0 \
    'and go no further'
behave bmc001 '{"drop": 1}'
wait_for "$PATIENCE" 'one that does not arrive is told' has_key FlowBroken
wait_for "$PATIENCE" 'and the next that does' has_key FlowProven

# ---- Its end
ok 'trawld stops' stop_trawld
is "$(about bmc001 "$ours | length")" 1 'a daemon that stops leaves it there'
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}, {address: "127.0.0.1:$other_port"}]
public_url: http://127.0.0.1:$other_port
collector: c1
bmcs: [{name: bmc001, url: "$(bmc_url)", receive: auto}]
EOC
start_trawld "$CONF"
wait_for "$PATIENCE" 'where there is a stream, that is taken' \
    about_is bmc001 .sse_clients 1
wait_for "$PATIENCE" 'and what the other way left there is taken back' \
    about_is bmc001 "$ours | length" 0
is "$(about bmc001 '.subscriptions | length')" 2 'but not what others made'
ok 'the token and the secret are in no log' \
    eval '! logs "${first##*/}\|$first_secret"'
end_story
