#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# Event streams in every framing: they end and are opened again where they
# were, also after kill -9 and without the state.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

port=$(free_port) trap_port=$(free_port)
spawn "$TMP/elsewhere.log" python3 -uc 'import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening")
while True:
    print("visited by", s.accept()[1])' "$trap_port"
jq -n --arg away "http://127.0.0.1:$trap_port/stream" '{
    defaults: {retry_interval_ms: 100, retry_policy: "RetryForever"},
    bmcs: [{name: "plain"}, {name: "crlf", sse_eol: "crlf"},
        {name: "cr", sse_eol: "cr"},
        {name: "terse", sse_space: false, sse_pretty: true},
        {name: "chatty", sse_comment: "hm", sse_keepalive_ms: 20},
        {name: "bare", dialect: "openbmc", sse_prefixes: ""},
        {name: "closed", sse_chunked: false},
        {name: "hpe", dialect: "hpe"},
        {name: "away", sse_path: $away}]}' >"$TMP/fleet.json"
start_bmcsim --config "$TMP/fleet.json"
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
public_url: http://127.0.0.1:$port
limits: {sse_event: 8KiB}
bmcs:
$(jq -r '.bmcs[] | "  - {name: \(.name), url: \"\(.url)\", receive: \(
    if (.name | IN("plain", "bare", "away")) then "sse" else "auto" end)}"' \
    "$BMCSIM_PORTS")
EOC
fleet=(plain crlf cr terse chatty bare closed hpe)
streams=(plain crlf cr terse chatty bare closed)
start_trawld "$CONF"

# all_listen: each BMC has a reader of its stream; the one that offers none, a
# subscription.
all_listen()
{
    local bmc
    for bmc in "${streams[@]}"; do
        about_is "$bmc" .sse_clients 1 || return 1
    done
    about_is hpe '.subscriptions | length' 1
}

# emit_all COUNT [ORDER-MEMBER...]: at each of them.
emit_all()
{
    local bmc
    for bmc in "${fleet[@]}"; do
        emit "$bmc" "$@"
    done
}

# ---- Framing
wait_for "$PATIENCE" 'all streams are opened' all_listen
emit_all 20
wait_for "$PATIENCE" 'all events arrive' all_arrived
is "$(count_events "$(of_key DriveFailure)")" 160 'each of them once'
is "$(events 'select(.source == "webhook") | .bmc.name' | sort -u)" '"hpe"' \
    'one without a stream posts'

# ---- Elsewhere
wait_for "$PATIENCE" 'one that leads elsewhere is told of' has_some UriRefused
like "$(events "$(of_key UriRefused) | .message" | head -n 1)" ":$trap_port/stream" \
    'with where it led'
is "$(<"$TMP/elsewhere.log")" listening 'nobody went there'

# ---- Streams end
for bmc in "${streams[@]}"; do
    behave "$bmc" '{"sse_close_after": 7}'
done
emit_all 20 '"first": 101'
wait_for "$PATIENCE" 'streams that end are opened where they were' all_arrived
is "$(count_events "$(of_key DriveFailure)")" 320 'each event comes once'
for bmc in "${streams[@]}"; do
    behave "$bmc" '{"sse_close_after": 0}'
done
is "$(count_events "$(of_key BmcUnreachable) |
    select(.bmc.name != \"away\")")" 0 'nobody is called unreachable for that'

# ---- trawld ends
wait_for "$PATIENCE" 'all streams are open' all_listen
kill_trawld
emit_all 20 '"first": 201'
start_trawld "$CONF"
wait_for "$PATIENCE" 'after kill -9 nothing is missing' all_arrived
is "$(count_events "$(of_key DriveFailure)")" 480 'and nothing doubled'

wait_for "$PATIENCE" 'all streams are open' all_listen
ok 'trawld stops' stop_trawld
rm "$STATE"/state.db*
emit_all 20 '"first": 301'
start_trawld "$CONF"
wait_for "$PATIENCE" 'nor without the state' all_arrived
is "$(count_events "$(of_key DriveFailure)")" 640 'and nothing doubled'

# ---- A BMC is away
tell bmcs/crlf/reboot '{"down_ms": 600000, "keep_subscriptions": true}' \
    >"$TMP/.reboot"
wait_for "$PATIENCE" 'a BMC that is away is told of' has_events 1 \
    "$(of_key BmcUnreachable) | select(.bmc.name == \"crlf\")"
tell bmcs/crlf/reboot '{"down_ms": 1}' >"$TMP/.reboot"
wait_for "$PATIENCE" 'and when it is back' has_events 1 \
    "$(of_key BmcReachable) | select(.bmc.name == \"crlf\")"
wait_for "$PATIENCE" 'its stream is open' all_listen

# ---- Too large
tell bmcs/plain/emit "$(jq -n '{event: {MessageId: "Base.1.0.Large",
    Message: ("x" * 10000)}}')" >"$TMP/.emitted"
emit plain 1 '"first": 401'
wait_for "$PATIENCE" 'an event too large is told of' has_key EventsMissed
wait_for "$PATIENCE" 'the next one arrives' has_events 1 \
    'select(.args[0] == "plain 401")'
is "$(count_events 'select(.key == "Large")')" 0 'it does not'
is "$(<"$TMP/elsewhere.log")" listening 'nobody went elsewhere at any time'
end_story
