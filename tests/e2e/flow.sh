# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# For stories in which events flow, to source after lib.sh:
#
#     start_fleet N [OPTION...]   bmcsim with bmc001, bmc002, ... over TLS, who
#                                 try for ever to get their events delivered
#     conf >$TMP/trawl.yaml       a configuration that subscribes to them; the
#                                 story adds `sinks:` and `routes:`
#     wait_for_subscriptions      all of them post
#     emit BMC COUNT [RATE]       drives fail, the n-th in 'Bay n'
#     wait_for_acks               all that was emitted has been answered 2xx
#     assert_arrived SINK [N] <LINES
#                                 LINES: "BMC EVENT-ID ID", as the sink has
#                                 them; nothing (or N at most) is lost, all is
#                                 in order
#
# What a BMC calls EventId tells its events apart; ID is Trawl's.

make_certs
LISTEN=127.0.0.1:$(free_port)

# simctl PATH [JSON]: bmcsim's control port.
simctl()
{
    curl -sf -m 30 "$(jq -r .control "$BMCSIM_PORTS")/$1" ${2:+-d "$2"}
}

start_fleet()
{
    local count=$1
    shift
    start_bmcsim --quiet --bmcs "$count" --tls "$CERTS/server.crt" \
        "$CERTS/server.key" --set "ca=$CERTS/ca.crt" --set verify=true \
        --set retry_policy=RetryForever --set retry_interval_ms=100 \
        --set timeout_ms=10000 "$@"
}

# conf [RECEIVE]: RECEIVE is what all BMCs do; what follows belongs to it.
conf()
{
    cat <<CONF
collector: story
listen:
  - address: "$LISTEN"
    tls: {certificate: $CERTS/server.crt, key: $CERTS/server.key}
public_url: https://$LISTEN
control: {metrics: "$METRICS", socket: $TMP/control.sock}
spool: {directory: $TMP/state/spool, max_size: ${SPOOL_SIZE:-1GiB}}
registries: {cache: $TMP/state/registries, fetch: false}
bmc_defaults: {receive: ${1:-webhook}, tls: {ca: $CERTS/ca.crt}}
bmcs:
$(jq -r '.bmcs[] | "  - {name: \(.name), url: \"\(.url)\"}"' "$BMCSIM_PORTS")
CONF
}

all_subscribed()
{
    [[ $(simctl status | jq '[.bmcs[] | .subscriptions + .sse_clients > 0] |
        all') == true ]]
}

wait_for_subscriptions()
{
    wait_for "$PATIENCE" 'every BMC has a subscription' all_subscribed
}

declare -A chassis

# The event that all stories tell of, each time of other drives: one that fails
# while it has failed would be counted only. More members: emit ... 0 '"Oem": {}'.
emit()
{
    local bmc=$1 count=$2 rate=${3:-0} more=${4-}
    chassis[$bmc]=$((${chassis[$bmc]:-0} + 1))
    simctl "bmcs/$bmc/emit" "{\"count\": $count, \"rate\": $rate, \"event\": {
        \"MessageId\": \"StorageDevice.1.1.DriveFailure\",
        \"MessageArgs\": [\"Bay {n}\"], \"Severity\": \"Critical\",
        \"OriginOfCondition\": {\"@odata.id\":
            \"/redfish/v1/Chassis/${chassis[$bmc]}/Drives/{n}\"}${more:+, $more}}}" >/dev/null
}

fleet_names()
{
    jq -r '.bmcs[].name' "$BMCSIM_PORTS"
}

# emit_all COUNT [RATE]
emit_all()
{
    local bmc
    for bmc in $(fleet_names); do
        emit "$bmc" "$@"
    done
}

# ledger: what bmcsim knows, a JSON object an event.
ledger()
{
    simctl ledger
}

all_acked()
{
    [[ $(simctl status | jq '.emitting + .totals.pending') == 0 ]]
}

acked_count()
{
    simctl status | jq .totals.acked
}

answers_come()
{
    all_acked || (($(acked_count) > acked_before))
}

# As long as answers come, it waits on.
wait_for_acks()
{
    local acked_before
    until all_acked; do
        acked_before=$(acked_count)
        until_true "$PATIENCE" answers_come || break
    done
    wait_for 1 'every event that was sent has been answered' all_acked
}

# json_lines FILE: the lines for assert_arrived of a file in format json. What
# bmcsim's log says of a payload that was no JSON bears the next one's EventId
# and no message.
json_lines()
{
    jq -r 'select(.bmc and .event_id and .key) | "\(.bmc.name) \(.event_id) \(.id)"' \
        "$@"
}

# arrived [N]: standard input against the ledger. Fails if more than N (0) that
# were answered are missing, or one came first out of its BMC's order, or has
# had two ids.
arrived()
{
    ledger | jq -r '"\(.bmc) \(.event_id) \(.acked)"' >"$TMP/.ledger"
    awk -v may_lose="${1:-0}" '
        NR == FNR { place[$1, $2] = FNR; acked[$1, $2] = $3; next }
        !(($1, $2) in place) { print "nobody sent " $0; bad = 1; next }
        ($1, $2) in id {
            if (id[$1, $2] != $3) { print "another id: " $0; bad = 1 }
            doubled++
            next
        }
        {
            id[$1, $2] = $3
            if (place[$1, $2] < last[$1]) {
                print "out of order: " $0; bad = 1
            }
            last[$1] = place[$1, $2]
        }
        END {
            for (event in acked) {
                answered += acked[event] > 0
                if (acked[event] > 0 && !(event in id)) {
                    split(event, part, SUBSEP)
                    if (++lost <= 10)
                        print "lost: " part[1], part[2]
                }
            }
            printf "%d acknowledged, %d lost, %d doubled\n", answered, lost,
                doubled
            exit bad || lost > may_lose
        }' "$TMP/.ledger" -
}

assert_arrived()
{
    local said
    if said=$(arrived "${2:-0}"); then
        pass "$1 has all that was answered, in order (${said##*$'\n'})"
    else
        fail "$1 has all that was answered, in order"
        diag "$said"
    fi
}

# said KEY FILE: how often Trawl itself said so (format json).
said()
{
    jq -r "select(.registry == \"Trawl\" and .key == \"$1\") | .key" "$2" |
        wc -l
}

has_said()
{
    (($(said "$1" "$2") > 0))
}
