#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# trawlctl replay: one sink gets its history again, in order and with the same
# ids, over a reload too; the others get nothing, and the books still balance.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"
. "$TOP/tests/e2e/components/frames.sh"

CTL=$BUILD/trawlctl
port=$(free_port) far=$(free_port) token=replay-story-token-00001
address=http://127.0.0.1:$port/events/$token
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
bmcs:
  - {name: n1, url: "https://10.0.0.1", receive: passive, token: $token}
sinks:
  file: {type: file, path: $EVENTS}
  other: {type: file, path: $TMP/other}
  siem: {type: syslog, address: "tcp://127.0.0.1:$far", format: json}
routes:
  - {match: {registry: Trawl}, to: file}
  - {to: [file, other, siem]}
EOC

# replay STATUS OPTION...: what it says is in OUT and $TMP/err.
replay()
{
    local want=$1 got=0
    shift
    OUT=$("$CTL" replay --socket "$TMP/control.sock" "$@" 2>"$TMP/err") ||
        got=$?
    is "$got" "$want" "replay $* ends with $want" ||
        diag "$OUT" "$(<"$TMP/err")"
}

# has_sent SINK: what was asked for again has gone.
has_sent()
{
    [[ $(metric trawl_sink_replaying "sink=\"$1\"") == 0 ]]
}

# names FILE: the arguments of what it has.
names()
{
    events "$(of_key DriveFailure) | .args[0]" "$1" | tr -d '"' | xargs
}

names_are()
{
    [[ $(names "$1") == "$2" ]]
}

replay 1 --sink other --since 1h
ok 'without a daemon it says what to do' grep -q 'start it' "$TMP/err"
replay 2 --since 1h
replay 2 --sink other
replay 2 --sink other --since tomorrow

start_frames "$far" "$TMP/siem"
start_trawld "$CONF"
replay 1 --sink other --since 1h
ok 'there is nothing yet' grep -q 'no records' "$TMP/err"
is "$(post "$address" "$(payload one two three)")" 200 'three events'
is "$(post "$address" "$(payload four five)")" 200 'then two'
is "$(post "$address" "$(payload six)")" 200 'and one'
wait_for "$PATIENCE" 'all are delivered' is_drained
since=$(events 'select(.args == ["four"]).received' | tr -d '"')
until=$(($(date -d "$(events 'select(.args == ["six"]).received' |
    tr -d '"')" +%s%3N) - 1))
until=$(date -u -d "@${until%???}.${until: -3}" +%FT%T.%3NZ)
cp "$TMP/other" "$TMP/before"

# ---- From a time on
replay 1 --sink nobody --since 1h
ok 'a sink that there is not is named' grep -q 'no sink nobody' "$TMP/err"
replay 0 --sink other --since "$since"
wait_for "$PATIENCE" 'what was asked for goes' has_sent other
wait_for "$PATIENCE" 'and comes' names_are "$TMP/other" \
    'one two three four five six four five six'
ok 'as it was' cmp <(tail -n 3 "$TMP/other") <(tail -n 3 "$TMP/before")
is "$(metric trawl_sink_replayed_total 'sink="other"')" 3 'it is counted'
is "$(metric trawl_sink_replayed_total 'sink="file"')" 0 'for this sink alone'
is "$(names "$EVENTS")" 'one two three four five six' 'others got nothing'

# ---- Up to a time
replay 0 --sink other --since "$since" --until "$until"
wait_for "$PATIENCE" 'a part of it goes' has_sent other
is "$(post "$address" "$(payload seven)")" 200 'and something new'
wait_for "$PATIENCE" 'in that order' names_are "$TMP/other" \
    'one two three four five six four five six four five seven'
replay 0 --sink other --since 1970-01-02
like "$OUT" 'reaches back to 20[0-9-]*T[0-9:]*Z only' \
    'it is said how far back it reaches'
wait_for "$PATIENCE" 'all of it is sent' has_sent other
is "$(names "$TMP/other" | wc -w)" 19 'from there on'
replay 0 --sink other --since 1970-01-02 --json
is "$(jq -c '[.all, (.oldest | type)]' <<<"$OUT")" '[false,"string"]' \
    'scripts are told the same'
wait_for "$PATIENCE" 'once more' has_sent other
assert_conservation

# ---- While it is away, and over a reload
end_process "$FRAMES_PID" KILL
replay 0 --sink siem --since "$since"
is "$(metric trawl_sink_replaying 'sink="siem"')" 1 'a sink that is away owes it'
reload_trawld
wait_for "$PATIENCE" 'a reload' metric_is trawl_reloads_total '' 1
is "$(metric trawl_sink_replaying 'sink="siem"')" 1 'does not end it'
start_frames "$far" "$TMP/siem"
wait_for "$PATIENCE" 'once it is back it gets it' has_sent siem
like "$(names "$TMP/siem")" 'four five six seven$' 'with the rest behind it'
is "$(events .id "$TMP/siem" | sort -u)" "$(events \
    'select(.registry != "Trawl").id' | sort -u)" 'all ids are the known ones'

# ---- A restart ends it
end_process "$FRAMES_PID" KILL
replay 0 --sink siem --since "$since"
wait_for "$PATIENCE" 'it owes it' metric_is trawl_sink_replaying \
    'sink="siem"' 1
ok 'trawld ends' stop_trawld
ok 'which says that it is broken off' \
    logs 'sink siem: not all that was asked for once more has been sent'
lines=$(wc -l <"$TMP/siem")
start_frames "$far" "$TMP/siem"
start_trawld "$CONF"
is "$(post "$address" "$(payload eight)")" 200 'what is new'
wait_for "$PATIENCE" 'arrives' is_drained
like "$(tail -n +$((lines + 1)) "$TMP/siem" | jq -r '.args[0]' | xargs)" \
    '^([a-z ]* )?eight$' 'and only that is owed'
end_story
