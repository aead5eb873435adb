#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Firmware updates of bmcsim's BMCs, one for each way they end.

. "${0%/*}/lib.sh"

kinds=$("$program" --help | sed -n 's/.*kinds of update: //p' | tr -d ,)
jq -n --arg kinds "$kinds" '{bmcs: ([$kinds | splits(" ") | {name: ., dialect: "nvidia"}] +
    [{name: "client"}, {name: "quiet", task_events: false}, {name: "again"}])}' >"$dir/config"
play --config "$dir/config"
declare -A task
begin() # begin BMC [KIND]
{
    task[$1]=$(control "bmcs/$1/update" "{\"kind\": \"${2:-$1}\", \"duration_ms\": 100,
        \"version\": \"7.1\"}" | jq -r .task)
}
now() { http "$(url "$1")${task[$1]}" | jq -rc "$2"; }
seen() # seen BMC: how the task is, and what its last message names
{
    now "$1" '[.TaskState, .TaskStatus, .Messages[-1].MessageId]'
}
becomes() # becomes BMC WANTED: the task in the end
{
    ended() { is "$(seen "$1")" "$2"; }
    ok "$1: $2" eventually ended "$1" "$2"
}
idle() { is "$(get "$1" UpdateService .Status.State)" Enabled; }
missing() { is "$(status "$(url "$1")${task[$1]}")" 404; }
events() { control "bmcs/$1/ledger" | jq -r '.message_id | split(".")[-1]' | xargs; }
rest='ok second-update-refused connection-breaks-in-transfer connection-breaks-in-update hangs
    uri-gone erot-failure erot-silent image-invalid update-failed activation-failed power-loss'
ok "all kinds are there" is "$(xargs -n1 <<<"$kinds" | sort | xargs)" "$(xargs -n1 <<<"$rest" | sort | xargs)"

for name in $kinds; do begin "$name"; done
becomes ok '["Completed","OK","Update.1.0.UpdateSuccessful"]'
ok "it has the new firmware" is "$(get ok Managers/HGX_BMC_0 .FirmwareVersion)" 7.1
ok "all of it is done" is "$(now ok '[.PercentComplete, has("EndTime")]')" '[100,true]'
ok "its steps are told" is "$(now ok '[.Messages[].MessageId | split(".")[-1]]')" \
    '["TargetDetermined","TransferringToComponent","VerifyingAtComponent","InstallingOnComponent","ApplyingOnComponent","UpdateSuccessful"]'
ok "and events" is "$(events ok)" 'TaskStarted TaskCompletedOK'
ok "the service is idle" idle ok
becomes erot-failure '["Exception","Warning","Update.1.0.0.TransferFailed"]'
ok "with the component" is "$(now erot-failure '.Messages[-1].MessageArgs[1]')" HGX_FW_BMC_0
becomes erot-silent '["Canceled","Warning","ResourceEvent.1.0.ResourceErrorsDetected"]'
becomes image-invalid '["Exception","Warning","Update.1.0.0.VerificationFailed"]'
becomes activation-failed '["Exception","Warning","Update.1.0.ActivateFailed"]'
becomes update-failed '["Exception","Warning","ResourceEvent.1.0.ResourceErrorsDetected"]'
ok "a failure is an event" is "$(events image-invalid)" 'TaskStarted TaskAborted'
ok "and leaves the old firmware" is "$(get image-invalid Managers/HGX_BMC_0 .FirmwareVersion)" 1.0.0
ok "the service is idle after it" idle image-invalid

ok "in the transfer: no task" is "${task[connection-breaks-in-transfer]} $(get connection-breaks-in-transfer \
    TaskService/Tasks '.Members | length')" 'null 0'
ok "and idle" idle connection-breaks-in-transfer
ok "in the update: the task is gone" eventually missing connection-breaks-in-update
ok "the update goes on, and ends" eventually idle connection-breaks-in-update
ok "with the new firmware" is "$(get connection-breaks-in-update Managers/HGX_BMC_0 .FirmwareVersion)" 7.1
ok "a URI can be gone" eventually missing uri-gone
ok "one that hangs is gone too" eventually missing hangs
ok "and the update never ends" is "$(get hangs UpdateService .Status.State)" Updating
tell bmcs/hangs/reboot '{"down_ms": 1}'
ok "until a reboot" eventually idle hangs
rebooted() { is "$(counter power-loss reboots) $(control bmcs/power-loss | jq .up)" '1 true'; }
ok "power is lost" eventually rebooted
ok "and nothing is known of it" is "$(get power-loss TaskService/Tasks '.Members | length') \
$(get power-loss UpdateService .Status.State)" '0 Enabled'
becomes second-update-refused '["Completed","OK","Update.1.0.UpdateSuccessful"]'
ok "where the second one was refused" is "$(events second-update-refused)" \
    'TaskStarted UpdateInProgress TaskCompletedOK'

# ---- a client's ---------------------------------------------------------------------
tell bmcs/client/update '{"next": "image-invalid", "duration_ms": 600000}'
simple=$(url client)$(get client UpdateService '.Actions["#UpdateService.SimpleUpdate"].target')
monitor=$(http -D- -o "$dir/body" "$simple" -d '{"ImageURI": "http://x/"}' | tr -d '\r' |
    sed -n 's/^Location: //p')
ok "a client begins one" is "$(jq -r .TaskState "$dir/body") $(status "$(url client)$monitor")" 'Starting 202'
ok "and no second one" is "$(http -w '%{http_code}' "$simple" -d '{}' | jq -r '
    if type == "number" then . else .error["@Message.ExtendedInfo"][0].MessageId end' | xargs)" \
    'Update.1.0.UpdateInProgress 400'
ok "it is listed" is "$(get client TaskService/Tasks '.Members | length')" 1
begin again ok
tell bmcs/quiet/update '{"duration_ms": 1, "reboot_ms": 1}'
restarted() { is "$(counter quiet reboots) $(get quiet UpdateService/FirmwareInventory/BMC .Version)" '1 99.9.9'; }
ok "a BMC may restart into it" eventually restarted
ok "without a word" is "$(control bmcs/quiet/ledger | wc -l)" 0
ok "what is none is refused" is "$(control bmcs/quiet/update '{"kind": "magic"}' | jq 'has("error")')" true

done_testing
