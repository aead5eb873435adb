#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: crash
#
# trawld dies at every place that has a name (util/crash.h), in the order of an
# event's way, while events flow: as a killed process does, as a machine does
# whose power fails (what was written and not synced is gone), and the same
# with a random part of it gone. All three on one spool, one death after the
# other; then nothing that was answered is missing.
. "${0%/*}/lib.sh"
need jq
. "$TOP/tests/e2e/flow.sh"
. "$TOP/tests/e2e/deaths.sh"
. "$TOP/tests/e2e/components/journald.sh"
grep -q TRAWL_CRASH_AT "$TRAWLD" ||
    skip_all "$TRAWLD has no crash points (configure --enable-crash-points)"

# NAME[:COUNT]: the COUNTth time that it gets there, by default one of the first
# ten. A segment is opened and prepared at each start; one that is full costs
# 64 MiB of large events, so a power cut comes there once.
points=(
    append append commit-begin:1 commit-begin commit-written:1 commit-written
    commit-synced:1 commit-synced commit-published:1 commit-published
    answer-begin answer-begin answer-queued answer-queued
    spare-allocated:1 spare-ready:1 segment-opened:1
    cursor-written:1 cursor-written
    quarantine-begin:1 file-unnamed:1 quarantine-written:1
    projector-applied projector-committed:1
    before-unlink:1 after-unlink:1
    seal-written:1
)
rolls=(
    'segment-opened:2' 'spare-allocated:2' 'spare-ready:2'
    'segment-opened:2 TRAWL_POWER_LOSS=all'
)

# Of these the sinks are to have a copy. Asked for when nothing happens any
# more, and once: the large ones are in it whole.
ledger()
{
    [[ -s $TMP/ledger ]] || simctl ledger |
        jq -c 'select(.message_id == "StorageDevice.1.1.DriveFailure") |
            {bmc, event_id, acked}' >"$TMP/ledger"
    cat "$TMP/ledger"
}

# What makes it come there.
provoke()
{
    case $1 in
    quarantine-* | file-unnamed:*)
        simctl bmcs/bmc002/emit '{"raw": "{broken"}' >/dev/null ;;
    *:2)
        simctl bmcs/bmc001/emit "@$TMP/large" >/dev/null ;;
    seal-*)
        until_true "$PATIENCE" has_records bmc001 # else there is nothing to seal
        kill -TERM "$TRAWLD_PID" ;;
    esac
}

# Returns its exit status; 124 if it lives on.
await_death()
{
    until_true "$PATIENCE" has_ended "$TRAWLD_PID" || return 124
    wait "$TRAWLD_PID"
} 2>/dev/null

# die_at POINT [NAME=VALUE]
die_at()
{
    local point=$1
    [[ $point == *:* ]] || point+=:$((RANDOM % 10 + 1))
    launch_trawld "TRAWL_CRASH_AT=$point" "${@:2}"
    provoke "$point"
    await_death
    is $? 137 "it dies at $point${2:+, $2}" || done_testing
}

start_journald
start_dying_fleet
{
    dying_conf | sed '/^spool:/ s/max_size/keep: 1s, max_size/'
    cat <<CONF
sinks:
  lines: {type: file, path: $TMP/events.jsonl}
  journal: {type: journald, socket: $JOURNAL_SOCKET}
routes:
  - {match: {registry: Story}, drop: true}
  - {to: [lines, journal]}
CONF
} >"$TMP/trawl.yaml"
blob=$(head -c 500000 /dev/urandom | base64 -w 0)
printf '{"count": 110, "event": {"MessageId": "Story.1.0.Large",
    "Oem": {"Big": "%s"}}}' "$blob" >"$TMP/large"

start_flow 50
kill_trawld
began=$SECONDS
deaths=0
for power in '' TRAWL_POWER_LOSS=all TRAWL_POWER_LOSS=some; do
    for point in "${points[@]}"; do
        die_at "$point" $power
        deaths=$((deaths + 1))
    done
done
for rolled in "${rolls[@]}"; do
    die_at $rolled
    deaths=$((deaths + 1))
done
took=$((SECONDS - began))
end_flow

is "$(metric trawl_spool_recovery_bad_records)" 0 'no record is damaged'
is "$(metric trawl_quarantine_files)" \
    "$(metric trawl_records_quarantined_total)" \
    'a file for each that could not be read'
is "$(find "$TMP/state/quarantine" -type f ! -name '*.json')" '' \
    'and nothing half done beside them'
assert_journal
journal=$(arrived <"$TMP/lines" | tail -n 1)
assert_file
diag "$deaths deaths in $took s; file: $(arrived <"$TMP/lines" | tail -n 1);" \
    "journal: $journal"
ok 'trawld ends cleanly' stop_trawld
done_testing
