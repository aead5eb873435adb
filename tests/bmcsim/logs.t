#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The logs of bmcsim's BMCs: what happens is in them, told of or not, in the
# order, pages and words of the dialect.

. "${0%/*}/lib.sh"

jq -n '{bmcs: [{name: "plain", log_page: 4, log_filter: "supported"}, {name: "hook"},
    {name: "bmcweb", dialect: "openbmc", log_top: "ignored"},
    {name: "dell", dialect: "dell-idrac9"}, {name: "ilo", dialect: "hpe-ilo5"},
    {name: "ilo4", dialect: "hpe-ilo4"}, {name: "lenovo", dialect: "lenovo-xcc"},
    {name: "fujitsu", dialect: "fujitsu"}, {name: "x10", dialect: "supermicro-x10"},
    {name: "bare", log_members: "links", log_event_id: false, log_args: false,
     log_skip: "refused", log_next: false, log_page: 2, log_time: "none"},
    {name: "small", log_capacity: 3}, {name: "records", member_id: "log",
     log_entry_link: true, correlated: true, oem: "Hpe"}, {name: "full", log_capacity: 3, log_full: "stops"},
    {name: "turns", log_spread: "turns", log_path:
     "/redfish/v1/Managers/1/LogServices/A,/redfish/v1/Chassis/1/LogServices/B"}]}' >"$dir/config"
play --config "$dir/config"
log=Managers/1/LogServices/Log/Entries
happen() # happen BMC COUNT [MORE]
{
    tell "bmcs/$1/emit" "{\"event\": {\"MessageId\": \"Play.1.2.Broken\", \"Severity\": \"Warning\",
        \"MessageArgs\": [\"Fan {n}\"], \"OriginOfCondition\": \"/redfish/v1/Chassis/1\"},
        \"count\": $2${3:+, $3}}"
}
numbers='[.Members[].Id | tonumber]'

# ---- an entry ----------------------------------------------------------------------
happen plain 10
ok "an entry has what there is to say" is "$(get plain "$log/10" \
    '[.Id, .MessageId, .MessageArgs[0], .Severity, .Message, .Links.OriginOfCondition["@odata.id"], .EventId, has("Created"), has("EventTimestamp")]')" \
    '["10","Play.1.2.Broken","Fan 10","Warning","Broken: Fan 10","/redfish/v1/Chassis/1","10",true,true]'
ok "the ledger knows where it stands" is "$(control bmcs/plain/ledger | tail -1 | jq -c .log)" \
    '[{"log":"Log","id":"10"}]'
ok "the service says what it is" is "$(get plain Managers/1/LogServices/Log \
    '[.OverWritePolicy, .Entries["@odata.id"], has("DateTime")]')" \
    '["WrapsWhenFull","/redfish/v1/Managers/1/LogServices/Log/Entries",true]'

# ---- pages and queries ----------------------------------------------------------------
ok "newest first, in pages" is "$(get plain "$log" "[.[\"Members@odata.count\"], $numbers]")" '[10,[10,9,8,7]]'
walk() # walk BMC PATH: the Ids of all pages
{
    local next=/redfish/v1/$2
    while [ "$next" != null ]; do
        http "$(url "$1")$next" >"$dir/page"
        jq -r '.Members[].Id' "$dir/page"
        next=$(jq -r '.["Members@odata.nextLink"]' "$dir/page")
    done | xargs
}
ok "which lead on to the last" is "$(walk plain "$log")" '10 9 8 7 6 5 4 3 2 1'
ok '$top ends sooner' is "$(walk plain "$log?\$top=6")" '10 9 8 7 6 5'
ok '$filter picks' is "$(walk plain "$log?\$filter=Id%20gt%204")" '10 9 8 7 6 5'
ok "or times" is "$(walk plain "$log?\$filter=Created%20lt%20'2020-01-01T00:00:00Z'")" ''
ok "of any zone" is "$(get plain "$log?\$filter=Created%20ge%20'2020-01-01T00:00:00+02:00'" '.["Members@odata.count"]')" 10
ok "what it cannot read is refused" is "$(status "$(url plain)/redfish/v1/$log?\$filter=Colour%20eq%201")" 400
happen bmcweb 3
web=Systems/system/LogServices/EventLog/Entries
ok "OpenBMC: oldest first" is "$(get bmcweb "$web" '[.Members[].MessageArgs[0]]')" '["Fan 1","Fan 2","Fan 3"]'
ok "Ids are seconds" is "$(get bmcweb "$web" '.Members[0].Id | tonumber > 1600000000')" true
tell bmcs/bmcweb/behave "{\"clock_offset_s\": -$(date +%s)}"
happen bmcweb 200
ok "and are told apart" is "$(get bmcweb "$web?\$skip=3" '.Members[1].Id | test("^[0-9]+(_[0-9]+)?$")')" true
ok "never the same twice" is "$(walk bmcweb "$web" | tr ' ' '\n' | sort | uniq -d | wc -l)" 0
ok '$filter is not implemented' is "$(status "$(url bmcweb)/redfish/v1/$web?\$filter=Id%20gt%201")" 501
ok '$top may be ignored' is "$(get bmcweb "$web?\$top=1" '.Members | length')" 50
happen bare 3
ok "members may be references" is "$(get bare "$log" '.Members')" \
    "[{\"@odata.id\":\"/redfish/v1/$log/3\"},{\"@odata.id\":\"/redfish/v1/$log/2\"}]"
ok "no link to the next page" is "$(get bare "$log" 'has("Members@odata.nextLink")')" false
ok '$skip refused' is "$(status "$(url bare)/redfish/v1/$log?\$skip=2")" 501
ok "an entry may say little" is "$(get bare "$log/3" \
    '[has("Created"), has("MessageArgs"), has("EventId"), has("EventTimestamp")]')" '[false,false,false,false]'

# ---- records -------------------------------------------------------------------------------
three='"events": [{"MessageId": "A.1.0.B"}, {"MessageId": "A.1.0.C"}, {"MessageId": "A.1.0.D"}]'
tell bmcs/records/emit "{$three}"
ok "each record has an entry" is "$(get records "$log" '[.Members[] | .Id + .MessageId[-1:]]')" '["3D","2C","1B"]'
ok "all of one event" is "$(control bmcs/records/ledger | jq -c '[.records, .log[].id]')" '[3,"1","2","3"]'
subscribe records "$(url hook)/records" >/dev/null
tell bmcs/hook/resource '{"uri": "/records", "body": {}, "record": true}'
tell bmcs/records/emit "{$three}"
ok "they are sent" eventually counter_is records acked 1
ok "with the Id of each" is "$(control bmcs/hook/records | jq -c '.body | fromjson |
    [.Events[] | .MemberId, .LogEntry["@odata.id"][-1:], .Oem.Hpe.CorrelatedEventNumber]')" \
    '["4","4",4,"5","5",5,"6","6",6]'
happen ilo4 1
ok "iLO4's IDs are in the log as elsewhere" is "$(get ilo4 Systems/1/LogServices/IML/Entries \
    '.Members[0] | has("MessageId")')" true

# ---- several logs --------------------------------------------------------------------------
happen dell 1
ok "a Dell has it in both logs" is "$(control bmcs/dell/ledger | jq -c '[.log[].log]')" '["Lclog","Sel"]'
ok "which it lists" is "$(get dell Managers/iDRAC.Embedded.1/LogServices '.Members | length')" 2
happen ilo 1
happen ilo 1 '"log": "IEL"'
ok "iLO: one under the System" is "$(get ilo Systems/1/LogServices/IML/Entries "$numbers")" '[1]'
ok "the other under the Manager" is "$(get ilo Managers/1/LogServices/IEL/Entries "$numbers")" '[1]'
ok "an unknown one is refused" is "$(control bmcs/ilo/emit '{"event": {}, "log": "SEL"}' | jq 'has("error")')" true
happen turns 4
ok "they may take turns" is "$(get turns Chassis/1/LogServices/B/Entries "$numbers")$(get turns Managers/1/LogServices/A/Entries "$numbers")" '[2,1][2,1]'

# ---- words and times of vendors ----------------------------------------------------------------
ok "iLO writes class and code" is "$(get ilo Systems/1/LogServices/IML/Entries/1 \
    '.MessageId == "\(.Oem.Hpe.Class).\(.Oem.Hpe.Code)" and .Oem.Hpe.EventNumber == 1')" true
happen ilo 10
ok "every tenth row without a time" is "$(get ilo Systems/1/LogServices/IML/Entries/10 .Created)" 0000-00-00T00:00:00Z
happen ilo4 40
ok "iLO4 gives thirty" is "$(walk ilo4 Systems/1/LogServices/IML/Entries | wc -w)" 30
happen lenovo 10
ok "Lenovo has some Ids twice" is "$(walk lenovo Systems/1/LogServices/PlatformLog/Entries)" '1 2 3 4 4 6 7 8 9 9'
happen fujitsu 1
ok "Fujitsu writes a number" is "$(get fujitsu "$log/1" '.MessageId | test("^0x[0-9a-f]{6}$")')" true
happen x10 1
ok "a SEL has no MessageId" is "$(get x10 "$log" '.Members[0] | has("MessageId")')" false
ok "a Dell's times have its zone" is "$(get dell Managers/iDRAC.Embedded.1/LogServices/Sel/Entries \
    '.Members[0].Created | test("-0600$")')" true

# ---- what nobody was told of ---------------------------------------------------------------------
tell bmcs/hook/resource '{"uri": "/hook", "body": {}}'
subscribe plain "$(url hook)/hook" >/dev/null
happen plain 2 '"log_only": true'
happen plain 1
ok "what is logged only is not sent" eventually counter_is plain acked 1
ok "but is in the log" is "$(get plain "$log?\$top=3" "$numbers")" '[13,12,11]'
ok "and in the ledger" is "$(control bmcs/plain/ledger | jq -c '[.log_only, .posted]' | tail -3 | xargs)" \
    '[true,0] [true,0] [null,1]'
tell bmcs/plain/behave '{"hide": true}'
happen plain 1
ok "another is told and not logged" is "$(control bmcs/plain/ledger | tail -1 | jq -c .log)" '[]'

# ---- clearing, wrapping, editing --------------------------------------------------------------------
tell bmcs/plain/behave '{"hide": false}'
tell bmcs/plain/log '{"clear": true}'
happen plain 1
ok "a cleared log begins at 1" is "$(get plain "$log" "$numbers")" '[1]'
ok "what was cleared is in the ledger still" is "$(control bmcs/plain/ledger | wc -l)" 15
ok "with the Id it had" is "$(control bmcs/plain/ledger | jq -c '[.log_id, .log]' | head -1)" '["1",[]]'
ok "a client clears too" is "$(status -X POST "$(url plain)/redfish/v1/Managers/1/LogServices/Log/Actions/LogService.ClearLog" -d '{}')" 204
ok "and it is empty" is "$(get plain "$log" '.["Members@odata.count"]')" 0
happen small 5
ok "a log wraps" is "$(get small "$log" "$numbers") $(get small Managers/1/LogServices/Log .MaxNumberOfRecords)" '[5,4,3] 3'
happen full 5
ok "or stops" is "$(get full "$log" "$numbers") $(get full Managers/1/LogServices/Log .OverWritePolicy)" '[3,2,1] NeverOverWrites'
tell bmcs/ilo/log '{"log": "IML", "edit": "1", "set": {"Severity": "Repaired", "Oem": {"Hpe": {"Repaired": true}}}}'
ok "an entry is repaired" is "$(get ilo Systems/1/LogServices/IML/Entries/1 '[.Severity, .Oem.Hpe.Repaired]')" '["Repaired",true]'
ok "one that is not there is not" is "$(control bmcs/ilo/log '{"edit": "99", "set": {}}' | jq 'has("error")')" true

done_testing
