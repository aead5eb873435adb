#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan tsan
#
# SIGHUP: a new configuration is adopted whole or refused whole, and events go
# on through either.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"
need openssl
make_certs

port=$(free_port) second_port=$(free_port) token=reload-story-token-0001
SECOND=$TMP/second.jsonl
mkdir "$TMP/tls"
cp "$CERTS/server.crt" "$CERTS/server.key" "$TMP/tls"
start_bmcsim --bmcs 2 --set retry_policy=RetryForever \
    --set retry_interval_ms=50

# conf [LISTENER [BMC [SINK [ROUTE]]]]: the configuration, with one more each.
conf()
{
    write_conf <<EOC
listen:
  - address: "127.0.0.1:$port"
    tls: {certificate: $TMP/tls/server.crt, key: $TMP/tls/server.key}
${1-}
public_url: https://localhost:$port
bmc_defaults: {receive: webhook}
bmcs:
  - {name: bmc001, url: "$(bmc_url bmc001)"}
  - {name: hand, url: "https://127.0.0.1", receive: passive, token: $token}
${2-}
sinks:
  file: {type: file, path: $EVENTS}
${3-}
routes:
${4-}
  - {to: file}
EOC
}

# reload, and reload_refused: sends SIGHUP and waits for what became of it.
adopted=0 refused=0
reload()
{
    reload_trawld
    wait_for "$PATIENCE" "$1" metric_is trawl_reloads_total '' $((++adopted))
}

reload_refused()
{
    reload_trawld
    wait_for "$PATIENCE" "$1" metric_is trawl_reload_errors_total '' \
        $((++refused))
    is "$(metric trawl_reloads_total)" "$adopted" '... and not adopted'
}

address=https://localhost:$port/events/$token
post_by_hand()
{
    post "$1" "$(payload "$2")" --cacert "$CERTS/ca.crt"
}

conf
start_trawld "$CONF"
wait_for "$PATIENCE" 'a BMC is subscribed' \
    about_is bmc001 '.subscriptions | length' 1

# ---- Under load
emit bmc001 1000 '"rate": 500'
for turn in {1..10}; do
    reload "reload $turn"
done
wait_for "$PATIENCE" 'ten reloads under load: all events arrive' all_arrived
is "$(about bmc001 '[.subscriptions[].id] | join(" ")')" 1 \
    'nobody was subscribed again'

# ---- What is new
conf "  - {address: \"127.0.0.1:$second_port\"}" \
    "  - {name: bmc002, url: \"$(bmc_url bmc002)\"}" \
    "  second: {type: file, path: $SECOND}
  lost: {type: file, path: $TMP/missing/lost.jsonl}" \
    "  - {match: {bmc: bmc002}, to: [second, lost]}"
reload 'one more of each is adopted'
is "$(post_by_hand "http://127.0.0.1:$second_port/events/$token" plain)" 200 \
    'a new listener answers'
wait_for "$PATIENCE" 'a new BMC is subscribed' \
    about_is bmc002 '.subscriptions | length' 1
emit bmc002 10
wait_for "$PATIENCE" 'its events go where a new route says' \
    eval '[[ -e $SECOND ]] && has_events 10 . "$SECOND"'
wait_for "$PATIENCE" 'a new sink that cannot deliver is told of' \
    has_events 1 'select(.key == "SinkUnreachable" and .args[0] == "lost")'
emit bmc001 1 '"first": 2001'
wait_for "$PATIENCE" 'those of others as before' has_events 1 \
    'select(.args[0] == "bmc001 2001")'

# ---- A certificate is replaced
subject()
{
    openssl s_client -connect "127.0.0.1:$port" </dev/null 2>&1 |
        sed -n 's/^subject=.*CN *= *//p'
}
is "$(subject)" localhost 'a certificate is shown'
cp "$CERTS/other.crt" "$TMP/tls/server.crt"
reload_refused 'a certificate without its key is refused'
is "$(subject)" localhost 'the one before is shown'
cp "$CERTS/other.key" "$TMP/tls/server.key"
reload 'with its key it is adopted'
is "$(subject)" other.example 'and shown'
cp "$CERTS/server.crt" "$CERTS/server.key" "$TMP/tls"
reload 'and back'

# ---- Refused
is "$(post_by_hand "$address" kept)" 200 'a post by hand'
cp "$CONF" "$TMP/good.yaml"
sed -i 's/file, path: /file, pth: /' "$CONF"
line=$(grep -n 'pth:' "$CONF" | cut -d : -f 1)
reload_refused 'a broken file is refused'
ok 'the log names file, line and column' logs "$CONF:$line:"
ok 'and the nearest key' logs "did you mean 'path'"
emit bmc001 1 '"first": 2002'
wait_for "$PATIENCE" 'events go on' has_events 1 \
    'select(.args[0] == "bmc001 2002")'
is "$(post_by_hand "$address" kept-2)" 200 'listeners too'

sed "s|^spool: .*|spool: {directory: $TMP/elsewhere, max_size: 1GiB}|" \
    "$TMP/good.yaml" >"$CONF"
reload_refused 'another folder for the spool is refused'
ok 'with its reason' logs 'spool.directory cannot change'
taken=$(jq -r '.control | ltrimstr("http://")' "$BMCSIM_PORTS")
conf "  - {address: \"$taken\"}"
reload_refused 'an address in use is refused'
ok 'with its reason, and where to look' \
    logs "cannot listen on $taken: Address already in use (ss -ltnp"
is "$(post_by_hand "$address" kept-3)" 200 'listeners go on'

# ---- What is gone
conf
sed -i '/name: hand/d' "$CONF"
reload 'less is adopted'
is "$(post_by_hand "$address" gone)" 404 'a BMC that is gone is unknown'
is "$(post_by_hand "http://127.0.0.1:$second_port/events/x" gone)" 000 \
    'a listener that is gone does not answer'
wait_for "$PATIENCE" 'of a sink that is gone nothing stands' \
    has_events 1 'select(.key == "SinkRemoved" and .args[0] == "lost" and
        .condition.state == "cleared")'
is "$(metrics | sinks_of)" file 'a sink that is gone is not counted'
mv "$EVENTS" "$TMP/events.1"
emit bmc001 1 '"first": 2003'
wait_for "$PATIENCE" 'a file that was moved away is opened anew' \
    eval '[[ -e $EVENTS ]] &&
        has_events 1 "select(.args[0] == \"bmc001 2003\")"'
end_story
