#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# What BMCs could not deliver while nobody listened is read from their logs,
# once by its id and beside what their streams and subscriptions bring: after
# kill -9, after a stream left some out, after a payload was cut short, after a
# BMC forgot its subscription.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

port=$(free_port)
jq -n '{
    defaults: {retry_interval_ms: 50, retry_attempts: 2,
        retry_policy: "DropEvent"},
    bmcs: [
    {name: "dell", dialect: "dell", sse: false},
    {name: "nvidia", dialect: "nvidia", sse: false},
    {name: "ilo", dialect: "hpe-ilo7", https_only: false, queue: 100,
        log_message_id: "same"},
    {name: "xcc", dialect: "lenovo", sse: false},
    {name: "stream", sse_ring: 5},
    {name: "lossy", sse_ring: 3, sse_unknown_id: "exceeded"}]}' >"$TMP/fleet.json"
start_bmcsim --config "$TMP/fleet.json"
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
public_url: http://127.0.0.1:$port
subscription: {check: 2s}
bmcs:
$(jq -r '.bmcs[] | "  - {name: \(.name), url: \"\(.url)\"}"' "$BMCSIM_PORTS")
EOC
mapfile -t fleet < <(jq -r '.bmcs[].name' "$BMCSIM_PORTS")

# all_listen: each BMC is listened to by what it offers.
all_listen()
{
    local bmc
    for bmc in "${fleet[@]}"; do
        [[ $(about "$bmc" '(.subscriptions | length) + .sse_clients') != 0 ]] ||
            return 1
    done
}

emit_all()
{
    local bmc
    for bmc in "${fleet[@]}"; do
        emit "$bmc" "$@"
    done
}

# numbers_of BMC: of what came from it; a line that a kill had the sink write
# again counts once.
numbers_of()
{
    events "$(of_key DriveFailure) | select(.bmc.name == \"$1\") |
        .id + \" \" + .args[0]" | tr -d '"' |
        awk '!($1 in seen) { seen[$1]; print $NF }'
}

# has_all LAST [BMC]: all numbers from 1 on are there, of each BMC or of one.
has_all()
{
    local bmc bmcs=("${fleet[@]}")
    (($# < 2)) || bmcs=("$2")
    for bmc in "${bmcs[@]}"; do
        [[ $(numbers_of "$bmc" | sort -n | uniq) == "$(seq 1 "$1")" ]] ||
            return 1
    done
}

# each_once: no event has two ids.
each_once()
{
    local bmc
    for bmc in "${fleet[@]}"; do
        [[ -z $(numbers_of "$bmc" | sort | uniq -d) ]] || return 1
    done
}

from_log()
{
    count_events "$(of_key DriveFailure) | select(.source == \"log\")"
}

start_trawld "$CONF"
wait_for "$PATIENCE" 'all are listened to' all_listen
emit_all 5 '"first": 1'
wait_for "$PATIENCE" 'events arrive' has_all 5
is "$(from_log)" 0 'by themselves'

# ---- Killed: what was told to nobody, and what is told again later
kill_trawld
emit_all 10 '"first": 6' '"log_only": true'
emit_all 5 '"first": 16'
start_trawld "$CONF"
wait_for "$PATIENCE" 'after kill -9 nothing is missing' has_all 20
wait_for "$PATIENCE" 'all are listened to again' all_listen
ok 'and nothing is there twice' each_once

# ---- A stream leaves some out
emit stream 3 '"first": 21' '"log_only": true'
emit_all 1 '"first": 24'
for bmc in "${fleet[@]}"; do
    [[ $bmc == stream ]] || emit "$bmc" 3 '"first": 21'
done
kill_trawld
emit stream 30 '"first": 25'
start_trawld "$CONF"
wait_for "$PATIENCE" 'what a stream left out is read' has_all 54 stream
ok 'once' each_once

# ---- A stream that ended says that it left some out
wait_for "$PATIENCE" 'all are listened to again' all_listen
emit lossy 1 '"first": 25'
wait_for "$PATIENCE" 'a stream goes on' has_all 25 lossy
tell bmcs/lossy/reset '{}' >"$TMP/.reset"
emit lossy 20 '"first": 26'
wait_for "$PATIENCE" 'it says that its buffer was exceeded' has_some \
    EventsMissed
wait_for "$PATIENCE" 'what it left out is read' has_all 45 lossy
ok 'once' each_once

# ---- A payload is cut short
behave dell '{"truncate": 60}'
emit dell 2 '"first": 25'
wait_for "$PATIENCE" 'what is cut short is kept' \
    metric_at_least trawl_records_quarantined_total '' 2
behave dell '{"truncate": 0}'
wait_for "$((PATIENCE + 60))" 'and read whole from the log' has_all 26 dell
ok 'once' each_once

# ---- A BMC forgets its subscription
tell bmcs/xcc/reboot '{"down_ms": 500, "keep_subscriptions": false}' \
    >"$TMP/.reboot"
emit xcc 5 '"first": 25'
wait_for "$PATIENCE" 'what a BMC that forgot us did not tell is read' \
    has_all 29 xcc
ok 'once' each_once
wait_for "$PATIENCE" 'all are listened to again' all_listen

# ---- Its log cannot be read, time after time
behave xcc '{"refuse": 404, "refuse_path":
    "/redfish/v1/Systems/1/LogServices/PlatformLog/Entries"}'
for round in 1 2; do
    made=$(metric trawl_subscriptions_made_total)
    tell bmcs/xcc/reboot '{"down_ms": 1, "keep_subscriptions": false}' \
        >"$TMP/.reboot"
    wait_for "$PATIENCE" "forgotten in round $round, it is subscribed again" \
        metric_at_least trawl_subscriptions_made_total '' $((made + 1))
    "${TRAWLCTL:-$BUILD/trawlctl}" catch-up xcc --socket "$TMP/control.sock" \
        >"$TMP/out"
done
is "$(count_logged 'xcc: its logs could not be read for what was missed')" 1 \
    'that its log cannot be read is said once'
end_story
