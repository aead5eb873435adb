#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Two thousand BMCs reboot at once and forget their subscriptions: all are
# mended, by never more requests at a time than limits.bmc_requests, and those
# that stay up do not notice. STORM is how many. How long it took, and what
# each was asked, is told at the end.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"
STORM=${STORM:-2000}
GOOD=20
REQUESTS=64
PATIENCE=${STORM_PATIENCE:-240}
ulimit -n 16384 2>/dev/null || skip_all 'too few descriptors are allowed'

port=$(free_port)
start_bmcsim --quiet --bmcs $((STORM + GOOD)) --port-per-bmc --threads 2 \
    --set retry_policy=RetryForever --set retry_interval_ms=200
first_good=$((STORM + 1))
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
public_url: http://127.0.0.1:$port
subscription: {check: 10s}
limits: {bmc_requests: $REQUESTS, connections: 8192,
         connections_per_address: 8192}
bmc_defaults: {receive: webhook}
bmcs:
$(jq -r '.bmcs[] | "  - {name: \(.name), url: \"\(.url)\"}"' "$BMCSIM_PORTS")
EOC

status()
{
    curl -sf -m 60 --noproxy '*' "$(jq -r .control "$BMCSIM_PORTS")/status"
}

all_subscribed()
{
    [[ $(status | jq '[.bmcs[] | select(.subscriptions == 1)] | length') == \
        $((STORM + GOOD)) ]]
}

# reboot_all: of all but the good ones, as fast as it goes.
reboot_all()
{
    local control
    control=$(jq -r .control "$BMCSIM_PORTS")
    jq -r --arg c "$control" --argjson n "$STORM" '.bmcs[:$n][] |
        "url = \($c)/bmcs/\(.name)/reboot"' "$BMCSIM_PORTS" |
        curl -sf -m 60 --noproxy '*' -d '{"down_ms": 2000}' -K - \
            >"$TMP/.reboots"
}

start_trawld "$CONF"
wait_for "$PATIENCE" "$((STORM + GOOD)) BMCs are subscribed" all_subscribed
tell behave '{"answer_delay_ms": 50}' >"$TMP/.behave" # as BMCs are
begun=$SECONDS
tell recount '{}' >"$TMP/.recount"
for ((i = first_good; i < first_good + GOOD; i++)); do
    emit "$(printf 'bmc%03d' $i)" 40 '"rate": 20'
done
ok "$STORM of them reboot" reboot_all
ok 'and forget' eval '! all_subscribed'
wait_for "$PATIENCE" 'all are mended' all_subscribed
took=$((SECONDS - begun))
load=$(status | jq .load)
# unit/gate holds the bound itself. A request that Trawl gave up, as its BMC was
# begun anew, is under way there until the BMC notices: a few are allowed for.
ok "never more than $REQUESTS requests at a time" \
    test "$(jq .most <<<"$load")" -le $((REQUESTS + 4))
wait_for "$PATIENCE" 'those that stayed up lost nothing' \
    eval '[[ $(tell status | jq .emitting) == 0 &&
        $(count_events "$(of_key DriveFailure)") == $((GOOD * 40)) ]]'
for ((i = first_good; i < first_good + GOOD; i++)); do
    about "$(printf 'bmc%03d' $i)" '.subscriptions[].id'
done | sort | uniq -c >"$TMP/ids"
is "$(awk '{ print $1, $2 }' "$TMP/ids")" "$GOOD 1" \
    'nor were they subscribed again'
tell emit '{"event": {"MessageId": "StorageDevice.1.1.DriveFailure",
    "MessageArgs": ["after {bmc}"]}}' >"$TMP/.emitted"
wait_for "$PATIENCE" 'the next event of every BMC arrives' \
    has_events $((STORM + GOOD)) \
    "$(of_key DriveFailure) | select(.args[0] | startswith(\"after\"))"
diag "$STORM BMCs: mended after $took s, at most" \
    "$(jq .most <<<"$load") requests at a time, requests per BMC:" \
    "$(jq -r --argjson n "$STORM" '[.kinds | to_entries[] | .key as $k |
        .value | to_entries[] |
        "\(.key) \($k) \(.value / $n * 100 | round / 100)"] |
        join(", ")' <<<"$load")"
end_story
