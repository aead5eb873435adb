#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# Firmware updates that somebody else started, one BMC for each way to end:
# how far they are, how they end, and the diagnosis of what went wrong.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

port=$(free_port)
kinds=(ok second-update-refused connection-breaks-in-update hangs uri-gone
    erot-failure erot-silent image-invalid update-failed activation-failed
    power-loss)
{
    for kind in "${kinds[@]}" mute; do
        printf '{"name": "%s"}\n' "$kind"
    done
} | jq -s '{defaults: {retry_policy: "RetryForever", retry_interval_ms: 50},
    bmcs: map(if .name == "mute" then . + {task_events: false} else . end)}' \
    >"$TMP/fleet.json"
start_bmcsim --config "$TMP/fleet.json"
write_conf <<CONF
listen: [{address: "127.0.0.1:$port"}]
public_url: http://127.0.0.1:$port
bmcs:
$(jq -r '.bmcs[] | "  - {name: \(.name), url: \"\(.url)\", receive: sse}"' \
    "$BMCSIM_PORTS")
CONF
start_trawld "$CONF"

all_listen()
{
    local kind
    for kind in "${kinds[@]}" mute; do
        about_is "$kind" .sse_clients 1 || return 1
    done
}
wait_for "$PATIENCE" 'all streams are open' all_listen

control=$(jq -r .control "$BMCSIM_PORTS")
# update BMC KIND: begins one.
update()
{
    curl -sf -m 30 "$control/bmcs/$1/update" \
        -d "{\"kind\": \"$2\", \"duration_ms\": 20000}" >/dev/null
}
for kind in "${kinds[@]}"; do
    update "$kind" "$kind" || ok "$kind begins" false
done
# This one tells nobody, so it is found by the look around.
update mute ok || ok 'the mute one begins' false

# came BMC REGISTRY.KEY: one event of that message from that BMC.
came()
{
    has_events 1 "select(.bmc.name == \"$1\" and .registry == \"${2%.*}\" and
        .key == \"${2#*.}\")"
}

while read -r kind key what; do
    wait_for "$PATIENCE" "$kind: $what" came "$kind" "$key"
done <<'LIST'
ok Update.UpdateSuccessful it says that it went well
second-update-refused FirmwareUpdate.SecondUpdate a second one was refused
connection-breaks-in-update FirmwareUpdate.UpdateInterrupted the connection broke and the task is gone
hangs FirmwareUpdate.TaskHangs the task is gone while the update goes on
uri-gone FirmwareUpdate.TaskHangs the same
erot-failure FirmwareUpdate.ImageTransferFailed the image did not get to its component
erot-silent FirmwareUpdate.ErotFailed the ERoT does not respond
image-invalid FirmwareUpdate.VerificationFailed the image was not accepted
update-failed FirmwareUpdate.UpdateFailed it failed, and no more is known
activation-failed FirmwareUpdate.ActivationFailed it could not be activated
power-loss FirmwareUpdate.PowerLost power was lost before it was activated
mute TaskEvent.TaskCompletedOK one whose BMC says nothing is followed, too
LIST

is "$(events 'select(.key == "PowerLost") | .source')" '"task"' \
    'a diagnosis is known by its source'
like "$(events 'select(.key == "ErotFailed") | .resolution')" 'tried again' \
    '... says what may be done'
like "$(events 'select(.key == "ImageTransferFailed") | .origin')" \
    '/redfish/v1/TaskService/Tasks/' '... and which task it was'
ok 'each message of a task comes once' test -z "$(events \
    'select(.source == "task" and .registry == "Update") | [.bmc.name, .key]' |
    sort | uniq -d)"
ok 'how far it is, of the one that says nothing' test "$(count_events \
    'select(.bmc.name == "mute" and .key == "TaskProgressChanged")')" -ge 2
is "$(count_events 'select(.bmc.name == "ok" and .key == "TaskCompletedOK")')" \
    1 'what a BMC tells of its tasks itself is not told again'
is "$(count_events 'select(.bmc.name == "ok" and .registry == "FirmwareUpdate")')" \
    0 'what went well has no diagnosis'
end_story
