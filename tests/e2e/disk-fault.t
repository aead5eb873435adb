#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: crash
#
# A disk that fails: writes, syncs and the making of files are refused in our
# own I/O wrapper (util/io_fault.h) while events flow. As long as nothing can
# be stored BMCs get 503 and no other answer, SpoolSick and SpoolWell are said,
# and what was answered before and after is there.
. "${0%/*}/lib.sh"
need jq
. "$TOP/tests/e2e/flow.sh"
. "$TOP/tests/e2e/deaths.sh"
grep -q TRAWL_IO_FAULTS "$TRAWLD" ||
    skip_all "$TRAWLD has no faults (configure --enable-crash-points)"

# OPERATION:ERROR:FIRST:COUNT. Tries are at 20 ms, 40 ms, ... up to a second,
# and cursors are synced as well: twelve are some seconds, where six may be over
# before a post of ours was made.
long=(
    sync:EIO:30:12
    write:EIO:30:12
    write:ENOSPC:30:12
    sync:EIO:30:12,write:EIO:40:6,truncate:EIO:1:0,unlink:EIO:1:3
    sync:EIO:20:12,allocate:ENOSPC:2:4,sync-directory:EIO:3:2
)
short=(
    allocate:ENOSPC:1:2 sync-directory:EIO:1:2 unlink:EIO:1:5 truncate:EIO:1:5
    read:EIO:20:3
)
for ((i = 0; i < ${RANDOM_FAULTS:-20}; i++)); do
    short+=("sync:EIO:$((RANDOM % 60 + 1))" "write:EIO:$((RANDOM % 60 + 1))")
done

# The story itself posts as bmc001, which sends no secret of its own.
start_dying_fleet --set http_headers=none
{
    dying_conf | sed '/^spool:/ s/max_size/keep: 1s, max_size/'
    cat <<CONF
sinks:
  lines: {type: file, path: $TMP/events.jsonl}
routes:
  - {to: [lines]}
CONF
} >"$TMP/trawl.yaml"
start_flow 50
kill_trawld

pushed_back()
{
    simctl status | jq '[.bmcs[].counters.statuses["503"] // 0] | add'
}
# A post of our own, without events: refused in the right way.
is_refused()
{
    curl -s -i -m 10 --noproxy '*' --cacert "$CERTS/ca.crt" \
        -d '{"Events": []}' "$destination" >"$TMP/answer"
    grep -q '^HTTP/1.1 503' "$TMP/answer" &&
        grep -qi '^Retry-After: [0-9]' "$TMP/answer"
}
has_said_once_more()
{
    (($(said "$1" "$TMP/events.jsonl") > before))
}

began=$SECONDS
destination=$(simctl bmcs/bmc001 | jq -r '.subscriptions[0].destination')
for fault in "${long[@]}"; do
    before=$(said SpoolWell "$TMP/events.jsonl")
    launch_trawld "TRAWL_IO_FAULTS=$fault"
    wait_for "$PATIENCE" "with $fault a post gets 503, Retry-After" is_refused
    wait_for "$PATIENCE" 'the spool is well again, and it is said' \
        has_said_once_more SpoolWell
    records=$(metric trawl_bmc_records_total 'bmc="bmc001"')
    wait_for "$PATIENCE" 'and are answered again' has_records bmc001 \
        $((records + 1))
    kill_trawld
done
is "$(said SpoolSick "$TMP/events.jsonl")" \
    "$(said SpoolWell "$TMP/events.jsonl")" 'SpoolSick was said each time'
ok 'BMCs got 503 as well' test "$(pushed_back)" -gt 0

for fault in "${short[@]}"; do
    launch_trawld "TRAWL_IO_FAULTS=$fault"
    until_true "$PATIENCE" has_records bmc001 20 ||
        wait_for 1 "with $fault events flow" has_records bmc001 20
    kill_trawld
done
pass "events flow beside each of ${#short[@]} single faults"
took=$((SECONDS - began))
end_flow

is "$(metric trawl_spool_recovery_bad_records)" 0 'no record is damaged'
assert_file
diag "$((${#long[@]} + ${#short[@]})) lives with faults in $took s;" \
    "$(pushed_back) posts answered 503; $(arrived <"$TMP/lines" | tail -n 1)"
ok 'trawld ends cleanly' stop_trawld
done_testing
