#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan tsan
#
# What is on disk is enough: trawld starts again with all of it, without some
# of it, and not at all on what it does not understand.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

port=$(free_port) token=restart-story-token-0001
address=http://127.0.0.1:$port/events/$token
# Without a log: what is read there again is counted again, as a duplicate.
start_bmcsim --set log_path= --set retry_policy=RetryForever \
    --set retry_interval_ms=50
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
public_url: http://127.0.0.1:$port
bmcs:
  - {name: bmc001, url: "$(bmc_url)", receive: webhook}
  - {name: hand, url: "https://127.0.0.1", receive: passive, token: $token}
sinks: {file: {type: file, path: $EVENTS}}
routes:
  - match: {bmc: hand, message: "*.DriveFailure", not: {severity: Critical}}
    drop: true
  - {to: file}
EOC

# ---- The command line
ok '--help helps' eval '"$TRAWLD" --help | grep -q -- --check-config'
like "$("$TRAWLD" --version)" '^trawld [0-9]' '--version says it'
ok '--check-config: 0' "$TRAWLD" --check-config -c "$CONF"
sed 's/severity: Critical/severty: Critical/' "$CONF" >"$TMP/bad.yaml"
"$TRAWLD" --check-config -c "$TMP/bad.yaml" >"$TMP/check" 2>&1
is $? 78 'or 78'
ok 'with file, line, column and the nearest key' \
    grep -q "^$TMP/bad.yaml:8:.*did you mean 'severity'" "$TMP/check"
is "$(ls "$STATE")" '' 'and it has not touched anything'
"$TRAWLD" -c "$TMP/bad.yaml" >"$TMP/check" 2>&1
is $? 78 'nor does it start with it'
"$TRAWLD" --sing >"$TMP/check" 2>&1
is $? 2 'an unknown option: 2'

# ---- Books and sequence
# books: what must be the same before and after.
books()
{
    metrics | grep -E '^trawl_(records_|spool_(durable_)?sequence)'
    metrics | grep '^trawl_sink_' | grep -v '^trawl_sink_\(up\|last_success\)'
}

drained_books()
{
    until_true "$PATIENCE" is_drained
    books
}

start_trawld "$CONF"
wait_for "$PATIENCE" 'a BMC is subscribed' about_is bmc001 \
    '.subscriptions | length' 1
destination=$(about bmc001 '.subscriptions[0].destination')
is "$(stat -c %a "$STATE/token.key")" 600 'the key of its token is a secret'
emit bmc001 20
is "$(post "$address" "{\"Events\":[$(record kept),7,$(record dropped |
    sed 's/Critical/OK/')]}")" 200 'good, bad and dropped records'
wait_for "$PATIENCE" 'all arrive' all_arrived bmc001
before=$(drained_books)
like "$before" 'dropped_total\{reason="route"\} 1' 'one was dropped'
for turn in 1 2 3; do
    ok "trawld stops ($turn)" stop_trawld
    start_trawld "$CONF"
    is "$(drained_books)" "$before" 'the books are the same'
done
kill_trawld
start_trawld "$CONF"
is "$(drained_books)" "$before" 'and after kill -9'

# ---- Two on one spool
timeout "$PATIENCE" "$TRAWLD" -c "$CONF" >"$TMP/second.log" 2>&1
is $? 1 'a second trawld does not start'
ok 'for it is in use' grep -q 'in use by another process' "$TMP/second.log"
ok 'the first goes on' is_ready

# ---- Without some of it
lines=$(count_events)
ok 'trawld stops' stop_trawld
rm "$SPOOL"/cursor-*
start_trawld "$CONF"
wait_for "$PATIENCE" 'without cursors all is delivered again' \
    has_events $((2 * lines))
is "$(events .id | sort | uniq -c | awk '$1 != 2')" '' 'with the same ids'
is "$(drained_books)" "$before" 'and the books are the same'

ok 'trawld stops' stop_trawld
rm -f "$STATE"/state.db-*
head -c 8192 /dev/urandom >"$STATE/state.db"
start_trawld "$CONF"
ok 'without its state it starts' logs 'made again from the spool'
emit bmc001 5 '"first": 101'
wait_for "$PATIENCE" 'and all goes on' all_arrived bmc001
is "$(about bmc001 '.subscriptions[0].destination')" "$destination" \
    'the token is the same'
wait_for "$PATIENCE" 'the subscription too' \
    eval '(($(count_logged "bmc001: still subscribed") == 6))'
is "$(about bmc001 '.subscriptions | length')" 1 'it is the only one'

# ---- What it does not understand
# prints FOLDER: every byte of it.
prints()
{
    (cd "$1" && find . -type f -exec sha256sum {} + | sort -k 2)
}

ok 'trawld stops' stop_trawld
mapfile -t segments < <(grep -la TRAWLSEG "$SPOOL"/*.seg)
ok 'there are segments' test "${#segments[@]}" -gt 1
for segment in "${segments[0]}" "${segments[-1]}"; do
    cp "$segment" "$TMP/segment"
    printf '\143' | dd of="$segment" bs=1 seek=8 conv=notrunc status=none
    before=$(prints "$STATE")
    timeout "$PATIENCE" "$TRAWLD" -c "$CONF" >"$TMP/newer.log" 2>&1
    is $? 78 "a newer format of ${segment##*/}: it does not start"
    is "$(prints "$STATE")" "$before" 'and has not changed a byte'
    cp "$TMP/segment" "$segment"
done
start_trawld "$CONF"
emit bmc001 1 '"first": 201'
wait_for "$PATIENCE" 'as it was, it starts' all_arrived bmc001
end_story
