#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# What Trawl says of BMCs and sinks stands over a restart: one that was away,
# one that refused, one whose clock was wrong and a sink without its folder
# are well after trawld was killed, and each is said to be, once.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

port=$(free_port)
start_bmcsim --bmcs 3 --set retry_policy=RetryForever \
    --set retry_interval_ms=100
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
public_url: http://127.0.0.1:$port
bmc_defaults: {receive: webhook}
bmcs:
  - {name: bmc001, url: "$(bmc_url bmc001)"}
  - {name: bmc002, url: "$(bmc_url bmc002)"}
  - {name: bmc003, url: "$(bmc_url bmc003)"}
sinks:
  file: {type: file, path: $EVENTS}
  lines: {type: file, path: $TMP/lines/events.jsonl}
routes: [{to: [file, lines]}]
EOC
behave bmc002 '{"refuse": 503,
    "refuse_path": "/redfish/v1/EventService/Subscriptions"}'
behave bmc003 "{\"clock_offset_s\": -$(date +%s)}"
tell bmcs/bmc001/reboot '{"down_ms": 600000}' >"$TMP/.reboot"
start_trawld "$CONF"

about_bmc3()
{
    about_is bmc003 '.subscriptions | length' 1
}

# stands ABOUT KEY: said once of a BMC or a sink ("Trawl"), as raised.
stands()
{
    has_events 1 "$(of_key "$2") | select(.condition.state == \"raised\" and
        (.bmc.name // \"Trawl\") == \"$1\")"
}

# ends ABOUT KEY RAISE: said once, and it ends that raise, of before.
ends()
{
    local id
    id=$(events "$(of_key "$3") | .id" | sort -u) # a kill may send twice
    has_events 1 "$(of_key "$2") | select(.condition.clears == [$id] and
        (.bmc.name // \"Trawl\") == \"$1\")"
}

wait_for "$PATIENCE" 'one is subscribed to' about_bmc3
emit bmc003 1
wait_for "$PATIENCE" 'one is away' stands bmc001 BmcUnreachable
wait_for "$PATIENCE" 'one refuses' stands bmc002 SubscriptionFailed
wait_for "$PATIENCE" 'the clock of one is wrong' stands bmc003 ClockWrong
wait_for "$PATIENCE" 'a sink has no folder' stands Trawl SinkUnreachable

kill_trawld
mkdir "$TMP/lines"
behave bmc002 '{"refuse": 0}'
behave bmc003 '{"clock_offset_s": 0}'
tell bmcs/bmc001/reboot '{"down_ms": 1}' >"$TMP/.reboot"
start_trawld "$CONF"
emit bmc003 1
wait_for "$PATIENCE" 'after a restart the first answers' \
    ends bmc001 BmcReachable BmcUnreachable
wait_for "$PATIENCE" 'the second takes it' \
    ends bmc002 SubscriptionMade SubscriptionFailed
wait_for "$PATIENCE" 'the clock is right' ends bmc003 ClockRight ClockWrong
wait_for "$PATIENCE" 'the sink delivers' \
    ends Trawl SinkReachable SinkUnreachable
trawlctl=${TRAWLD%trawld}trawlctl
is "$("$trawlctl" conditions --socket "$TMP/control.sock" --json |
    jq -r 'select(.message_id | startswith("Trawl")) | .message_id')" '' \
    'nothing of it is open'
wait_for "$PATIENCE" 'all is written' is_drained
is "$(events "$(of_key SinkUnreachable)" "$TMP/lines/events.jsonl" | wc -l)" 1 \
    'also where it was said of'
end_story
