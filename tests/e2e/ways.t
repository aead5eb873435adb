#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# From the stream to the subscription and to the logs, as a BMC refuses the one
# and the other, and back up again by itself when it has them again: no event
# is lost on the way and none comes twice. And that events flow is proven on a
# stream as well.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

CTL=${TRAWLCTL:-$BUILD/trawlctl}
port=$(free_port)
RESTS=$((3 * PATIENCE)) # each way fails three times, and rests up to a minute
jq -n '{
    defaults: {retry_interval_ms: 50, retry_policy: "RetryForever"},
    bmcs: [{name: "fickle"}, {name: "idrac", dialect: "dell"}]}' \
    >"$TMP/fleet.json"
start_bmcsim --config "$TMP/fleet.json"
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
public_url: http://127.0.0.1:$port
subscription: {check: 2s, rest: 5s}
bmcs:
  - {name: fickle, url: "$(bmc_url fickle)", poll_interval: 1s}
  - {name: idrac, url: "$(bmc_url idrac)", receive: sse}
EOC

# heard_by BMC WAY
heard_by()
{
    [[ $("$CTL" bmcs "$1" --json --socket "$TMP/control.sock" |
        jq -r '[.state, .way] | join(" ")') == "listening $2" ]]
}

# comes SOURCE FIRST LAST WHAT: so many events happen and arrive, by that way.
comes()
{
    local by
    emit fickle $(($3 - $2 + 1)) "\"first\": $2"
    wait_for "$PATIENCE" "$4" all_arrived fickle
    by=$(events "$(of_key DriveFailure) | select(.source == \"$1\") |
        .args[0]" | grep -c "fickle $3\"")
    is "$by" 1 "... by $1"
}

# refuses PATH: what is below it is refused from now on, and whoever is
# connected has to connect anew.
refuses()
{
    behave fickle "{\"refuse\": 503, \"refuse_path\":
        \"/redfish/v1/EventService/$1\"}"
    tell bmcs/fickle/reset '{}' >"$TMP/.reset"
}

start_trawld "$CONF"
wait_for "$PATIENCE" 'a BMC is heard by its stream' heard_by fickle sse
comes sse 1 5 'its events come'

# ---- That events flow
proven()
{
    "$CTL" test "$1" --socket "$TMP/control.sock" >"$TMP/out"
}
wait_for "$PATIENCE" 'a test event arrives on a stream' proven fickle
like "$(<"$TMP/out")" 'fickle +ok +a test event arrived after [0-9]+ ms' \
    'and is timed'
wait_for "$PATIENCE" 'another BMC is heard by its stream' heard_by idrac sse
ok 'one whose test events are not streamed is not called broken' \
    eval '! proven idrac'
like "$(<"$TMP/out")" 'idrac +FAILED +it has no test events: its test events do not come on its stream' \
    'but said to be so'
is "$(count_events "$(of_key FlowBroken)")" 0 'nobody is told that it is broken'
is "$(count_events 'select(.source == "sse")')" 5 \
    'what was asked for goes to no sink'
is "$(metric trawl_records_dropped_total 'reason="test"')" 1 \
    'and is counted as a test'

# ---- Down
refuses SSE
emit fickle 5 '"first": 6'
wait_for "$RESTS" 'without its stream it is subscribed to' \
    heard_by fickle webhook
wait_for "$PATIENCE" 'what came in between is not lost' all_arrived fickle
comes webhook 11 15 'its events are posted'
refuses S # Subscriptions, too
tell bmcs/fickle/reboot '{"down_ms": 1, "keep_subscriptions": false}' \
    >"$TMP/.reboot"
emit fickle 5 '"first": 16'
wait_for "$RESTS" 'without that its logs are read' heard_by fickle poll
wait_for "$PATIENCE" 'what came in between is not lost' all_arrived fickle
comes log 21 25 'its events are read'

# ---- And up
refuses SSE
wait_for "$RESTS" 'it is subscribed to again by itself' \
    heard_by fickle webhook
comes webhook 26 30 'its events are posted'
behave fickle '{"refuse": 0, "refuse_path": ""}'
wait_for "$RESTS" 'and heard by its stream again' heard_by fickle sse
comes sse 31 35 'its events come'
wait_for "$PATIENCE" 'its subscription is taken back' \
    about_is fickle '.subscriptions | length' 0
is "$(count_events "$(of_key DriveFailure)")" 35 'no event came twice'
is "$(count_events "$(of_key BmcUnreachable) |
    select(.bmc.name == \"fickle\")")" 0 'it was never called unreachable'
end_story
