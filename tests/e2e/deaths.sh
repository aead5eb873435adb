# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# For stories in which trawld dies while events flow, to source after flow.sh:
#
#     start_flow [RATE]      six BMCs: four post, two stream, RATE events a
#                            second each; before it, $TMP/trawl.yaml is written
#                            with `dying_conf; cat <<CONF ... sinks, routes`
#     launch_trawld [NAME=VALUE...]   starts it and does not wait
#     end_flow               the last one lives: all is answered and delivered
#     assert_file            $TMP/events.jsonl has it all, in whole lines
#     assert_journal         the journal has it all
#     read_syslog VIA        what rsyslogd got that way, into $TMP/lines
#     assert_all SINK        so has SINK: $TMP/lines, as assert_arrived reads them

# An event that a stream brings is never answered, so the ring is large enough
# for whatever was not stored to be asked for again.
start_dying_fleet()
{
    start_fleet 6 --set sse_ring=1000000 "$@"
}

dying_conf()
{
    conf | sed '/name: bmc00[56]/ s/}$/, receive: sse}/'
}

has_records()
{
    metric_at_least trawl_bmc_records_total "bmc=\"$1\"" "${2:-1}"
}

# A stream can be taken up again only after an event that was stored.
start_flow()
{
    local bmc
    start_trawld "$TMP/trawl.yaml"
    wait_for_subscriptions
    emit_all 1000000 "${1:-100}"
    for bmc in bmc005 bmc006; do
        wait_for "$PATIENCE" "$bmc streams" has_records $bmc
    done
}

# Sets TRAWLD_PID.
launch_trawld()
{
    spawn "$TMP/trawld.log" env "$@" "$TRAWLD" -c "$TMP/trawl.yaml"
    TRAWLD_PID=$!
}

streamed_to_the_end()
{
    local bmc last
    for bmc in bmc005 bmc006; do
        last=$(simctl "bmcs/$bmc/ledger" | tail -n 1 | jq -r .event_id)
        grep -q "\"name\":\"$bmc\".*\"event_id\":\"$last\"" \
            "$TMP/events.jsonl" || return 1
    done
}

end_flow()
{
    local bmc
    start_trawld "$TMP/trawl.yaml"
    for bmc in bmc001 bmc002 bmc003 bmc004; do
        wait_for "$PATIENCE" "after the last start, $bmc posts again" \
            has_records $bmc
    done
    simctl stop '{}' >/dev/null
    wait_for_acks
    wait_for "$PATIENCE" 'the streams are read to their ends' \
        streamed_to_the_end
    assert_conservation
}

assert_streams()
{
    is "$(awk '/^bmc00[56]/ && !seen[$1, $2]++' | wc -l)" \
        "$(ledger | jq -r 'select(.bmc > "bmc004") | .bmc' | wc -l)" "$1"
}

# assert_all SINK: it has what was answered, and what was streamed.
assert_all()
{
    assert_arrived "$1" <"$TMP/lines"
    assert_streams "$1 has every event of the streams" <"$TMP/lines"
}

assert_file()
{
    ok 'no line of the file is broken' jq -e . "$TMP/events.jsonl"
    is "$(tail -c 1 "$TMP/events.jsonl" | od -An -c | tr -d ' ')" '\n' \
        'and the last one is whole'
    json_lines "$TMP/events.jsonl" >"$TMP/lines"
    assert_all 'the file'
}

# Acknowledged means read by journald, which may yet be writing.
read_journal()
{
    journal_entries SYSLOG_IDENTIFIER=redfish --output-fields=\
REDFISH_BMC,REDFISH_EVENT_ID,REDFISH_ID,REDFISH_MESSAGE_KEY | jq -r '
        select(.REDFISH_EVENT_ID and .REDFISH_MESSAGE_KEY) | "\(.REDFISH_BMC) \(.REDFISH_EVENT_ID) \(.REDFISH_ID)"' >"$TMP/lines"
    arrived <"$TMP/lines"
}

assert_journal()
{
    until_true "$PATIENCE" read_journal
    assert_all 'the journal'
}

# read_syslog VIA: what rsyslogd has in its file.
read_syslog()
{
    jq -r "select(.via == \"$1\") |
        [.host, (.sd | capture(\"eventId=\\\"(?<e>[^\\\"]*)\\\"\").e),
        (.sd | capture(\" id=\\\"(?<i>[^\\\"]*)\\\"\").i)] | join(\" \")" \
        "$RSYSLOG_FILE" >"$TMP/lines"
    arrived <"$TMP/lines"
}
