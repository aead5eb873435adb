#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# A BMC's clock is wrong, in each way: its events are dated by their arrival,
# what it said is kept, and once it is right again that is said too.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

start_bmcsim --bmcs 2
write_conf <<EOC
bmcs:
  - {name: bmc001, url: "$(bmc_url bmc001)", receive: sse}
  - {name: bmc002, url: "$(bmc_url bmc002)", receive: sse}
EOC
start_trawld "$CONF"
for bmc in bmc001 bmc002; do
    wait_for "$PATIENCE" "$bmc is listened to" about_is $bmc .sse_clients 1
done

# happens ARGUMENT-NUMBER SENTENCE: two events, the second one numbered so.
happens()
{
    emit bmc001 2 "\"first\": $1"
    wait_for "$PATIENCE" "$2" has_events 1 \
        "select(.args[0] == \"bmc001 $(($1 + 1))\")"
}

# of_number N FILTER: that event, through jq.
of_number()
{
    events "select(.args[0] == \"bmc001 $1\") | $2"
}

# seconds apart: how far an event's time is from its receipt.
apart='(.time[0:19] + "Z" | fromdate) - (.received[0:19] + "Z" | fromdate)'

happens 1 'events with a right clock arrive'
is "$(of_number 1 'has("event_time")')" false 'their time is taken as it is'
ok 'which is now' test "$(of_number 1 "$apart | fabs <= 5")" = true

behave bmc001 "{\"clock_offset_s\": -$(date +%s)}"
happens 11 'events of 1970 arrive'
is "$(of_number 11 '.event_time | .[0:4]')" '"1970"' 'their time is kept'
is "$(of_number 11 "$apart")" 0 'but their receipt counts'
wait_for "$PATIENCE" 'that is said' has_key ClockWrong
like "$(events "$(of_key ClockWrong) | .message")" "'1970" 'with the time'

behave bmc001 '{"clock_offset_s": 0}'
happens 21 'the clock is right: events arrive'
wait_for "$PATIENCE" 'that is said too' has_key ClockRight

behave bmc001 '{"clock_offset_s": 7200}'
happens 31 'events two hours ahead arrive'
is "$(of_number 31 "$apart")" 0 'their receipt counts'
is "$(of_number 31 "(.event_time[0:19] + \"Z\" | fromdate) -
    (.received[0:19] + \"Z\" | fromdate) - 7200 | fabs <= 5")" true \
    'what the BMC said is kept'
wait_for "$PATIENCE" 'it is wrong again' has_key ClockWrong 2

behave bmc001 '{"clock_offset_s": -86400}'
happens 41 'events of yesterday arrive'
is "$(of_number 41 "$apart + 86400 | fabs <= 5")" true \
    'yesterday is a time like others'
wait_for "$PATIENCE" 'and right again' has_key ClockRight 2

set_bmc bmc002 '{"timestamp": "offset"}'
emit bmc002 1
wait_for "$PATIENCE" 'a time of another zone arrives' has_events 1 \
    'select(.args[0] == "bmc002 1")'
is "$(events "select(.args[0] == \"bmc002 1\") | $apart | fabs <= 5")" true \
    'and is the same time in UTC'
set_bmc bmc002 '{"timestamp": "none"}'
emit bmc002 1 '"first": 2'
wait_for "$PATIENCE" 'an event without any time arrives' has_events 1 \
    'select(.args[0] == "bmc002 2")'
is "$(events 'select(.args[0] == "bmc002 2") | [has("event_time"),
    .time != null] | join(" ")')" '"false true"' 'its receipt is its time'
is "$(count_events "$(of_key ClockWrong) | select(.bmc.name == \"bmc002\")")" \
    0 'that is no wrong clock'
end_story
