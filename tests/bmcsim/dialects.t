#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Each dialect of bmcsim refuses what that vendor refuses, and surprises as
# that vendor surprises.

. "${0%/*}/lib.sh"

names=$("$program" --help | sed -n 's/^Dialects: //p')
jq -n --arg names "$names" '{defaults: {retry_interval_ms: 20,
        retry_attempts: 1}, bmcs: ([{name: "hook"}] + [$names | splits(" ") |
    {name: ., dialect: .}] + [
    {name: "paged", subscriptions_page: 2, subscriptions_order: "newest"},
    {name: "zt-quick", dialect: "zt", test_quiet_ms: 60000},
    {name: "beats", dialect: "openbmc", heartbeat_minute_ms: 10},
    {name: "stream", dialect: "openbmc", sse_heartbeat_ms: 10, sse_ring: 2},
    {name: "idle", dialect: "dell-idrac10", sse_idle_ms: 20},
    {name: "keeps", keep_subscriptions: true},
    {name: "suspends", retry_policy: "SuspendRetries"}])}' >"$dir/config"
play --config "$dir/config"
hook=$(url hook)/hook
tell bmcs/hook/resource '{"uri": "/hook", "body": {}, "record": true}'

body() # body [MORE]: a subscription with all that Redfish knows
{
    jq -nc "{Destination: \"https://collector.example.net/x\",
        Protocol: \"Redfish\", Context: \"c\"} + ${1:-{\}}"
}
types='{EventTypes: ["Alert"]}'

for name in $names; do
    ok "$name has a service root" is \
        "$(get "$name" '' 'has("EventService") and (.Vendor | length > 0)')" true
    manager=$(get "$name" Managers '.Members[0]["@odata.id"]')
    ok "$name has a clock and a version" is "$(http "$(url "$name")$manager" |
        jq 'has("DateTime") and has("FirmwareVersion") and has("LastResetTime")')" true
done

# ---- properties ---------------------------------------------------------------
refused() # refused BMC MORE WANTED
{
    ok "$1: $3" is "$(refusal "$1" "$(body "$2")")" "$3"
}
refused openbmc "$types" 'PropertyUnknown #/EventTypes'
refused openbmc '{RegistryPrefixes: ["Acme"]}' 'PropertyValueNotInList #/RegistryPrefixes'
refused openbmc '{MessageIds: ["Base.1.0.Success"], RegistryPrefixes: ["Base"]}' \
    'PropertyValueConflict #/MessageIds'
refused openbmc '{Destination: "https://u:p@c.example.net/"}' \
    'PropertyValueFormatError #/Destination'
refused openbmc '{Context: ("c" * 257)}' 'PropertyValueFormatError #/Context'
refused openbmc '{HttpHeaders: {X: "y"}}' 'PropertyValueTypeError #/HttpHeaders'
refused openbmc '{HttpHeaders: [{X: ("y" * 9000)}]}' \
    'PropertyValueFormatError #/HttpHeaders'
refused openbmc '{SendHeartbeat: true, HeartbeatIntervalMinutes: 0}' \
    'PropertyValueOutOfRange #/HeartbeatIntervalMinutes'
refused openbmc-2020 '{SendHeartbeat: true}' 'PropertyUnknown #/SendHeartbeat'
refused dell-idrac9 '{}' 'PropertyMissing #/EventTypes'
refused dell-idrac9 "$types + {RegistryPrefixes: [\"IDRAC\"]}" \
    'PropertyUnknown #/RegistryPrefixes'
refused dell-idrac9 "$types + {Destination: \"http://c.example.net/\"}" \
    'PropertyValueFormatError #/Destination'
refused dell-idrac9 '{EventTypes: []}' 'PropertyValueFormatError #/EventTypes'
refused dell-idrac9 '{EventTypes: [""]}' 'PropertyValueTypeError #/EventTypes'
refused dell-idrac9 '{EventTypes: ["ResourceAdded"]}' \
    'PropertyValueNotInList #/EventTypes'
refused dell-ome '{}' 'PropertyMissing #/EventTypes'
refused hpe-ilo4 "$types + {SubscriptionType: \"RedfishEvent\"}" \
    'PropertyNotWritableOrUnknown #/SubscriptionType'
refused hpe-ilo5 '{}' 'PropertyMissing #/EventTypes'
for ilo in hpe-ilo5 hpe-ilo6 hpe-ilo7; do
    refused $ilo "$types + {DeliveryRetryPolicy: \"RetryForever\"}" \
        'PropertyNotWritableOrUnknown #/DeliveryRetryPolicy'
done
refused hpe-ilo6 '{RegistryPrefixes: ["Base"]}' \
    'PropertyValueNotInList #/RegistryPrefixes'
refused lenovo-xcc-old '{}' 'PropertyMissing #/EventTypes'
refused lenovo-xcc-old "$types + {EventFormatType: \"Event\"}" \
    'PropertyUnknown #/EventFormatType'
refused supermicro-x10 "$types" OperationNotAllowed
refused supermicro '{}' 'PropertyMissing #/EventTypes'
refused ami '{}' 'PropertyMissing #/EventTypes'
refused ami "$types + {DeliveryRetryPolicy: \"RetryForever\"}" \
    'PropertyUnknown #/DeliveryRetryPolicy'
refused zt "$types + {HttpHeaders: [{X: \"y\"}]}" 'PropertyValueTypeError #/HttpHeaders'
for name in huawei cisco fujitsu; do
    refused $name '{}' 'PropertyMissing #/EventTypes'
done
refused huawei "$types + {Destination: \"http://c.example.net/\"}" \
    'PropertyValueFormatError #/Destination'
for name in openbmc-2020 nvidia intel; do
    refused $name "$types" 'PropertyUnknown #/EventTypes'
done
refused generic '{Protocol: "SNMPv1"}' 'PropertyValueNotInList #/Protocol'
refused generic '{Destination: 5}' 'PropertyValueTypeError #/Destination'
refused generic '{SendHeartbeat: true}' 'PropertyUnknown #/SendHeartbeat'

# ---- what is taken --------------------------------------------------------------
taken() # taken BMC MORE [FILTER WANTED]: of the member
{
    local answer
    answer=$(http -D- "$(url "$1")$(setting "$1" subscriptions_path)" \
        -d "$(body "$2")" | tr -d '\r')
    ok "$1 takes a subscription" grep -q '^HTTP/1.1 201' <<<"$answer"
    [ -z "${3-}" ] || ok "$1: $3" is \
        "$(http "$(url "$1")$(setting "$1" subscriptions_path)/1" | jq -c "$3")" "$4"
}
full='{EventFormatType: "Event", SubscriptionType: "RedfishEvent",
    DeliveryRetryPolicy: "RetryForever"}'
taken openbmc "$full + {SendHeartbeat: true, HttpHeaders: [{X: \"y\"}]}" \
    '[.DeliveryRetryPolicy, .HttpHeaders, .SendHeartbeat]' '["RetryForever",[],true]'
taken nvidia "$full"
taken dell-idrac9 "$types + $full" .Context '"c"'
taken dell-idrac10 "$types" '.Status.State' '"Enabled"'
taken hpe-ilo4 "$types + {TTLCount: 999999, TTLUnits: \"minutes\", HttpHeaders: {X: \"y\"}}" \
    '.TTLCount' 999999
taken hpe-ilo5 "$types + {Oem: {Hpe: {DeliveryRetryAttempts: 5}}}" 'has("Context")' false
taken hpe-ilo7 '{RegistryPrefixes: ["iLOEvents"]}' '.["@odata.id"][-2:]' '"1/"'
taken lenovo-xcc "$full"
taken lenovo-xcc-old "$types"
taken zt "$types + {HttpHeaders: {X: \"y\"}}"
taken intel "$full"
ok "ZT's answer has a number and no Location" is "$(http -D- "$(url zt)/redfish/v1/EventService/Subscriptions" \
    -d "$(body "$types + {Destination: \"http://c/\"}")" | tr -d '\r' |
    awk '/^Location/ {print "Location"} /^{/ {print}' | jq -c '.Id | type')" '"number"'
ok "iLO's URIs end with a slash" is "$(get hpe-ilo6 EventService '.Subscriptions["@odata.id"]')" \
    /redfish/v1/EventService/Subscriptions/
ok "a Dell has it already" is "$(refusal dell-idrac9 "$(body "$types")")" \
    'PropertyValueModified #/Destination'

# ---- limits and strangers ---------------------------------------------------------
fill() # fill BMC COUNT: strangers' subscriptions
{
    for i in $(seq "$2"); do
        tell "bmcs/$1/subscribe" "{\"Destination\": \"https://stranger/$i\", \"Context\": \"his\"}"
    done
}
fill openbmc 19
ok "OpenBMC is full with 20" is "$(status "$(url openbmc)/redfish/v1/EventService/Subscriptions" \
    -d "$(body)") $(refusal openbmc "$(body)")" '503 EventSubscriptionLimitExceeded'
fill dell-idrac9 19
ok "so is a Dell" is "$(refusal dell-idrac9 "$(body "$types + {Destination: \"https://c/2\"}")")" \
    CreateLimitReachedForResource
fill lenovo-xcc 11
ok "Lenovo with 12" is "$(refusal lenovo-xcc "$(body)")" EventSubscriptionLimitExceeded
fill paged 5
pages=$(url paged)/redfish/v1/EventService/Subscriptions
ok "the collection comes in pages, newest first" is "$(http "$pages" |
    jq -c '[.["Members@odata.count"], .["Members@odata.nextLink"], .Members[]["@odata.id"][-1:]]')" \
    '[5,"/redfish/v1/EventService/Subscriptions?$skip=2","5","4"]'
ok "and ends" is "$(http "$pages?\$skip=4" |
    jq -c '[.["Members@odata.nextLink"], (.Members | length)]')" '[null,1]'
ok "a stranger's is as he made it" is "$(http "$pages/3" | jq -r '.Context + .Destination')" \
    hishttps://stranger/3

# ---- changes ------------------------------------------------------------------------
change() { status -X PATCH "$(url "$1")$(setting "$1" subscriptions_path)/1" -d "$2"; }
ok "PATCH of the Context" is "$(change openbmc '{"Context": "d"}')" 200
ok "is seen" is "$(get openbmc EventService/Subscriptions/1 .Context)" d
ok "PATCH of the Destination is refused" is "$(change openbmc '{"Destination": "https://d/"}')" 400
ok "a Dell changes nothing" is "$(change dell-idrac9 '{"Context": "d"}')" 405
ok "AMI's answer is empty" is "$(change zt '{"Context": "d"}')" 204
ok "a Dell's DELETE has 200" is "$(status -X DELETE \
    "$(url dell-idrac9)/redfish/v1/EventService/Subscriptions/1")" 200
ok "X10 has its slots" is "$(get supermicro-x10 EventService/Subscriptions '.Members | length')" 5
ok "which take a Destination" is \
    "$(change supermicro-x10 "{\"Destination\": \"$hook\", \"EventTypes\": [\"Alert\"]}")" 200
tell bmcs/supermicro-x10/emit '{"event": {"MessageId": "A.1.0.B"}}'
ok "and then events go there" eventually counter_is supermicro-x10 acked 1
ok "one of them is had" is "$(control bmcs/supermicro-x10 | jq '.subscriptions | length')" 1
ok "they cannot be deleted" is "$(status -X DELETE \
    "$(url supermicro-x10)/redfish/v1/EventService/Subscriptions/1")" 405
ok "but left empty" is "$(change supermicro-x10 '{"Destination": ""}') $(control bmcs/supermicro-x10 |
    jq '.subscriptions | length')" '200 0'
ok "DeliveryRetryAttempts have a range" is "$(status -X PATCH "$(url generic)/redfish/v1/EventService" \
    -d '{"DeliveryRetryAttempts": 9}')" 400
http -X PATCH "$(url generic)/redfish/v1/EventService" -d '{"ServiceEnabled": false}' >/dev/null
subscribe generic "$hook" >/dev/null
tell bmcs/generic/emit '{"event": {"MessageId": "A.1.0.B"}}'
ok "a service that is not enabled says nothing" is "$(counter generic down) $(counter generic pending)" '1 0'
ok "and that" is "$(get generic EventService .Status.State)" Disabled

# ---- what the service offers -----------------------------------------------------------
offers() { ok "$1 offers $2" is "$(get "$1" EventService "$2")" "$3"; }
offers openbmc .RegistryPrefixes '["Base","OpenBMC","TaskEvent","HeartbeatEvent"]'
offers dell-idrac9 '[has("RegistryPrefixes"), .SSEFilterPropertiesSupported.EventFormatType]' '[false,true]'
offers hpe-ilo6 'has("EventTypesForSubscription")' true
offers hpe-ilo7 'has("EventTypesForSubscription")' false
offers hpe-ilo7 'has("ServerSentEventUri")' false
offers hpe-ilo5 '.["@odata.type"]' '#EventService.v1_0_8.EventService'
offers supermicro-x10 '.Actions | keys[0]' '#EventService.SendTestEvent'

# ---- the test event -----------------------------------------------------------------------
try() # try BMC BODY: the status of the test action
{
    status "$(url "$1")$(get "$1" EventService '.Actions[].target')" -d "$2"
}
ok "a Dell needs to be told all" is "$(try dell-idrac9 '{"MessageId": "TMP0118"}')" 400
ok "ActionParameterMissing" is "$(http "$(url dell-idrac9)$(get dell-idrac9 EventService \
    '.Actions[].target')" -d '{}' | jq -r '.error["@Message.ExtendedInfo"][0].MessageId')" \
    Base.1.18.ActionParameterMissing
tell bmcs/dell-idrac9/subscribe "{\"Destination\": \"$hook\"}"
tell bmcs/dell-idrac9/subscribe "{\"Destination\": \"$hook/other\"}"
ok "and then sends it" is "$(try dell-idrac9 "{\"Destination\": \"$hook\", \"EventTypes\": [\"Alert\"],
    \"Context\": \"c\", \"Protocol\": \"Redfish\", \"MessageId\": \"TMP0118\"}")" 204
ok "to whom it was told" eventually counter_is dell-idrac9 acked 1
ok "to no other" is "$(control bmcs/dell-idrac9 | jq -c '[.subscriptions[] | select(.queued > 0 or .posted > 0)] | length')" 1
ok "OpenBMC knows its parameters" is "$(try openbmc '{"MessageId": "Base.1.0.Success", "Colour": "red"}')" 400
ok "and takes them" is "$(try openbmc '{"MessageId": "Base.1.0.Success", "EventId": "me"}')" 204
ok "a test event is in no ledger" is "$(control bmcs/openbmc/ledger | wc -l)" 0
ok "but told of" is "$(control bmcs/openbmc/tests | jq -r .event_id)" me
ok "nor in a log" is "$(get openbmc Systems/system/LogServices/EventLog/Entries '.["Members@odata.count"]')" 0
ok "ZT sends one" is "$(try zt-quick '{}')" 204
ok "and not another so soon" is "$(try zt-quick '{}')" 400

# ---- heartbeats -------------------------------------------------------------------------------
subscribe beats "$hook" '{SendHeartbeat: true, HeartbeatIntervalMinutes: 2}' >/dev/null
beats() { [ "$(counter beats heartbeats)" -ge 3 ]; }
ok "a heart beats" eventually beats
ok "without an Id" is "$(control bmcs/hook/records | jq -c '.body | fromjson |
    select(.Name == "Heartbeat") | [has("Id"), .Events[0].MessageId]' | sort -u)" \
    '[false,"HeartbeatEvent.1.0.RedfishServiceFunctional"]'
http -X PATCH "$(url beats)/redfish/v1/EventService/Subscriptions/1" -d '{"SendHeartbeat": false}' >/dev/null
before=$(counter beats heartbeats)
tell bmcs/beats/emit '{"event": {"MessageId": "OpenBMC.0.1.A"}}'
ok "until it is told not to" eventually counter_is beats acked $((before + 1))
stream stream "$dir/stream" -H 'Accept: text/event-stream'
ok "streams have an id of 0 for it" eventually grep -q '^id: 0' "$dir/stream"
kill $last

# ---- the stream -------------------------------------------------------------------------------
tell bmcs/stream/emit '{"event": {"MessageId": "OpenBMC.0.1.A"}}'
tell bmcs/stream/emit '{"event": {"MessageId": "ResourceEvent.1.0.{n}"}, "count": 5}'
stream stream "$dir/again" -H 'Accept: text/event-stream' -H 'Last-Event-ID: 1'
ok "OpenBMC's ring says what it lost" eventually grep -q EventBufferExceeded "$dir/again"
ok "what is logged only is not streamed" is "$(control bmcs/stream/ledger | jq -c '.sse_id' | tr '\n' ' ')" \
    'null 1 2 3 4 5 '
kill $last
sse=$(url dell-idrac9)/redfish/v1/SSE
ok "a Dell takes one filter" is "$(status "$sse?\$filter=MessageId%20eq%20A")" 400
ok "of its generation" is "$(status -m 1 "$sse?\$filter=EventFormatType%20eq%20Event")" 200
stream idle "$dir/idle"
ok "a stream without events ends" wait $last

ok "a Dell notices late that a reader has gone" is "$(control bmcs/dell-idrac10/set '{"sse_limit": 1}' | jq .changed)" 1
stream dell-idrac10 "$dir/one"
eventually clients_are dell-idrac10 1
kill $last
eventually clients_are dell-idrac10 0
ok "and refuses him" is "$(status -m 1 "$(url dell-idrac10)/redfish/v1/SSE")" 503
tell bmcs/dell-idrac10/set '{"sse_limit": 9}'

# ---- ids ---------------------------------------------------------------------------------------
record() # record BMC FILTER: of an event as it is sent
{
    tell bmcs/hook/resource '{"uri": "/hook"}'
    tell bmcs/hook/resource '{"uri": "/'"$1"'", "body": {}, "record": true}'
    tell "bmcs/$1/subscribe" "{\"Destination\": \"$(url hook)/$1\"}"
    tell "bmcs/$1/emit" '{"event": {"MessageId": "A.1.0.B", "Severity": "Warning"}}'
    eventually has_record "$1"
    control bmcs/hook/records | jq -rc "select(.uri == \"/$1\").body | fromjson | $2"
}
has_record() { control bmcs/hook/records | jq -e --arg uri "/$1" 'select(.uri == $uri)'; }
ok "iLO4 writes IDs large" is "$(record hpe-ilo4 '.Events[0] | has("EventID") and has("MessageID")')" true
ok "iLO5 has no Context" is "$(record hpe-ilo5 'has("Context")')" false
ok "a Dell's EventId is the kind's" is "$(record dell-idrac10 '.Events[0].EventId | .[:3]')" 216
ok "AMI's holds the entry" is "$(record ami '.Events[0].EventId | test("LogServices/EventLog/Entries/1 - [0-9]+$")')" true
ok "NVIDIA links the entry" is "$(record nvidia '.Events[0] | [has("MemberId"), .LogEntry["@odata.id"]]')" \
    '[false,"/redfish/v1/Systems/HGX_Baseboard_0/LogServices/EventLog/Entries/1"]'
ok "iLO6 tells its number" is "$(record hpe-ilo6 '.Events[0].Oem.Hpe.CorrelatedEventNumber')" 1

# ---- what must not be -----------------------------------------------------------------------------
ok "a PDU cannot bear a subscription" is "$(status "$(url cray-pdu)/redfish/v1/EventService/Subscriptions" -d "$(body)")" 000
ok "and falls over" is "$(counter cray-pdu tipped) $(control bmcs/cray-pdu | jq .up)" '1 false'
tell bmcs/intel/subscribe "{\"Destination\": \"$hook/intel\"}"
tell bmcs/intel/emit '{"event": {"MessageId": "A.1.0.B"}}'
gone() { [ "$(counter intel given_up)" -ge 1 ]; }
ok "an Intel never gets through to a port" eventually gone

# ---- reboots ----------------------------------------------------------------------------------------
up() { is "$(control "bmcs/$1" | jq .up)" true; }
subscribe keeps "$hook" >/dev/null
before=$(get keeps Managers/1 .LastResetTime)
tell bmcs/keeps/behave '{"clock_lost_ms": 600000}'
tell bmcs/keeps/reboot '{"down_ms": 1}'
eventually up keeps
ok "one keeps its subscriptions" is "$(get keeps EventService/Subscriptions '.Members | length')" 1
ok "its clock is lost" is "$(get keeps Managers/1 '.DateTime[:4]')" 1970
tell bmcs/keeps/behave '{"clock_lost_ms": 0}'
ok "until it is found" test "$(get keeps Managers/1 '.LastResetTime')" '>' 2020
ok "LastResetTime is not before" test ! "$(get keeps Managers/1 .LastResetTime)" '<' "$before"
tell bmcs/keeps/set '{"firmware": "2.0.0"}'
ok "it has another firmware" is "$(get keeps Managers/1 .FirmwareVersion)" 2.0.0
tell bmcs/hook/resource '{"uri": "/hook", "status": 503}'
subscribe suspends "$hook" >/dev/null
tell bmcs/suspends/emit '{"event": {"MessageId": "A.1.0.B"}}'
disabled() { is "$(get suspends EventService/Subscriptions/1 .Status.State)" Disabled; }
ok "SuspendRetries leaves it disabled" eventually disabled

done_testing
