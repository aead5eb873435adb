#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# bmcsim plays a BMC faithfully, and misbehaves as told: each promise that the
# other tests build on.

. "${0%/*}/lib.sh"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 \
    -subj /CN=127.0.0.1 -keyout "$dir/key" -out "$dir/crt" 2>/dev/null
mkdir "$dir/registries"
echo '{"RegistryPrefix": "Play", "RegistryVersion": "1.2.3", "Language": "en", "Messages": {}}' \
    >"$dir/registries/Play.1.2.3.json"
cat >"$dir/config" <<CONFIG
{"defaults": {"retry_interval_ms": 20, "retry_attempts": 2},
 "bmcs": [
  {"name": "plain"}, {"name": "hook"},
  {"name": "safe", "tls": true, "certificate": "$dir/crt", "key": "$dir/key",
   "username": "u", "password": "p"},
  {"name": "hpe", "dialect": "hpe"}, {"name": "lenovo", "dialect": "lenovo"},
  {"name": "open", "dialect": "openbmc", "sse_limit": 1, "subscription_limit": 2},
  {"name": "ring", "sse_ring": 3, "sse_eol": "crlf"},
  {"name": "posts", "retry_policy": "RetryForever"}]}
CONFIG
"$program" --config "$dir/config" --registries "$dir/registries" --ports-file "$dir/ports" \
    --quiet --die-with-parent 2>"$dir/stderr" &
sim=$!
pids+=($sim)
ok "the ports file appears" eventually test -s "$dir/ports"
control=$(jq -r .control "$dir/ports")
hook=$(url hook)/hook
event='"event": {"MessageId": "Play.1.2.Broken", "MessageArgs": ["Fan {n}"], "Severity": "Warning"}'

# ---- documents -----------------------------------------------------------------
ok "the service root names the event service" is \
    "$(http "$(url plain)/redfish/v1/" | jq -r '.EventService["@odata.id"]')" \
    /redfish/v1/EventService
ok "an unknown URI is a Redfish error" is "$(http "$(url plain)/redfish/v1/Nothing" |
    jq -r '.error["@Message.ExtendedInfo"][0].MessageId')" Base.1.18.ResourceMissingAtURI
ok "identity is there" is "$(http "$(url plain)/redfish/v1/Systems/1" |
    jq 'has("SerialNumber") and has("UUID") and has("Model")')" true
ok "a registry is compressed though nobody asked" is \
    "$(http "$(url plain)/redfish/v1/RegistryStore/Play.1.2.3.json" | gzip -dc | jq -r .RegistryPrefix)" Play
ok "and its file names it" is "$(http "$(url plain)/redfish/v1/Registries/Play.1.2.3" |
    jq -r '.Registry + " " + .Location[0].Uri')" "Play.1.2 /redfish/v1/RegistryStore/Play.1.2.3.json"
ok "HPE has no stream" is "$(http "$(url hpe)/redfish/v1/EventService" |
    jq 'has("ServerSentEventUri")')" false

# ---- who may ask -----------------------------------------------------------------
safe=$(url safe)
ok "TLS and a password: the root is open" is "$(status "$safe/redfish/v1")" 200
ok "the rest is not" is "$(status "$safe/redfish/v1/Systems/1")" 401
ok "basic authentication opens it" is "$(status -u u:p "$safe/redfish/v1/Systems/1")" 200
ok "a wrong password does not" is "$(status -u u:x "$safe/redfish/v1/Systems/1")" 401
token=$(http -D- -o /dev/null "$safe/redfish/v1/SessionService/Sessions" \
    -d '{"UserName": "u", "Password": "p"}' | tr -d '\r' | sed -n 's/^X-Auth-Token: //p')
ok "a session opens it" is "$(status -H "X-Auth-Token: $token" "$safe/redfish/v1/Systems/1")" 200
http -X DELETE -H "X-Auth-Token: $token" "$safe/redfish/v1/SessionService/Sessions/1"
ok "until it is deleted" is "$(status -H "X-Auth-Token: $token" "$safe/redfish/v1/Systems/1")" 401

# ---- webhooks ---------------------------------------------------------------------
control bmcs/hook/resource '{"uri": "/hook", "body": {}, "record": true}' >/dev/null
ok "a subscription is made" is "$(subscribe plain "$hook" \
    '{Context: "c", HttpHeaders: [{"X-Secret": "s"}]}')" 201
ok "its headers are not shown" is \
    "$(http "$(url plain)/redfish/v1/EventService/Subscriptions/1" | jq -c '[.Context, .HttpHeaders]')" \
    '["c",[]]'
ok "events happen" is "$(control bmcs/plain/emit "{$event, \"count\": 5}")" '{"emitted":5,"pending":0}'
ok "and are posted" eventually counter_is plain acked 5
ok "in order, with context and headers" is "$(control bmcs/hook/records |
    jq -rc '[.headers["X-Secret"], (.body | fromjson | .Context, .Events[0].MessageArgs[0])] | join(" ")' |
    tr '\n' ',')" "s c Fan 1,s c Fan 2,s c Fan 3,s c Fan 4,s c Fan 5,"
ok "each with an EventId of its own" is "$(control bmcs/hook/records |
    jq -r '.body | fromjson | .Events[0].EventId' | sort -u | wc -l)" 5
ok "the ledger knows" is "$(control bmcs/plain/ledger | jq -c '[.args[0], .posted, .acked]' | head -1)" \
    '["Fan 1",1,1]'
ok "and so does the log" is "$(http "$(url plain)/redfish/v1/Managers/1/LogServices/Log/Entries?\$top=2&\$skip=1" |
    jq -c '[.["Members@odata.count"], .Members[].MessageArgs[0]]')" '[5,"Fan 4","Fan 3"]'
control bmcs/plain/emit '{"payload": {"Oem": 1}}' >/dev/null
control bmcs/plain/emit '{"raw": "no\njson {n}"}' >/dev/null
ok "payloads are sent as they are" eventually counter_is plain acked 7
ok "and raw text too" is "$(control bmcs/hook/records | jq -c .body | tail -2 | tr '\n' ' ')" \
    '"{\"Oem\":1}" "no\njson {n}" '
ok "a rate is kept in the background" is \
    "$(control bmcs/plain/emit "{$event, \"count\": 20, \"rate\": 400}" | jq .pending)" 20
ok "until all have happened" eventually counter_is plain acked 27
ok "the test event is one" is "$(status -X POST \
    "$(url plain)/redfish/v1/EventService/Actions/EventService.SubmitTestEvent" -d '{}')" 204
ok "and is posted" eventually counter_is plain acked 28

subscribe hpe "$hook" >/dev/null
control bmcs/hook/resource '{"uri": "/hook", "status": 204}' >/dev/null
control bmcs/hpe/emit "{$event}" >/dev/null
no_subscriptions() { is "$(control "bmcs/$1" | jq '.subscriptions | length')" 0; }
ok "HPE takes 204 for a failure and ends the subscription" eventually no_subscriptions hpe
ok "after its retries" is \
    "$(control bmcs/hpe | jq -c '.counters | [.posted, .refused]')" '[3,3]'
ok "what it had not sent is given up" eventually counter_is hpe given_up 1
subscribe posts "$hook" >/dev/null
control bmcs/hook/resource '{"uri": "/hook", "status": 503}' >/dev/null
control bmcs/posts/emit "{$event, \"count\": 2}" >/dev/null
more_than_five() { [ "$(counter posts refused)" -gt 5 ]; }
ok "another one tries for ever" eventually more_than_five
control bmcs/hook/resource '{"uri": "/hook", "status": 200}' >/dev/null
ok "and gets through in the end" eventually counter_is posts acked 2
control bmcs/posts/behave '{"repeat": 1}' >/dev/null
control bmcs/posts/emit "{$event}" >/dev/null
ok "repeat: events are sent twice" eventually counter_is posts acked 4
control bmcs/posts/behave '{"repeat": 0, "drop": 2}' >/dev/null
control bmcs/posts/emit "{$event, \"count\": 3}" >/dev/null
ok "drop: the next two are lost" eventually counter_is posts acked 5
ok "which the ledger tells" is "$(control bmcs/posts/ledger | jq -c .dropped | tail -3 | tr '\n' ' ')" \
    "true true false "

# ---- refusals -----------------------------------------------------------------------
ok "no Destination" is "$(status "$(url plain)/redfish/v1/EventService/Subscriptions" -d '{}')" 400
ok "OpenBMC does not know EventTypes" is "$(subscribe open "$hook" '{EventTypes: ["Alert"]}')" 400
subscribe open "$hook" >/dev/null
subscribe open "$hook" >/dev/null
ok "a limit is kept" is "$(subscribe open "$hook")" 503
ok "DELETE makes room" is "$(status -X DELETE "$(url open)/redfish/v1/EventService/Subscriptions/1")" 204
ok "refuse" is "$(control bmcs/open/behave '{"refuse": 500}' >/dev/null; status "$(url open)/redfish/v1")" 500
control bmcs/open/behave '{"refuse": 0}' >/dev/null
ok "what is no setting is refused" is "$(control bmcs/open/behave '{"refuse": 500, "sing": 1}' | jq 'has("error")')" true
ok "and nothing of it is done" is "$(status "$(url open)/redfish/v1")" 200

# ---- the stream ------------------------------------------------------------------------
stream lenovo "$dir/lenovo"
ok "a reader is seen" eventually clients_are lenovo 1
ok "and listed without a Destination" is "$(http "$(url lenovo)/redfish/v1/EventService/Subscriptions/1" |
    jq -c '[.SubscriptionType, .Destination]')" '["SSE",null]'
control bmcs/lenovo/emit "{$event, \"count\": 2}" >/dev/null
ok "Lenovo: no space, and JSON over many lines" eventually has_lines '^data:}' "$dir/lenovo" 2
ok "which is JSON" is "$(sed -n 's/^data://p' "$dir/lenovo" | jq -r '.Events[0].MessageArgs[0]' |
    tr '\n' ' ')" "Fan 1 Fan 2 "
kill $last
ok "a reader that goes is missed" eventually clients_are lenovo 0

control bmcs/ring/emit "{$event, \"count\": 9}" >/dev/null
stream ring "$dir/ring" -H 'Last-Event-ID: 2'
ok "Last-Event-ID: what the ring still has" eventually has_lines '^data' "$dir/ring" 3
ok "with its ids and CRLF" is "$(grep -a '^id' "$dir/ring" | tr '\r\n' '+ ')" "id: 7+ id: 8+ id: 9+ "
control bmcs/ring/behave '{"sse_stall": true}' >/dev/null
control bmcs/ring/emit "{$event}" >/dev/null
ok "a stalled stream says nothing" is "$(counter ring sse_sent; grep -c '^data' "$dir/ring")" $'4\n3'
control bmcs/ring/behave '{"sse_stall": false, "sse_close_after": 5}' >/dev/null
ok "until it may" eventually has_lines '^data' "$dir/ring" 4
control bmcs/ring/emit "{$event}" >/dev/null
ok "and ends after its fifth event" wait $last

stream open "$dir/open" -H 'Accept: text/event-stream'
eventually clients_are open 1
ok "OpenBMC: one more stream is 200 and over at once" is \
    "$(status -H 'Accept: text/event-stream' "$(url open)/redfish/v1/EventService/SSE")" 200

# ---- reboot -------------------------------------------------------------------------------
is_up() { is "$(control bmcs/plain | jq .up)" "$1"; }
control bmcs/plain/reboot '{"down_ms": 60000}' >/dev/null
ok "a BMC that reboots refuses connections" is "$(status "$(url plain)/redfish/v1")" 000
control bmcs/plain/emit "{$event}" >/dev/null
control bmcs/plain/reboot '{"down_ms": 1}' >/dev/null
ok "and comes back" eventually is_up true
ok "at the same port, without its subscriptions" is \
    "$(http "$(url plain)/redfish/v1/EventService/Subscriptions" | jq '.Members | length')" 0
ok "what happened meanwhile is in the log" is \
    "$(http "$(url plain)/redfish/v1/Managers/1/LogServices/Log/Entries?\$top=1" |
        jq -r '.Members[0].MessageArgs[0]')" "Fan 1"
ok "EventIds begin again" is "$(control bmcs/plain/emit "{$event}" >/dev/null
    control bmcs/plain/ledger | tail -1 | jq -r .event_id)" 1
control bmcs/plain/behave '{"clock_offset_s": 864000}' >/dev/null
ok "its clock can be wrong" test \
    "$(date -ud "$(http "$(url plain)/redfish/v1/Managers/1" | jq -r .DateTime)" +%s)" -gt \
    $(($(date +%s) + 800000))
control bmcs/plain/behave '{"reset_connections": true}' >/dev/null
ok "it can reset connections" is "$(status "$(url plain)/redfish/v1")" 000

# ---- the end --------------------------------------------------------------------------------
control quit '' >/dev/null
ok "it ends when told to" wait $sim
ok "without a word" is "$(cat "$dir/stderr")" ""

# ---- many, by address, with a scenario ---------------------------------------------------------
cat >"$dir/scenario" <<'SCENARIO'
{"steps": [{"at": 0.01, "bmc": "bmc002", "emit": {"event": {"MessageId": "Play.1.2.Hello"}}},
           {"every": 0.05, "bmc": "*", "emit": {"payload": {}}}]}
SCENARIO
rm "$dir/ports"
"$program" --bmcs 200 --vendor dell --vendor ami --address-per-bmc --listen 127.1.0.0:0 \
    --scenario "$dir/scenario" --tls "$dir/crt" "$dir/key" --ports-file "$dir/ports" --quiet \
    --die-with-parent 2>"$dir/stderr" &
sim=$!
pids+=($sim)
ok "two hundred BMCs, each at an address" eventually test -s "$dir/ports"
control=$(jq -r .control "$dir/ports")
ok "over TLS, of two vendors in turn" is "$(http "$(url bmc199)/redfish/v1" "$(url bmc200)/redfish/v1" |
    jq -r .Vendor | tr '\n' ' ')" "Dell AMI "
all_emitted() { [ "$(control status | jq '[.bmcs[].counters.emitted] | min')" -gt 1 ]; }
ok "a scenario makes things happen" eventually all_emitted
ok "to whom it says" is "$(control bmcs/bmc002/ledger | jq -r '.message_id // empty')" Play.1.2.Hello
control quit '' >/dev/null
ok "and ends too" wait $sim
ok "--help tells all" test "$("$program" --help | wc -l)" -gt 100
# What the tables have is in the manual, in the same words.
manual=${0%/*}/../../packaging/man/bmcsim.1
unwritten() # the names and texts of --help that the manual has not
{
    "$program" --help | sed -n '/^Misbehaviour/,$s/^  \([a-z][a-z0-9_-]*\)  *\([^ ].*\)$/\1 \2/p' >"$dir/told"
    sed "s/\\\\(aq/'/g; s/\\\\\([-e]\)/\1/g" "$manual" | awk '/^\.B / {name = $2; getline; print name, $0}' >"$dir/written"
    awk '{sub(/\.$/, "")} NR == FNR {known[tolower($0)]; next}
        !(tolower($0) in known)' "$dir/written" "$dir/told"
}
ok "the manual has all settings" is "$(unwritten)" ""
ok "of which there are many" test "$(wc -l <"$dir/told")" -gt 150
ok "a wrong option is refused" is "$("$program" --set bogus=1 2>&1 >/dev/null)" \
    "bmcsim: bmc001: 'bogus' is not a known setting (see --help)"

echo "1..$n"
[ $failed -eq 0 ]
