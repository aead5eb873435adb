#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# Registries that BMCs serve: fifty of a kind cost one file, each is read once,
# and the first event finds them; after a restart without a request, and anew
# when the firmware changes. What cannot be used stops no event.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

port=$(free_port) trap_port=$(free_port)
CACHE=$STATE/registries
STORE=/redfish/v1/RegistryStore/Acme.1.2.0.json
LOCATOR=/redfish/v1/Registries/Acme.1.2.0
alike=$(seq -f 'like%02g' 50)
odd='zipped lying html bomb away nameless deaf silent'
repaired='power pumps'
mkdir "$TMP/served"

# acme VERSION TEMPLATE: a registry of a vendor that there is not.
acme()
{
    jq -n --arg version "$1" --arg message "$2" '{
        "@odata.type": "#MessageRegistry.v1_6_0.MessageRegistry",
        Id: "Acme.\($version)", Name: "Acme", Language: "en",
        RegistryPrefix: "Acme", RegistryVersion: $version,
        Messages: {PumpLeaks: {Description: "A pump leaks.",
            Message: $message, Severity: "Critical",
            MessageSeverity: "Critical", NumberOfArgs: 1,
            ParamTypes: ["string"], Resolution: "Close the valve."}}}'
}

# locate BMC LOCATIONS [FILTER]: what its locator says.
locate()
{
    tell "bmcs/$1/resource" "$(jq -n --arg uri "$LOCATOR" \
        --argjson locations "[$2]" '{uri: $uri, record: true, body: {
            Id: "Acme.1.2.0", Registry: "Acme.1.2.0", Location: $locations}} |
        '"${3:-.}")" >"$TMP/.located"
}

# serve BMC URI FILE [ORDER-MEMBER...]: its bytes, whatever they are.
serve()
{
    local path=${1:+bmcs/$1/} uri=$2 file=$3
    shift 3
    tell "${path}resource" "{\"uri\": \"$uri\", \"file\": \"$file\",
        \"record\": true${*:+, $*}}" >"$TMP/.served"
}

acme 1.2.0 'The pump %1 leaks.' >"$TMP/served/Acme.1.2.0.json"
gzip -k "$TMP/served/Acme.1.2.0.json"
mv "$TMP/served/Acme.1.2.0.json.gz" "$TMP/acme.gz"
python3 -c 'import gzip, sys, zipfile
acme, zipped, bomb = sys.argv[1:]
with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("readme.txt", "read me")
    z.write(acme, "en/Acme.1.2.0.json")
with gzip.open(bomb, "wb") as g:
    for _ in range(100):
        g.write(b" " * (1 << 20))' \
    "$TMP/served/Acme.1.2.0.json" "$TMP/acme.zip" "$TMP/bomb.gz"
printf '<html>Please log in.</html>' >"$TMP/login.html"
spawn "$TMP/elsewhere.log" python3 -uc 'import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening")
while True:
    print("visited by", s.accept()[1])' "$trap_port"
jq -n --arg names "$alike $odd $repaired" '{bmcs: [$names | splits("\\s+") |
    {name: ., retry_policy: "RetryForever", retry_interval_ms: 100}]}' \
    >"$TMP/fleet.json"
start_bmcsim --config "$TMP/fleet.json" --registries "$TMP/served"

serve '' $STORE "$TMP/acme.gz" '"gzip": true'
locate zipped '{"Language": "En", "ArchiveUri": "/a/acme.zip",
    "ArchiveFile": "Acme.1.2.0.json"}'
serve zipped /a/acme.zip "$TMP/acme.zip"
locate lying "{\"Language\": \"en\", \"Uri\": \"$STORE\"}" \
    '.body.Registry = "StorageDevice.1.5.0" | .body.Id = "StorageDevice"'
serve html $STORE "$TMP/login.html"
serve bomb $STORE "$TMP/bomb.gz"
locate away "{\"Language\": \"en\",
    \"Uri\": \"http://127.0.0.1:$trap_port/Acme.json\"}"
locate nameless '{"Language": "de", "Uri": "/gone"},
    {"Language": "en", "Uri": "/registries/Acme.json"}' 'del(.body.Registry)'
serve nameless /registries/Acme.json "$TMP/acme.gz"
tell bmcs/deaf/resource "{\"uri\": \"/redfish/v1/Registries\",
    \"status\": 503}" >"$TMP/.deaf"

# A Power registry as it was published, which ends no power supply that failed,
# and one that says itself what ends what.
registry()
{
    jq -n --arg prefix "$1" --argjson messages "$2" '{RegistryPrefix: $prefix,
        RegistryVersion: "1.0.0", Id: "\($prefix).1.0.0", Messages: (
        $messages | map_values({Message: "%1", NumberOfArgs: 1,
            ParamTypes: ["string"], Severity: .[0], MessageSeverity: .[0],
            Resolution: "None."} + if .[1] then {ClearingLogic: {
            ClearsIf: "SameOriginOfCondition", ClearsMessage: .[1:]}}
            else {} end))}'
}
registry Power '{"PowerSupplyFailed": ["Critical"],
    "PowerSupplyRestored": ["OK", "PowerSupplyFailure"]}' >"$TMP/power.json"
registry Pumps '{"Stuck": ["Warning"], "Free": ["OK", "Stuck"]}' \
    >"$TMP/pumps.json"
locate power "{\"Language\": \"en\", \"Uri\": \"$STORE\"}" \
    '.body.Registry = "Power.1.0.0" | .body.Id = "Power"'
serve power $STORE "$TMP/power.json"
locate pumps "{\"Language\": \"en\", \"Uri\": \"$STORE\"}" \
    '.body.Registry = "Pumps.1.0.0" | .body.Id = "Pumps"'
serve pumps $STORE "$TMP/pumps.json"

# One that tells no firmware, but an ETag.
serve silent $STORE "$TMP/acme.gz" '"etag": "\"1\""'
tell bmcs/silent/resource '{"uri": "/redfish/v1/Managers/1",
    "body": {"Id": "1"}}' >"$TMP/.silent"

write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
public_url: http://127.0.0.1:$port
bmc_defaults: {receive: webhook}
bmcs:
$(jq -r '.bmcs[] | "  - {name: \(.name), url: \"\(.url)\"}"' "$BMCSIM_PORTS")
EOC
start_trawld "$CONF"

all_subscribed()
{
    [[ $(tell status | jq '[.bmcs[].subscriptions > 0] | all') == true ]]
}

# leak BMC [MESSAGE-ID]: a pump leaks there.
leak()
{
    tell "bmcs/$1/emit" "{\"event\": {\"MessageArgs\": [\"$1\"],
        \"MessageId\": \"${2:-Acme.1.2.PumpLeaks}\"}}" >"$TMP/.emitted"
}

# explained BMC: how its last event of Acme was, and by whom.
explained()
{
    events "select(.bmc.name == \"$1\" and .key == \"PumpLeaks\") |
        .resolved_from + \": \" + .message" | tail -n 1 | tr -d '"'
}

leaks_are()
{
    has_events "$1" 'select(.key == "PumpLeaks")'
}

# reads [URI]: requests for registries that BMCs have got.
reads()
{
    tell records | jq -r .uri | grep -c -- "${1:-Regist\|acme}" || :
}

contents()
{
    find "$CACHE" -type f -name '????????????????*' | wc -l
}

# ---- Fifty of a kind
wait_for "$PATIENCE" 'all BMCs are subscribed to' all_subscribed
for bmc in $alike; do
    leak "$bmc"
done
wait_for "$PATIENCE" 'their first events arrive' leaks_are 50
is "$(events 'select(.key == "PumpLeaks") | .resolved_from' | sort | uniq -c |
    tr -s ' ')" ' 50 "bmc"' 'each explained by the registry of its BMC'
is "$(events 'select(.key == "PumpLeaks") | .severity + .resolution' |
    sort -u)" '"CriticalClose the valve."' 'with severity and resolution'
is "$(explained like07)" 'bmc: The pump like07 leaks.' 'and words'
is "$(tell bmcs/like07/records | grep -c $STORE)" 1 'read once of each'

# ---- The odd ones
for bmc in $odd; do
    leak "$bmc"
done
leak lying StorageDevice.1.5.DriveFailure
wait_for "$PATIENCE" 'no event is stopped' leaks_are 58
is "$(explained zipped)" 'bmc: The pump zipped leaks.' 'a zip archive is read'
is "$(explained nameless)" 'bmc: The pump nameless leaks.' \
    'so is one without Registry, at another place, packed unannounced'
is "$(explained lying)" 'bmc: The pump lying leaks.' \
    'one that lies is known by its own name'
is "$(events 'select(.key == "DriveFailure") | .resolved_from')" '"bundled"' \
    'but not by the other'
for bmc in html bomb away deaf; do
    like "$(explained $bmc)" '^none: ' "$bmc: nothing explains it"
done

# told BMC: why its registry cannot be used.
told()
{
    events "$(of_key RegistryUnusable) | select(.bmc.name == \"$1\") | .message"
}
wait_for "$PATIENCE" 'five registries are told to be unusable' \
    has_key RegistryUnusable 5
like "$(told html)" "'Acme.1.2'.*not JSON" 'no JSON'
like "$(told bomb)" 'larger than [0-9]+ bytes' 'a bomb'
like "$(told away)" 'which is not the BMC' 'one that is elsewhere'
like "$(told lying)" "calls itself 'Acme'" 'a liar'
like "$(told deaf)" 'answered 503' 'and one that is not given'
like "$(events "$(of_key UriRefused) | .message")" ":$trap_port/Acme.json" \
    'the URI that leads elsewhere is told of'
is "$(<"$TMP/elsewhere.log")" listening 'nobody went there'
is "$(contents)" 3 'all of it is one file, and two of their own'
ok 'named after its content' test -f \
    "$CACHE/$(sha256sum <"$TMP/served/Acme.1.2.0.json" | cut -d ' ' -f 1)"

# ---- As it is asked for
# ctl ARGUMENT...
ctl()
{
    "${TRAWLD%trawld}trawlctl" "$@"
}

# by_people WAY...: what trawlctl says of registries, by the daemon or not.
by_people()
{
    local file
    file=$CACHE/$(sha256sum <"$TMP/served/Acme.1.2.0.json" | cut -d ' ' -f 1)
    ctl registries --json "$@" >"$TMP/known"
    is "$(jq -r 'select(.name == "Acme" and .file) |
        "\(.from) \(.bmcs) \(.file)"' "$TMP/known")" "bmc 54 $file" \
        "$1: one file is of so many BMCs"
    is "$(jq -r 'select(.why != null) | .why' "$TMP/known" | wc -l)" 5 \
        'what cannot be had is there, with the reason'
    ok 'and what is bundled' jq -es \
        'any(.name == "Base" and .from == "bundled")' "$TMP/known"
    ctl registries --json --bmc lying "$@" >"$TMP/known"
    is "$(jq -r '"\(.bmc) \(.id) \(.name) \(.file) \(.why)"' "$TMP/known")" \
        "lying StorageDevice.1.5.0 Acme $file it calls itself 'Acme', and is \
known by that name only" 'what one BMC claims, and what it is'
    is "$(ctl explain --json --bmc like07 "$@" Acme.1.2.PumpLeaks --arg A |
        jq -r '.resolved_from + ": " + .message')" 'bmc: The pump A leaks.' \
        'its registries explain'
    is "$(ctl explain --json --bmc power "$@" Power.1.0.PowerSupplyRestored |
        jq -r '.clears | sort | join(" ")')" \
        'Power.PowerSupplyFailed Power.PowerSupplyFailure' \
        'also by what they say of ends, and by a repair'
    ok 'a BMC that there is not is no BMC' \
        eval '! ctl explain --bmc nobody "$@" TaskStarted >"$TMP/none" 2>&1'
}
by_people --socket "$TMP/control.sock"
is "$(jq -s 'map(select(.name == "Base"))[0].bmcs' \
    <(ctl registries --json --socket "$TMP/control.sock"))" 60 \
    'what is bundled holds for all'

# ---- What ends what
# says BMC MESSAGE-ID: it happens to one part of that BMC.
says()
{
    tell "bmcs/$1/emit" "{\"event\": {\"MessageId\": \"$2\",
        \"MessageArgs\": [\"part\"],
        \"OriginOfCondition\": {\"@odata.id\": \"/redfish/v1/Part\"}}}" \
        >"$TMP/.emitted"
}
says power Power.1.0.PowerSupplyFailed
says power Power.1.0.PowerSupplyRestored
says pumps Pumps.1.0.Stuck
says pumps Pumps.1.0.Free
wait_for "$PATIENCE" 'clears of two registries arrive' has_events 2 \
    'select(.key == "PowerSupplyRestored" or .key == "Free")'
conditions_of()
{
    events "select(.bmc.name == \"$1\" and .registry != \"Trawl\") |
        \"\(.key) \(.condition.state) \(.resolved_from) \" +
        \"\(.condition.clears // [] | length) \" +
        ((.quirks // []) - ((.quirks // []) - [\"clearing-repaired\"]) |
        join(\"\"))" | tr -d '"'
}
is "$(conditions_of power)" 'PowerSupplyFailed raised bmc 0 clearing-repaired
PowerSupplyRestored cleared bmc 1 clearing-repaired' \
    'a repair ends what the registry of a BMC does not, and says so'
is "$(conditions_of pumps)" 'Stuck raised bmc 0 
Free cleared bmc 1 ' "a BMC's own registry ends what it says"

# ---- Restart
ok 'trawld stops' stop_trawld
by_people --config "$CONF"
ok 'fifty of a kind share one set of claims' jq -e '
    [.bmcs[] | select(.name | startswith("like")) | .set] |
    length == 50 and (unique | length) == 1' "$CACHE/index.json"
start_trawld "$CONF"
leak like01
wait_for "$PATIENCE" 'after a restart an event arrives' leaks_are 59
is "$(explained like01)" 'bmc: The pump like01 leaks.' 'explained as before'
wait_for "$PATIENCE" 'all subscriptions are looked after' \
    eval '(($(count_logged "still subscribed") == 60))'
asked_silent()
{
    tell bmcs/silent/records

    [[ $(tell bmcs/silent/records |
        jq -rs 'map(.headers["If-None-Match"] // "none") | join(" ")') == \
        'none "1"' ]]
}
wait_for "$PATIENCE" 'one that tells no firmware is asked whether it changed' \
    asked_silent
is "$(for bmc in $alike; do tell bmcs/$bmc/records; done | grep -c "$STORE")" \
    50 'nothing of all that was read again'
leak silent
wait_for "$PATIENCE" 'and explained' leaks_are 60
is "$(explained silent)" 'bmc: The pump silent leaks.' 'as before'
ok 'nor is told again what is known' has_key RegistryUnusable 5

# ---- Firmware
ok 'trawld stops' stop_trawld
acme 1.2.0 'Pump %1 drips.' >"$TMP/drips.json"
serve like03 $STORE "$TMP/drips.json"
tell bmcs/like03/resource '{"uri": "/redfish/v1/Managers/1",
    "body": {"Id": "1", "FirmwareVersion": "2.0.0"}}' >"$TMP/.firmware"
start_trawld "$CONF"
drips()
{
    leak like03
    [[ $(explained like03) == 'bmc: Pump like03 drips.' ]]
}
wait_for "$PATIENCE" 'with another firmware they are read again' drips
leak like04
wait_for "$PATIENCE" 'the others are left alone' \
    eval '[[ $(explained like04) == "bmc: The pump like04 leaks." ]]'
is "$(contents)" 4 'same name and version, other content: another file'

# ---- Damage
ok 'trawld stops' stop_trawld
for file in "$CACHE"/????????????????*; do
    printf damaged >"$file"
done
rm -f "$CACHE/index.json"
printf '{"format": 1, "bm' >"$CACHE/index.json"
start_trawld "$CONF"
whole_again()
{
    leak like05
    [[ $(explained like05) == 'bmc: The pump like05 leaks.' ]]
}
wait_for "$PATIENCE" 'a damaged cache is made anew' whole_again
ok 'and said to be' logs 'index.json is damaged'

# ---- Reload
sed "s|cache: $CACHE|&-elsewhere|" "$CONF" >"$CONF.new"
cp "$CONF" "$CONF.old" && mv "$CONF.new" "$CONF"
reload_trawld
wait_for "$PATIENCE" 'the cache does not move while trawld runs' \
    logs 'registries.cache cannot change'
mv "$CONF.old" "$CONF"
sed -i "s|cache: $CACHE|&, fetch: false|" "$CONF"
reload_trawld
wait_for "$PATIENCE" 'fetch: false is adopted by a reload' \
    logs 'the configuration was adopted'
leak like07
wait_for "$PATIENCE" 'then nobody believes what BMCs served' \
    eval '[[ $(explained like07) == none:* ]]'
sed -i "s|, fetch: false||" "$CONF"
reload_trawld
wait_for "$PATIENCE" 'and fetch: true' \
    eval '(($(count_logged "the configuration was adopted") == 2))'
back()
{
    leak like07
    [[ $(explained like07) == 'bmc: The pump like07 leaks.' ]]
}
wait_for "$PATIENCE" 'has them again' back

# ---- Turned off
ok 'trawld stops' stop_trawld
sed -i "s|cache: $CACHE|&, fetch: false|" "$CONF"
before=$(reads)
start_trawld "$CONF"
off()
{
    leak like06
    [[ $(explained like06) == none:* ]]
}
wait_for "$PATIENCE" 'with fetch: false no BMC is asked, or believed' off
is "$(reads)" "$before" 'no request was made'
sed -i "s|, fetch: false||" "$CONF"
reload_trawld
on()
{
    leak like06
    [[ $(explained like06) == 'bmc: The pump like06 leaks.' ]]
}
wait_for "$PATIENCE" 'a reload turns it on' on
assert_conservation
done_testing
