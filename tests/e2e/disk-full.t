#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A disk that is full: at the spool, BMCs are asked to wait and go on when
# there is space again; at the file sink, lines are whole or not there, and all
# of them are there in the end. The disks are small file systems in memory.
. "${0%/*}/lib.sh"
need jq
. "$TOP/tests/e2e/flow.sh"
# small_disk PATH SIZE: mounted in a namespace of this story's own.
if [[ -z ${DISK_FULL_INSIDE-} ]]; then
    options=-m
    [[ $(id -u) == 0 ]] || options=-Urm
    unshare $options true 2>/dev/null || skip_all 'unshare is not allowed'
    export DISK_FULL_INSIDE=yes TRAWL_TEST_TMP=$TMP
    tap_planned=yes
    unshare $options "$0" "$@"
    exit
fi
small_disk()
{
    mkdir -p "$1"
    mount -t tmpfs -o "size=$2" tmpfs "$1" || skip_all 'mount is not allowed'
}

blob=$(head -c 300000 /dev/urandom | base64 -w 0)
emit_large()
{
    printf '{"count": %d, "event": {"MessageId": "Story.1.0.Large",
        "Message": "large", "Oem": {"Big": "%s"}}}' "$2" "$blob" >"$TMP/large"
    simctl "bmcs/$1/emit" "@$TMP/large" >/dev/null
}

small_disk "$TMP/state" 200M
small_disk "$TMP/out" 2M
fallocate -l 60M "$TMP/state/filler"
fallocate -l 1500K "$TMP/out/filler"
start_fleet 2
{
    conf
    cat <<CONF
sinks:
  lines: {type: file, path: $TMP/events.jsonl}
  small: {type: file, path: $TMP/out/events.jsonl}
  away: {type: file, path: $TMP/away/events.jsonl}
routes:
  - {match: {registry: Story}, to: [away]}
  - {to: [lines, small]}
CONF
} >"$TMP/trawl.yaml"
start_trawld "$TMP/trawl.yaml"
wait_for_subscriptions

# ---- The file sink's disk ----------------------------------------------------------
is_down()
{
    metric_is trawl_sink_up 'sink="small"' 0
}
emit_all 500
wait_for_acks
wait_for "$PATIENCE" "the file sink's disk is full" is_down
wait_for "$PATIENCE" 'SinkUnreachable is said' \
    has_said SinkUnreachable "$TMP/events.jsonl"
like "$(jq -r 'select(.key == "SinkUnreachable") | .message' \
    "$TMP/events.jsonl")" 'No space left' 'with the cause'
ok 'what is in the file is whole lines' jq -e . "$TMP/out/events.jsonl"
is "$(tail -c 1 "$TMP/out/events.jsonl" | od -An -c | tr -d ' ')" '\n' \
    'to its end'
assert_conservation --undrained
rm "$TMP/out/filler"
wait_for "$PATIENCE" 'there is space again: all is written' is_drained
ok 'in whole lines' jq -e . "$TMP/out/events.jsonl"
json_lines "$TMP/out/events.jsonl" >"$TMP/lines"
assert_arrived 'the file' <"$TMP/lines"

# ---- The spool's disk ---------------------------------------------------------------
emit_large bmc001 250
emit_large bmc002 250
is_pushed_back()
{
    (($(simctl status | jq '[.bmcs[].counters.statuses["503"] // 0] | max') > 0))
}
wait_for "$PATIENCE" "the spool's disk is full: BMCs get 503" is_pushed_back
like "$(grep '<3>the spool' "$TMP/trawld.log")" 'No space left' 'the log says why'
acked=$(acked_count)
answers_go_on()
{
    (($(acked_count) > acked))
}
rm "$TMP/state/filler"
wait_for "$PATIENCE" 'there is space again: BMCs are answered' answers_go_on
mkdir "$TMP/away"
wait_for_acks
wait_for "$PATIENCE" 'and all is delivered' is_drained
json_lines "$TMP/events.jsonl" "$TMP/away/events.jsonl" >"$TMP/lines"
assert_arrived 'a file' <"$TMP/lines"

assert_conservation
ok 'trawld ends cleanly' stop_trawld
done_testing
