#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# One BMC of each vendor that bmcsim plays, refusing what that vendor refuses:
# subscribed, an event received, rebooted with its subscriptions forgotten,
# mended, and left in order. Nothing is lost between the last event before and
# the first after: what happened meanwhile comes from the log. What is a
# stranger's or a stream's is not touched.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"
need openssl
make_certs

vendors=($("$BMCSIM" --help | sed -n 's/^Dialects: //p'))
declare -A kind=()
names=()
options=()
for vendor in "${vendors[@]}"; do
    options+=(--vendor "$vendor")
    names+=("$(printf 'bmc%03d' $((${#names[@]} + 1)))")
    kind[${names[-1]}]=$vendor
done

port=$(free_port)
start_bmcsim --bmcs ${#names[@]} "${options[@]}" \
    --tls "$CERTS/server.crt" "$CERTS/server.key" \
    --username root --password 0penBmc --set retry_policy=RetryForever \
    --set verify=true \
    --set ca="$CERTS/ca.crt"
(umask 077 && printf '0penBmc\n' >"$TMP/password")

# configuration BMC...: those BMCs, each looked at every two seconds: a check
# stands for the sign of a reboot, which the BMC does not give here.
configuration()
{
    local bmc
    {
        cat <<EOC
listen:
  - address: "127.0.0.1:$port"
    tls: {certificate: $CERTS/server.crt, key: $CERTS/server.key}
public_url: https://localhost:$port
collector: c1
subscription: {check: 2s}
bmc_defaults: {username: root, password_file: $TMP/password, receive: webhook,
               tls: {ca: $CERTS/ca.crt}}
bmcs:
EOC
        for bmc in "$@"; do
            printf '  - {name: %s, url: "%s"}\n' "$bmc" "$(bmc_url "$bmc")"
        done
        [[ $# -gt 0 ]] || printf '  []\n'
    } | write_conf
}

# redfish BMC PATH [CURL-OPTION...]: asks it as an operator would.
redfish()
{
    local bmc=$1 path=$2
    shift 2
    curl -sk -m "$PATIENCE" --noproxy '*' -u root:0penBmc \
        -H 'Content-Type: application/json' "$@" "$(bmc_url "$bmc")$path"
}

collection()
{
    redfish "$1" /redfish/v1/EventService |
        jq -r '.Subscriptions."@odata.id"'
}

# stranger BMC N: somebody else subscribes, in the vendor's own dialect.
stranger()
{
    local bmc=$1 path uri= body
    path=$(collection "$bmc")
    body='{"Destination":"https://other.example/'$2'","Context":"theirs",
        "Protocol":"Redfish","EventTypes":["Alert"]}'
    case ${kind[$bmc]} in
    supermicro-x10)
        uri=$(redfish "$bmc" "$path" | jq -r '.Members[-1]."@odata.id"')
        redfish "$bmc" "$uri" -X PATCH -d "$body" -o "$TMP/.stranger"
        return
        ;;
    openbmc* | nvidia | intel)
        body=$(jq 'del(.EventTypes)' <<<"$body")
        ;;
    esac
    redfish "$bmc" "$path" -d "$body" -o "$TMP/.stranger"
}

# destinations BMC CONTEXT: where subscriptions with that Context lead.
destinations()
{
    about "$1" ".subscriptions[] | select(.context // \"\" |
        startswith(\"$2\")).destination"
}

ours()
{
    about "$1" '[.subscriptions[] | select(.destination |
        test("localhost:'"$port"'/events/"))] | length'
}

is_subscribed()
{
    [[ $(ours "$1") == 1 ]]
}

is_free_of_us()
{
    [[ $(ours "$1") == 0 ]]
}

has_stranger()
{
    about "$1" '.subscriptions[].destination' |
        grep -qx "https://other.example/$2"
}

# heard BMC: the arguments of its own events in the sink, whatever key a log
# gives them.
heard()
{
    events "select(.bmc.name == \"$1\" and .registry != \"Trawl\") |
        .args[0] // empty" | tr -d '"' | sort -u
}

# arrived_at BMC N: its Nth event is in the sink.
arrived_at()
{
    heard "$1" | grep -qx "$1 $2"
}

# stream BMC: somebody else listens to its event stream.
stream()
{
    local path
    path=$(redfish "$1" /redfish/v1/EventService | jq -r .ServerSentEventUri)
    spawn "$TMP/stream.log" curl -skN --noproxy '*' -u root:0penBmc \
        -H 'Accept: text/event-stream' -o "$TMP/.stream" "$(bmc_url "$1")$path"
    wait_for "$PATIENCE" "${kind[$1]}: somebody listens to its stream" \
        about_is "$1" .sse_clients 1
}

# One that must not be subscribed, and one that cannot post to our port.
never=() deaf=() good=()
for bmc in "${names[@]}"; do
    case ${kind[$bmc]} in
    cray-pdu) never+=("$bmc") ;;
    intel) deaf+=("$bmc") ;;
    *) good+=("$bmc") ;;
    esac
done

for bmc in "${good[@]}"; do
    stranger "$bmc" before
done
streams=()
for bmc in "${good[@]}"; do
    case ${kind[$bmc]} in
    generic | dell-idrac9 | lenovo-xcc | openbmc) streams+=("$bmc") ;;
    esac
done
for bmc in "${streams[@]}"; do
    stream "$bmc"
done
configuration "${names[@]}"
start_trawld "$CONF"

# ---- Subscribed
for bmc in "${good[@]}"; do
    wait_for "$PATIENCE" "${kind[$bmc]}: is subscribed" is_subscribed "$bmc"
done
for bmc in "${good[@]}"; do
    emit "$bmc" 3 '"first": 1'
done
for bmc in "${good[@]}"; do
    wait_for "$PATIENCE" "${kind[$bmc]}: its events arrive" arrived_at "$bmc" 3
done
for bmc in "${good[@]}"; do
    wait_for "$PATIENCE" "${kind[$bmc]}: a test event arrived" \
        logs "$bmc: a test event arrived"
    ok "${kind[$bmc]}: a stranger's stands there" has_stranger "$bmc" before
done

for bmc in "${streams[@]}"; do
    is "$(about "$bmc" .sse_clients)" 1 "${kind[$bmc]}: the stream goes on"
done

# ---- Rebooted: whatever the vendor does, this one forgets, and what happens
# meanwhile stands in its log only
for bmc in "${good[@]}"; do
    tell "bmcs/$bmc/reboot" '{"down_ms": 3000, "keep_subscriptions": false}' \
        >"$TMP/.reboot"
    emit "$bmc" 2 '"first": 101'
done
mended_before=$((SECONDS + 60))
for bmc in "${good[@]}"; do
    wait_for "$PATIENCE" "${kind[$bmc]}: is mended" is_subscribed "$bmc"
done
ok 'all within a minute' test $SECONDS -le $mended_before
for bmc in "${good[@]}"; do
    emit "$bmc" 3 '"first": 4'
done
for bmc in "${good[@]}"; do
    wait_for "$PATIENCE" "${kind[$bmc]}: its events arrive again" \
        arrived_at "$bmc" 6
    wait_for "$PATIENCE" "${kind[$bmc]}: those of the gap, too" \
        arrived_at "$bmc" 102
    is "$(heard "$bmc" | tr '\n' ' ')" \
        "$(printf "$bmc %d\n" 1 2 3 4 5 6 101 102 | sort | tr '\n' ' ')" \
        "${kind[$bmc]}: each of them"
done

# ---- Left
for bmc in "${good[@]}"; do
    stranger "$bmc" after
done
for bmc in "${never[@]}"; do
    is "$(about "$bmc" '.counters.tipped')" 0 "${kind[$bmc]}: is left alone"
    is "$(ours "$bmc")" 0 "${kind[$bmc]}: is not subscribed"
done
for bmc in "${deaf[@]}"; do
    wait_for "$PATIENCE" "${kind[$bmc]}: that no test arrives is told" \
        has_events 1 "$(of_key FlowBroken) | select(.bmc.name == \"$bmc\")"
done
is "$(count_events "$(of_key FlowBroken)")" ${#deaf[@]} 'and of no other'
configuration
reload_trawld
for bmc in "${good[@]}"; do
    wait_for "$PATIENCE" "${kind[$bmc]}: nothing of ours stays" \
        is_free_of_us "$bmc"
    ok "${kind[$bmc]}: and all of others" has_stranger "$bmc" after
done
is "$(count_events "$(of_key SubscriptionStays)")" 0 'nothing was left behind'
end_story
