#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# BMCs that would lead trawld to a stranger, each by another kind of URI: none
# is followed, each is told, and the rest of the BMC works as far as it can.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

kinds=(odata sse location action next registry archive redirect)
port=$(free_port)
start_bmcsim --bmcs $((${#kinds[@]} + 1)) --username root --password 0penBmc
stranger=bmc00$((${#kinds[@]} + 1))
(umask 077 && printf '0penBmc\n' >"$TMP/password")
{
    cat <<EOC
listen: [{address: "127.0.0.1:$port"}]
public_url: http://localhost:$port
bmc_defaults: {username: root, password_file: $TMP/password}
bmcs:
EOC
    for i in "${!kinds[@]}"; do
        [[ ${kinds[i]} == sse ]] && way=sse || way=webhook
        echo "  - {name: ${kinds[i]}, url: \"$(bmc_url bmc00$((i + 1)))\"," \
            "receive: $way}"
    done
} | write_conf

# What is needed for a kind to be met at all.
for i in "${!kinds[@]}"; do
    bmc=bmc00$((i + 1))
    case ${kinds[i]} in
    next)
        tell "bmcs/$bmc/resource" '{"uri": "/redfish/v1/Registries", "status":
            200, "body": {"Members": [], "Members@odata.nextLink": "/more"}}'
        ;;
    registry | archive)
        tell "bmcs/$bmc/resource" '{"uri": "/redfish/v1/Registries", "status":
            200, "body": {"Members": [{"@odata.id": "/redfish/v1/R/Acme"}]}}'
        tell "bmcs/$bmc/resource" '{"uri": "/redfish/v1/R/Acme", "status": 200,
            "body": {"Id": "Acme.1.0", "Registry": "Acme.1.0", "Location":
            [{"Language": "en", "Uri": "/acme.json"},
             {"Language": "en", "ArchiveUri": "/acme.zip",
              "ArchiveFile": "acme.json"}]}}'
        ;;
    esac >"$TMP/.resource"
    if [[ ${kinds[i]} == redirect ]]; then
        behave "$bmc" "{\"redirect\": \"$(bmc_url "$stranger")\",
            \"answer_path\": \"/redfish/v1/EventService/Subscriptions\"}"
    else
        behave "$bmc" "{\"foreign\": \"$(bmc_url "$stranger")\",
            \"foreign_kinds\": \"${kinds[i]}\"}"
    fi
done
start_trawld "$CONF"

# refused BMC: it is told of a URI of that BMC, and names it.
refused()
{
    events "$(of_key UriRefused) | select(.bmc.name == \"$1\") | .args[0]" |
        grep -q "$(bmc_url "$stranger")"
}

for kind in "${kinds[@]}"; do
    wait_for "$PATIENCE" "$kind: a URI that leads elsewhere is told" \
        refused "$kind"
done
for i in "${!kinds[@]}"; do
    case ${kinds[i]} in
    location | action | next | registry | archive)
        wait_for "$PATIENCE" "${kinds[i]}: the BMC is subscribed all the same" \
            about_is bmc00$((i + 1)) '.subscriptions | length' 1
        ;;
    esac
done
ok 'the stranger was never asked' about_is "$stranger" .counters.requests 0
end_story
