# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Two thousand connections, a thousand streams and one BMC that floods, for
# many.t and tests/bench/many to source after lib.sh:
#
#     build_crowd            tests/bench/crowd.c, which posts for many BMCs
#     start_streamers N      bmcsim: N BMCs with an event stream, sets BMCSIM_*
#     crowd_conf             their configuration, with 500 BMCs that post by
#                            hand (p0 ...) and one called flood; `listen`,
#                            tokens and limits are there, sinks and routes not
#     crowd NAME CONNECTIONS RATE SECONDS     posts as those; what it says is in
#                            $TMP/crowd-NAME, what was answered in .list of it
#     all_stream N           so many streams are open

CROWD_PORT=$(free_port)
CROWD_POSTERS=500

build_crowd()
{
    need cc
    cc -O2 -std=gnu11 -D_GNU_SOURCE -o "$TMP/crowd" "$TOP/tests/bench/crowd.c"
}

start_streamers()
{
    start_bmcsim --quiet --bmcs "$1" --port-per-bmc --set sse_ring=100 \
        "${@:2}"
}

crowd_conf()
{
    local i
    : >"$TMP/crowd.tokens"
    printf 'token-of-the-flood-0123456789\n' >"$TMP/flood.tokens"
    cat <<CONF
listen: [{address: "127.0.0.1:$CROWD_PORT"}]
public_url: http://127.0.0.1:$CROWD_PORT
bmc_defaults: {receive: sse${1:+, tls: {ca: $1\}}}
spool: {directory: $TMP/state/spool, max_size: 4GiB}
registries: {directories: [], fetch: false}
limits: {connections: 8192, connections_per_address: 8192,
         requests_per_bmc: ${CROWD_SHARE:-8}}
control: {metrics: "$METRICS", socket: $TMP/control.sock}
bmcs:
$(jq -r '.bmcs[] | "  - {name: \(.name), url: \"\(.url)\"}"' "$BMCSIM_PORTS")
  - {name: flood, url: "https://192.0.2.1", receive: passive,
     token: $(<"$TMP/flood.tokens")}
CONF
    for ((i = 0; i < CROWD_POSTERS; i++)); do
        printf 'token-number-%d-0123456789\n' $i >>"$TMP/crowd.tokens"
        printf '  - {name: p%d, url: "https://198.18.%d.%d",\n' \
            $i $((i / 250)) $((i % 250))
        printf '     receive: passive, token: token-number-%d-0123456789}\n' $i
    done
}

crowd()
{
    local tokens=crowd
    [[ $1 != flood ]] || tokens=flood
    "$TMP/crowd" "$CROWD_PORT" "$TMP/$tokens.tokens" "$@" \
        "$TMP/crowd-$1.list" >"$TMP/crowd-$1" 2>&1
}

# crowd_figure NAME N: the Nth of its figures.
crowd_figure()
{
    awk -v n="$2" '/^figures/ { print $(n + 1) }' "$TMP/crowd-$1"
}

all_stream()
{
    (($(curl -sf -m 30 "$(jq -r .control "$BMCSIM_PORTS")/status" |
        jq '[.bmcs[].sse_clients] | add') >= $1))
}
