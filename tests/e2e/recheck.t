#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# While trawld was away a drive was mended and another taken out, and nobody
# heard: after the start the BMC is asked, and what it says ends both. A drive
# that is still bad, and one that says nothing of itself, stay open.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

port=$(free_port) drives=/redfish/v1/Systems/1/Storage/1/Drives
start_bmcsim --set retry_policy=RetryForever --set retry_interval_ms=100
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
public_url: http://127.0.0.1:$port
bmcs: [{name: bmc001, url: "$(bmc_url)", receive: webhook}]
EOC

# drive NAME BODY|absent
drive()
{
    local body=${2/absent/null}
    tell bmcs/bmc001/resource "{\"uri\": \"$drives/$1\", \"record\": true,
        \"body\": $body $([[ $body != null ]] || echo ', "status": 404')}" \
        >"$TMP/.drive"
}

# fails NAME
fails()
{
    tell bmcs/bmc001/emit "{\"event\": {\"Severity\": \"Critical\",
        \"MessageId\": \"StorageDevice.1.5.DriveFailure\",
        \"MessageArgs\": [\"$1\"],
        \"OriginOfCondition\": {\"@odata.id\": \"$drives/$1\"}}}" \
        >"$TMP/.emitted"
}

subscribed()
{
    about_is bmc001 '.subscriptions | length' 1
}

bad='{"Status": {"Health": "Critical", "State": "Enabled"}}'
good='{"Status": {"Health": "OK", "State": "Enabled"}}'
drive bad "$bad"
drive mended "$good"
drive silent '{"Id": "silent"}'
drive gone absent
tell bmcs/bmc001/resource "{\"uri\": \"$drives\", \"body\": {\"Members\": [
    {\"@odata.id\": \"$drives/bad\"}, {\"@odata.id\": \"$drives/mended\"},
    {\"@odata.id\": \"$drives/silent\"}]}}" >"$TMP/.drives"
start_trawld "$CONF"
wait_for "$PATIENCE" 'it subscribes' subscribed
for name in bad mended silent gone; do
    fails "$name"
done
wait_for "$PATIENCE" 'four drives fail' has_key DriveFailure 4
ok 'trawld stops' stop_trawld
start_trawld "$CONF"
wait_for "$PATIENCE" 'two are found to be over' has_key ConditionOver 2
is "$(events "$(of_key ConditionOver) | .message" | sort)" \
    "$(printf '%s\n' "\"The condition 'A failure condition for the drive \
located in 'gone' was detected.' was found to be over: the BMC does not list \
it any more.\"" "\"The condition 'A failure condition for the drive located \
in 'mended' was detected.' was found to be over: the Status there is well: \
its Health is OK.\"" | sort)" 'with what they were, and why'
ended()
{
    events "$(of_key ConditionOver) | .condition |
        select(.state == \"cleared\") | .clears[]" | sort
}
is "$(ended)" "$(events "$(of_key DriveFailure) | select(.args[0] == \"gone\" or
    .args[0] == \"mended\") | .id" | sort)" 'both raises are named'
ok 'two stay open' metric_is trawl_conditions_open 'severity="Critical"' 2
end_story
