#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# What earlier releases wrote to disk is read by this one: for every folder
# tests/spool-vN the tools see all of its records as they were, and a daemon
# starts on a copy, knows its conditions and books, and delivers the rest.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

CTL=$BUILD/trawlctl
token=an-old-token-of-a-spool-1

# records: what the spool has, in the form of the file that came with it.
records()
{
    "$CTL" events --config "$CONF" --all --json |
        jq -c '[.record.seq, .id, .record.outcome, .record.sinks]'
}

# all_of FILE SINK: the ids that this sink was to get.
all_of()
{
    jq -r --arg sink "$2" \
        'select(.[3] | index($sink)) | .[1]' "$1" | sort
}

# has_all FILE WANTED: it has each of these ids.
has_all()
{
    [[ -z $(comm -13 <(jq -r .id "$1" | sort -u) "$2") ]]
}

# try FOLDER: everything of one release.
try()
{
    local old=$1 name=${1##*/} port books
    port=$(free_port)
    rm -rf "$STATE" "$EVENTS" "$TMP/away"
    mkdir -p "$STATE"
    tar -xzf "$old/state.tar.gz" -C "$STATE" --no-same-owner
    touch "$TMP/away"
    write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
collector: old
bmcs:
  - {name: n1, url: "https://10.0.0.1", receive: passive, token: $token}
sinks:
  file: {type: file, path: $EVENTS}
  away: {type: file, path: $TMP/away}
routes:
  - {match: {registry: Trawl}, to: file}
  - {to: [file, away]}
EOC
    sed -i 's/max_size: 1GiB/&, keep: 36500d/' "$CONF"
    ok "$name: its spool is sound" "$CTL" spool check --config "$CONF"
    is "$(records)" "$(<"$old/records")" "$name: every record is as it was"
    id=$("$CTL" quarantine list --config "$CONF" --json | jq -r .id)
    is "$("$CTL" quarantine show --raw "$id" --config "$CONF")" 'no JSON' \
        "$name: so is what is in quarantine"
    key=$(sha256sum <"$STATE/token.key")
    jq -r '.[1]' "$old/records" | sort >"$TMP/ids"
    all_of "$old/records" away >"$TMP/owed"

    start_trawld "$CONF"
    wait_for "$PATIENCE" "$name: the sink that was away gets the rest" \
        has_all "$TMP/away" "$TMP/owed"
    is "$(events .id | grep -xFf "$TMP/ids")" '' \
        "$name: the one that had it all gets none of it again"
    is "$(sha256sum <"$STATE/token.key")" "$key" "$name: tokens stay"
    ok "$name: it had no trouble" eval '! logs broken && ! logs damaged'
    is "$("$CTL" conditions --socket "$TMP/control.sock" --json |
        jq -r .id | sort | comm -13 - "$old/conditions")" '' \
        "$name: conditions that were open are open"
    is "$(post "http://127.0.0.1:$port/events/$token" "$(payload new)")" 200 \
        "$name: it goes on"
    wait_for "$PATIENCE" "$name: with what is new" has_key DriveFailure
    is "$(records | head -n "$(wc -l <"$old/records")")" \
        "$(<"$old/records")" "$name: and the old records stay"
    assert_conservation
    ok "$name: and ends cleanly" stop_trawld
}

for folder in "$TOP"/tests/spool-v*/; do
    try "${folder%/}"
done
done_testing
