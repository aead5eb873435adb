#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A spool that is full, since a sink is away. It pushes back: webhooks get 503
# with Retry-After, streams are not read, and once the sink is back nothing
# that was answered is missing. With `when_full: skip` the dead sink is passed
# over, and no other one notices.
. "${0%/*}/lib.sh"
need jq
. "$TOP/tests/e2e/flow.sh"
SPOOL_SIZE=192MiB

# Events of 400 KiB, so that some hundred fill the spool.
blob=$(head -c 300000 /dev/urandom | base64 -w 0)
emit_large()
{
    printf '{"count": %d, "event": {"MessageId": "Story.1.0.Large",
        "Message": "large", "Oem": {"Big": "%s"}}}' "$2" "$blob" >"$TMP/large"
    simctl "bmcs/$1/emit" "@$TMP/large" >/dev/null
}

# The story itself posts as bmc001, which sends no secret of its own.
start_fleet 3 --set sse_ring=100000 --set sse_buffer=268435456 \
    --set http_headers=none
{
    conf | sed '/name: bmc003/ s/}$/, receive: sse}/'
    cat <<CONF
sinks:
  away: {type: file, path: $TMP/away/events.jsonl}
routes:
  - {to: [away]}
CONF
} >"$TMP/trawl.yaml"
start_trawld "$TMP/trawl.yaml"
wait_for_subscriptions

# ---- Held ------------------------------------------------------------------------
emit_large bmc001 300
emit_large bmc002 300
is_pushed_back()
{
    (($(simctl status | jq '[.bmcs[].counters.statuses["503"] // 0] | max') > 0))
}
wait_for "$PATIENCE" 'a full spool: BMCs are pushed back' is_pushed_back
is "$(metric trawl_spool_state)" 1 'and /metrics says why'
emit_large bmc003 100
destination=$(simctl bmcs/bmc001 | jq -r '.subscriptions[0].destination')
curl -s -D "$TMP/head" -o "$TMP/body" --cacert "$CERTS/ca.crt" -d '{}' \
    "$destination"
like "$(<"$TMP/head")" '503.*Retry-After: [0-9]+' 'with 503 and Retry-After'
like "$(jq -r '.error."@Message.ExtendedInfo"[0].MessageId' "$TMP/body")" \
    '^Base\.' 'and a Redfish error'

# say: one and the same event, as a BMC sends it again and again.
say()
{
    curl -s -o "$TMP/body" -w '%{http_code}' --cacert "$CERTS/ca.crt" -d '{
        "@odata.type": "#Event.v1_7_0.Event", "Id": "1", "Name": "Event",
        "Events": [{"EventType": "Alert", "EventId": "said-again",
        "MemberId": "0", "MessageId": "StorageDevice.1.5.DriveFailure",
        "MessageArgs": ["Bay 1"], "EventTimestamp": "'"$said_at"'",
        "OriginOfCondition": {"@odata.id": "/redfish/v1/Drive"}}]}' \
        "$destination"
}
said_at=$(date -u +%FT%TZ)
is "$(say)" 503 'an event is refused'
received=$(metric trawl_records_received_total)
ok 'no more than fits was taken' test "$received" -lt 600
is "$(metric trawl_sink_backlog 'sink="away"')" \
    "$(metric trawl_records_forwarded_total)" \
    'and all of it waits for the sink'
streamed=$(metric trawl_bmc_records_total 'bmc="bmc003"')
ok "the stream is not read ($streamed)" test "$streamed" -lt 50
assert_conservation --undrained

mkdir "$TMP/away"
reload_trawld
wait_for_acks
file_has_all()
{
    (($(grep -c '"name":"bmc003"' "$TMP/away/events.jsonl") >= 100))
}
wait_for "$PATIENCE" 'the sink is back: the stream is read to its end' \
    file_has_all
wait_for "$PATIENCE" 'and the spool drains' is_drained
is "$(metric trawl_spool_state)" 0 'it takes events again'
is "$(say) $(say)" '200 200' 'sent again it is taken, and a third time'
wait_for "$PATIENCE" 'which is known for the same' \
    metric_is trawl_records_suppressed_total 'reason="duplicate"' 1
wait_for "$PATIENCE" 'the spool drains' is_drained
is "$(jq -r 'select(.event_id == "said-again") | .condition.state' \
    "$TMP/away/events.jsonl")" raised 'it arrives exactly once'
json_lines "$TMP/away/events.jsonl" | grep -v said-again >"$TMP/lines"
assert_arrived 'the file' <"$TMP/lines"
is "$(grep '^bmc003' "$TMP/lines" | sort -u | wc -l)" 100 \
    'as well as all of the stream'
assert_conservation

# ---- Skipped ---------------------------------------------------------------------
sed -i -e "s|^  away:.*|  away: {type: file, path: $TMP/gone/events.jsonl, \
when_full: skip}\n  lines: {type: file, path: $TMP/events.jsonl}|" \
    -e 's/to: \[away\]/to: [away, lines]/' "$TMP/trawl.yaml"
reload_trawld
wait_for "$PATIENCE" 'a sink that may be skipped is away' \
    metric_is trawl_sink_up 'sink="away"' 0
for bmc in bmc001 bmc002 bmc003; do
    emit_large $bmc 200
done
is_skipped()
{
    metric_at_least trawl_sink_skipped_total 'sink="away"' 1
}
wait_for "$PATIENCE" 'the full spool skips what it holds back' is_skipped
wait_for_acks
wait_for "$PATIENCE" 'EventsSkipped is said' \
    has_said EventsSkipped "$TMP/events.jsonl"
lines_has_all()
{
    (($(grep -c '"name":"bmc003"' "$TMP/events.jsonl") >= 200))
}
wait_for "$PATIENCE" 'the other sink gets all of the stream' lines_has_all
is "$(metric trawl_sink_skipped_total 'sink="lines"')" 0 \
    'and nothing of it was skipped'
is "$(json_lines "$TMP/events.jsonl" | grep '^bmc00[12]' | sort -u | wc -l)" \
    400 'nor of the webhooks'
mkdir "$TMP/gone"
wait_for "$PATIENCE" 'the sink is back' metric_is trawl_sink_up 'sink="away"' 1
assert_conservation
diag "skipped: $(metric trawl_sink_skipped_total 'sink="away"')"
ok 'trawld ends cleanly' stop_trawld
done_testing
