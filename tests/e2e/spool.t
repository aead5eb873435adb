#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# trawlctl spool: a sound spool is called sound, running and stopped; damage of
# each kind is named; what can be mended is, and the original stays.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

CTL=$BUILD/trawlctl
port=$(free_port) token=spool-story-token-000001
address=http://127.0.0.1:$port/events/$token
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
keep_raw: true
bmcs:
  - {name: n1, url: "https://10.0.0.1", receive: passive, token: $token}
EOC

# spool STATUS ARGUMENT...: runs it; what it says is in OUT and $TMP/err.
spool()
{
    local want=$1 got=0
    shift
    OUT=$("$CTL" spool "$@" --spool "$SPOOL" 2>"$TMP/err") || got=$?
    is "$got" "$want" "spool $* ends with $want" ||
        diag "$OUT" "$(<"$TMP/err")"
}

# says REGULAR-EXPRESSION: OUT has such a line.
says()
{
    ok "it says: $1" grep -qE -- "$1" <<<"$OUT"
}

prints()
{
    find "$STATE" -type f ! -name '*-shm' -exec sha256sum {} + | sort -k 2
}

spool 2 check
ok 'where there is no spool, that is said' grep -q 'No such file' "$TMP/err"
start_trawld "$CONF"
is "$(post "$address" "$(payload one two three)")" 200 'three events'
is "$(post "$address" 'no JSON')" 200 'and something unreadable'
wait_for "$PATIENCE" 'have arrived' has_key PayloadUnreadable
wait_for "$PATIENCE" 'all is durable' is_drained

# ---- Beside the daemon
# cursor_is N: the cursor on disk; it is saved some times a second.
cursor_is()
{
    [[ $("$CTL" spool check --spool "$SPOOL" --json |
        jq 'select(.kind == "cursor").sequence') == "$1" ]]
}

wait_for "$PATIENCE" 'the cursor is saved' cursor_is 5
spool 0 check
says 'the spool is sound'
says "in use by process $TRAWLD_PID"
says '^file +5 +4 +0 +0 +sound'
says 'quarantine: 1 files'
spool 0 export
is "$(wc -l <<<"$OUT")" 5 'every record is exported'
is "$(jq -r '.record.seq' <<<"$OUT" | xargs)" '1 2 3 4 5' 'in their order'
spool 0 export --from 2 --to 3
is "$(jq -r '.args[0]' <<<"$OUT" | xargs)" 'two three' 'or some of them'
spool 0 export --since 1h --raw
is "$(jq -cR 'fromjson? | .MessageArgs[0]' <<<"$OUT" | xargs)" 'one two three' \
    'or as they came'
is "$(grep -c '^no JSON$' <<<"$OUT")" 1 'the unreadable one too'
spool 2 repair
ok 'a running daemon is in the way of a repair' \
    grep -q "in use by process $TRAWLD_PID" "$TMP/err"
before=$(sha256sum "$SPOOL"/cursor-*)
spool 2 repair --apply
is "$(sha256sum "$SPOOL"/cursor-*)" "$before" 'which does nothing then'
spool 2 check --apply
spool 2 mend
assert_conservation

# ---- Stopped, and after a death
ok 'trawld ends cleanly' stop_trawld
start_trawld "$CONF"
is "$(post "$address" "$(payload four five six)")" 200 'three more'
wait_for "$PATIENCE" 'have arrived' has_key DriveFailure 6
kill_trawld
segment=$(grep -lz -- six "$SPOOL"/*.seg | tail -n 1)
before=$(prints)
spool 0 check --json
is "$(jq -sc 'map(select(.kind == "segment").records) | add' <<<"$OUT")" 8 \
    'after a death all records are counted'
is "$(jq -rc 'select(.kind == "spool") | [.segment_format, .cursor_format,
    .holder, .problems]' <<<"$OUT")" '[1,1,0,0]' 'and the versions are said'
is "$(prints)" "$before" 'nothing has been changed'

# An unfinished write: bytes behind the last record.
used=$(python3 -c 'import sys
print(len(open(sys.argv[1], "rb").read().rstrip(b"\0")))' "$segment")
printf 'half a record' | dd of="$segment" bs=1 seek=$((used + 64)) \
    conv=notrunc status=none
spool 0 check
says '^note: segment 2: [0-9]+ bytes at its end are an unfinished write'
spool 1 repair
says '^would do: cut [0-9]+ bytes'
says '^would do: keep the original as 0000000002.seg.before-repair'
says 'nothing was changed'
ok 'and it was not' test ! -e "$segment.before-repair"
spool 0 repair --apply
says '^done: cut [0-9]+ bytes'
says 'the spool is sound'
ok 'the original stays' grep -q 'half a record' "$segment.before-repair"

# A header.
first=$SPOOL/0000000001.seg
cp "$first" "$TMP/first"
printf 'XXXX' | dd of="$first" bs=1 seek=100 conv=notrunc status=none
spool 1 check
says '^problem: segment 1: its header is damaged, its records are not'
spool 1 repair
spool 0 repair --apply
says 'write the header of segment 1 anew, for the records from 1 on'
spool 0 export
is "$(jq -r .record.seq <<<"$OUT" | xargs)" '1 2 3 4 5 6 7 8' \
    'every record is there'

# A cursor, and the state.
cp "$SPOOL/cursor-file" "$TMP/cursor"
head -c 8192 /dev/zero >"$SPOOL/cursor-file"
rm -f "$STATE"/state.db-*
cp "$STATE/state.db" "$TMP/state.saved"
head -c 8192 /dev/urandom >"$STATE/state.db"
spool 1 check
says '^problem: sink file: its cursor is damaged'
says '^problem: .*state.db: .*made? again|makes it again'
cp "$TMP/cursor" "$SPOOL/cursor-file"
cp "$TMP/state.saved" "$STATE/state.db"

# A record in the middle, which the disk has lost.
python3 - "$first" <<'EOP'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[data.index(b"two")] ^= 1
open(sys.argv[1], "wb").write(data)
EOP
spool 1 check
says '^problem: segment 1: 1 records cannot be read'
spool 1 export
is "$(jq -r .record.seq <<<"$OUT" | xargs)" '1 3 4 5 6 7 8' \
    'all others can be exported'
ok 'and it is said that one cannot' grep -q '1 records could not' "$TMP/err"
spool 1 repair --apply
says '^problem: segment 1: 1 records cannot be read'
cp "$TMP/first" "$first"

# A newer format.
cp "$segment" "$TMP/segment"
printf '\143' | dd of="$segment" bs=1 seek=8 conv=notrunc status=none
spool 2 check
says 'segment 2 was written by a newer version'
spool 2 export
cp "$TMP/segment" "$segment"

start_trawld "$CONF"
is "$(post "$address" "$(payload seven)")" 200 'the daemon goes on'
wait_for "$PATIENCE" 'and delivers' has_key DriveFailure 7
spool 0 check
end_story
