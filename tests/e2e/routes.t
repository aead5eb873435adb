#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# Routes: the first match takes an event, unless it says continue; what matches
# none is counted, and said once.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

port=$(free_port)
address=http://127.0.0.1:$port/events
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
bmc_defaults: {receive: passive, labels: {site: north}}
bmcs:
  - {name: r1-n01, url: "https://127.0.0.1:1", token: routes-story-token-01,
     labels: {rack: r1}}
  - {name: r2-n01, url: "https://127.0.0.1:2", token: routes-story-token-02,
     labels: {rack: r2}}
sinks:
  all: {type: file, path: $TMP/all}
  severe: {type: file, path: $TMP/severe}
  rack1: {type: file, path: $TMP/rack1}
routes:
  - {match: {severity: OK, registry: ResourceEvent}, drop: true}
  - {match: {severity: ">=Warning", not: {message: ["*.Noisy", "*.Loud"]}},
     to: severe, continue: true}
  - {match: {labels.rack: r1}, to: [rack1, all]}
  - {match: {bmc: "r2-*", origin: "/redfish/v1/Systems/*"}, to: all}
EOC

touch "$TMP/all" "$TMP/severe" "$TMP/rack1"
"$TRAWLD" --check-config -c "$CONF" >"$TMP/check" 2>&1
is $? 0 'without a last route it is usable'
ok 'but warned about' grep -q 'no route takes every event' "$TMP/check"
start_trawld "$CONF"

# send TOKEN-NUMBER ARGUMENT MESSAGE-ID SEVERITY [ORIGIN]
send()
{
    post "$address/routes-story-token-$1" "$(jq -nc --arg argument "$2" \
        --arg id "$3" --arg severity "$4" --arg origin "${5-}" '{Events: [
        {EventId: $argument, MessageId: $id, MessageArgs: [$argument],
        Severity: $severity, OriginOfCondition: {"@odata.id": $origin}}
        | if $severity == "" then del(.Severity) else . end
        | if $origin == "" then del(.OriginOfCondition) else . end]}')" \
        >"$TMP/.status"
    [[ $(<"$TMP/.status") == 200 ]] || fail "$2 is taken"
}

# sunk SINK: the arguments of what it has of BMCs, sorted, on one line.
sunk()
{
    events 'select(.source == "webhook") | .args[0]' "$TMP/$1" | sort |
        tr -d '"' | tr '\n' ' '
}

send 01 quiet ResourceEvent.1.0.ResourceChanged OK
send 01 fan Vendor.1.0.FanFailed Critical
send 01 hum Vendor.1.0.Noisy Warning
send 01 fine Vendor.1.0.FanFine OK
send 02 disk Vendor.1.0.DiskFailed Critical /redfish/v1/Systems/1/Disk
send 02 plug Vendor.1.0.PlugPulled Warning /redfish/v1/Chassis/1
send 02 roar Vendor.1.0.Loud Critical /redfish/v1/Chassis/1
send 02 odd Vendor.1.0.Odd '' /redfish/v1/Chassis/1
send 02 lost Vendor.1.0.Lost OK
wait_for "$PATIENCE" 'every sink is done' is_drained

is "$(sunk severe)" 'disk fan odd plug ' \
    'severe: at least Warning or of no severity, but not what is excepted'
is "$(sunk rack1)" 'fan fine hum ' 'rack1: what has its label'
is "$(sunk all)" 'disk fan fine hum ' 'all: both, each once'
is "$(events 'select(.args[0] == "fan") | .bmc.labels' "$TMP/all")" \
    '{"site":"north","rack":"r1"}' \
    'an event has its labels, of the defaults too'
is "$(metric trawl_records_dropped_total 'reason="route"')" 1 \
    'one was dropped by a route'
is "$(events 'select(.source == "trawl") | .key' "$TMP/rack1")" \
    '"RegistryMissing"' 'what Trawl says of a BMC goes where its events go'
is "$(metric trawl_records_dropped_total 'reason="unrouted"')" 2 \
    'what matched none is counted'
is "$(count_logged 'matches no route and goes nowhere')" 1 'and said once'

# ---- With a last route
sed -i '/origin:/a\  - {to: all}' "$CONF"
"$TRAWLD" --check-config -c "$CONF" >"$TMP/check" 2>&1
ok 'a last route silences the warning' eval \
    '! grep -q "no route takes" "$TMP/check"'
reload_trawld
wait_for "$PATIENCE" 'it is adopted' metric_is trawl_reloads_total '' 1
send 02 found Vendor.1.0.Found OK
wait_for "$PATIENCE" 'and takes the rest' \
    eval '[[ $(sunk all) == *found* ]]'
end_story
