#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# trawlctl quarantine: what could not be read, or what a sink refused, is
# listed, shown, taken in again once it can be, or let go, with the daemon and
# without; it counts against the spool's room, and the books always balance.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"
. "$TOP/tests/e2e/components/frames.sh"

CTL=$BUILD/trawlctl
port=$(free_port) far=$(free_port) token=quarantine-story-token-1
address=http://127.0.0.1:$port/events/$token
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
bmcs:
  - {name: n1, url: "https://10.0.0.1", receive: passive, token: $token}
sinks:
  file: {type: file, path: $EVENTS}
  siem: {type: syslog, address: "tcp://127.0.0.1:$far", format: json,
         max_message: 2KiB}
routes:
  - {match: {message: "Vendor.*"}, to: [file, siem]}
  - {to: file}
EOC

# quarantine STATUS ARGUMENT...: what it says is in OUT and $TMP/err.
quarantine()
{
    local want=$1 got=0
    shift
    "$CTL" quarantine "$@" --config "$CONF" --socket "$TMP/control.sock" \
        >"$TMP/out" 2>"$TMP/err" || got=$?
    OUT=$(tr -d '\0' <"$TMP/out")
    is "$got" "$want" "quarantine $* ends with $want" ||
        diag "$OUT" "$(<"$TMP/err")"
}

# holds N: so many files are there, and the daemon says so.
holds()
{
    [[ $(find "$QUARANTINE" -name '*.json' | wc -l) == "$1" ]] &&
        metric_is trawl_quarantine_files '' "$1"
}

start_frames "$far" "$TMP/siem"
quarantine 0 list
is "$OUT" '' 'before the first start there is nothing'
quarantine 2 show
quarantine 2 drop
quarantine 2 list everything
quarantine 2 eat

start_trawld "$CONF"
is "$(post "$address" 'no JSON at all')" 200 'a text is taken'
printf '\377\376\033[31m\0red\ntext' >"$TMP/bytes"
is "$(post "$address" "@$TMP/bytes")" 200 'so are bytes of any kind'
wait_for "$PATIENCE" 'both are kept' holds 2
quarantine 0 list
is "$(wc -l <<<"$OUT")" 3 'each has a line, below a heading'
like "$OUT" '  n1  .* 14  ' 'with BMC and size'
quarantine 0 list --json
mapfile -t ids < <(jq -r .id <<<"$OUT")
is "$(jq -r .bytes <<<"$OUT" | xargs)" "14 $(stat -c %s "$TMP/bytes")" \
    'oldest first'

# ---- Shown
quarantine 0 show "${ids[0]}"
like "$OUT" 'bmc +n1.*no JSON at all$' 'the text, and whose it is'
quarantine 0 show "${ids[1]}"
ok 'what could move a cursor is escaped' \
    grep -qF '\xff\xfe\x1b[31m\x00red' <<<"$OUT"
ok 'and nothing else' eval '! LC_ALL=C grep -q $'\''\033'\'' <<<"$OUT"'
quarantine 0 show --raw "${ids[1]}"
ok '--raw gives the bytes that came' cmp "$TMP/out" "$TMP/bytes"
for id in nonsense ../state.db .hidden; do
    quarantine 1 show "$id"
    quarantine 1 drop "$id"
done

# ---- Taken in again
quarantine 1 retry "${ids[0]}"
ok 'it still cannot be read' grep -q 'still cannot be read' "$TMP/err"
ok 'and stays' holds 2
received=$(metric trawl_records_received_total)
# As it is when a later version can read what this one could not.
jq -c --arg body "$(payload one two)" '.payload = $body' \
    "$QUARANTINE/${ids[0]}.json" >"$TMP/readable"
cp "$TMP/readable" "$QUARANTINE/${ids[0]}.json"
quarantine 0 retry "${ids[0]}"
wait_for "$PATIENCE" 'what can be read is taken in' has_key DriveFailure 2
is "$(events "$(of_key DriveFailure) | [.bmc.name, .source]" | sort -u)" \
    '["n1","webhook"]' 'as from its BMC'
wait_for "$PATIENCE" 'and leaves' holds 1
is "$(metric trawl_records_received_total)" "$((received + 2))" \
    'it counts as received anew'
is "$(metric trawl_records_quarantined_total)" 2 'and as quarantined before'
# What was read from a log is read as what it is.
jq -c '.source = "log" | .payload = ({"@odata.type":
    "#LogEntry.v1_15_0.LogEntry", Id: "7", EntryType: "Event",
    MessageId: "Other.1.0.FromLog", Severity: "OK", Message: "x"} | tojson)' \
    "$TMP/readable" >"$QUARANTINE/entry.json"
quarantine 0 retry entry
wait_for "$PATIENCE" 'an entry of a log is taken in, too' has_key FromLog
is "$(events "$(of_key FromLog) | [.bmc.name, .source]")" '["n1","log"]' \
    'as one of a log'
wait_for "$PATIENCE" 'and leaves' holds 1
sed 's/"n1"/"n9"/' "$TMP/readable" >"$QUARANTINE/foreign.json"
quarantine 1 retry foreign
ok 'nobody speaks for a BMC that there is not' grep -q 'n9' "$TMP/err"
assert_conservation

# ---- Refused by a sink
quarantine 0 drop foreign
quarantine 0 drop "${ids[1]}"
wait_for "$PATIENCE" 'what is let go is gone' holds 0
printf '{"Events": [{"MessageId": "Vendor.1.0.Long", "EventId": "1",
    "Severity": "OK", "Message": "%05000d"}]}' 7 >"$TMP/long.json"
is "$(post "$address" "@$TMP/long.json")" 200 'an event too long for one sink'
wait_for "$PATIENCE" 'is kept for it' holds 1
quarantine 0 list --json
id=$(jq -r .id <<<"$OUT")
is "$(jq -r '[.sink, .bmc] | @csv' <<<"$OUT")" '"siem","n1"' 'with its name'
quarantine 0 show "$id"
like "$OUT" 'more than max_message' 'and why'
quarantine 0 retry "$id"
wait_for "$PATIENCE" 'it is refused again' metric_is trawl_sink_replaying \
    'sink="siem"' 0
ok 'and stays' holds 1
sed -i 's/max_message: 2KiB/max_message: 64KiB/' "$CONF"
reload_trawld
wait_for "$PATIENCE" 'a reload' metric_is trawl_reloads_total '' 1
quarantine 0 retry "$id"
wait_for "$PATIENCE" 'once the sink takes it, it leaves' holds 0
is "$(jq -c '[.key, .bmc.name]' "$TMP/siem")" '["Long","n1"]' \
    'and has arrived, once'
is "$(metric trawl_sink_refused_total 'sink="siem"')" 1 'it counts as refused'
is "$(metric trawl_sink_replayed_total 'sink="siem"')" 1 'and as replayed'
quarantine 1 retry "$id"
assert_conservation

# ---- Let go
quarantine 1 drop "${ids[1]}"
is "$(post "$address" 'more')" 200 'there is more'
is "$(post "$address" 'and more')" 200 'to come'
wait_for "$PATIENCE" 'two' holds 2
quarantine 0 drop --all
wait_for "$PATIENCE" 'all go together' holds 0
assert_conservation

# ---- Without the daemon
is "$(post "$address" 'the last')" 200 'one is left'
wait_for "$PATIENCE" 'behind' holds 1
ok 'trawld ends cleanly' stop_trawld
quarantine 0 list
like "$OUT" 'n1' 'it can be listed'
quarantine 1 retry --all
ok 'not taken in' grep -q 'only a running trawld' "$TMP/err"
quarantine 0 drop --all
is "$(find "$QUARANTINE" -name '*.json' | wc -l)" 0 'but let go'

# ---- Room
sed -i 's/max_size: 1GiB/max_size: 192MiB/' "$CONF"
printf '{}' >"$QUARANTINE/large.json"
truncate -s 300M "$QUARANTINE/large.json"
start_trawld "$CONF"
# A mebibyte a time: what is prepared holds some tens of them, and of 192 MiB
# the quarantine leaves no more.
python3 -c 'import json, sys
print(json.dumps({"Events": [{"MessageId": "A.1.0.B", "EventId": sys.argv[1],
    "Message": "x" * 60000}] * 17}))' large >"$TMP/large.json"
for ((taken = 0; taken < 190; taken++)); do
    sed "s/large/large-$taken/g" "$TMP/large.json" >"$TMP/body"
    [[ $(post "$address" "@$TMP/body") == 200 ]] || break
done
ok "the quarantine takes the spool its room ($taken MiB)" test "$taken" -lt 100
wait_for "$PATIENCE" 'which is full' metric_is trawl_spool_state '' 1
is "$(post "$address" "$(payload three)")" 503 'a BMC is asked to wait'
quarantine 0 drop large
wait_for "$PATIENCE" 'without it there is room' metric_is trawl_spool_state '' 0
is "$(post "$address" "$(payload three)")" 200 'and it may go on'
end_story
