#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# A fleet written as ranges in an included file, watched with trawlctl; a
# reload that adds and removes BMCs touches no other; and trawlctl says what
# is wrong, and that nobody is there to ask.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

CTL=${TRAWLCTL:-$BUILD/trawlctl}
listen=$(free_port) port=$(free_port)
start_bmcsim --bmcs 4 --listen "127.0.7.0:$port" --address-per-bmc
mkdir "$TMP/fleet"

# fleet RANGE: the included file.
fleet()
{
    cat >"$TMP/fleet/all.yaml" <<EOC
bmcs:
  - name: "bmc00[$1]"
    url: "http://127.0.7.[$1]:$port"
    labels: {slot: "slot {1}"}
EOC
}

# ctl STATUS ARGUMENT...: runs it; OUT is what it printed.
ctl()
{
    local want=$1 got=0
    shift
    OUT=$("$CTL" "$@" --socket "$TMP/control.sock" 2>"$TMP/err") || got=$?
    is "$got" "$want" "trawlctl $* ends with $want" || diag "$(<"$TMP/err")"
}

# well: all is, as scripts ask it.
well()
{
    "$CTL" status --socket "$TMP/control.sock"
}

state_is()
{
    [[ $("$CTL" bmcs "$1" --json --socket "$TMP/control.sock" |
        jq -r .state) == "$2" ]]
}

write_conf <<EOC
include: fleet/*.yaml
listen: [{address: "127.0.0.1:$listen"}]
public_url: http://127.0.0.1:$listen
bmc_defaults: {receive: webhook}
EOC
fleet 1-3
start_trawld "$CONF"
wait_for "$PATIENCE" 'all is well' well
for bmc in bmc001 bmc002 bmc003; do
    wait_for "$PATIENCE" "$bmc is subscribed" \
        about_is $bmc '.subscriptions | length' 1
done
for bmc in bmc001 bmc002 bmc003; do
    wait_for "$PATIENCE" "$bmc is proved" logs "$bmc: a test event arrived"
done
emit bmc003 5
wait_for "$PATIENCE" 'events arrive' all_arrived
is "$(events '.bmc.labels.slot' | sort -u)" '"slot 3"' \
    'with the label of their range'

ctl 0 bmcs
is "$(wc -l <<<"$OUT")" 4 'a line for each, and a heading'
like "$OUT" 'bmc003  listening  webhook .* 6 ' 'with state, way and records'
ctl 0 bmcs bmc003
like "$OUT" 'last event +20' 'of one, all that is known'
ctl 0 bmcs 'bmc00*' --state listening --json
is "$(jq -r .name <<<"$OUT" | xargs)" 'bmc001 bmc002 bmc003' 'for scripts'
ctl 1 bmcs bmc009
like "$(<"$TMP/err")" 'no BMC has the name bmc009' 'an unknown name is told'
ctl 0 status
like "$OUT" 'bmcs +all 3, listening 3' 'the fleet in short'
like "$OUT" 'All is well' 'and that all is well'
ctl 0 status --json
is "$(jq -c '[.well, .bmcs.listening, .sinks[0].name, .sinks[0].backlog]' \
    <<<"$OUT")" '[true,3,"file",0]' 'the same for scripts'

# ---- A reload touches those that come and go
kept()
{
    for bmc in bmc002 bmc003; do
        about $bmc '[.load.kinds.root.GET, .subscriptions[].id] | @json'
    done
}
before=$(kept)
fleet 2-4
reload_trawld
wait_for "$PATIENCE" 'the new BMC is subscribed' \
    about_is bmc004 '.subscriptions | length' 1
is "$(kept)" "$before" 'nobody else was asked anything'
wait_for "$PATIENCE" 'the one that left has no subscription any more' \
    about_is bmc001 '.subscriptions | length' 0
emit bmc004 1
emit bmc002 1
wait_for "$PATIENCE" 'old and new ones are heard' has_events 2 \
    'select(.bmc.name == "bmc002" or .bmc.name == "bmc004")'
ctl 1 bmcs bmc001

# ---- All of it stands in the manual
# documented COMMAND...: each member of the JSON that it prints
documented()
{
    local key text
    text=$(sed -n '/^\.SS bmcs/,/^\.SS subs/p; /^\.SH JSON/,/^\.SH FILES/p' \
        "$TOP/packaging/man/trawlctl.8")
    ctl 0 "$@" --json
    while read -r key; do
        grep -qw -- "$key" <<<"$text" || printf '%s ' "$key"
    done < <(jq -r 'del(.labels) | paths[] | strings' <<<"$OUT" | sort -u)
}
for command in status bmcs subscriptions 'test --all'; do
    # shellcheck disable=SC2086
    is "$(documented $command | grep -v '^ok ')" '' \
        "of trawlctl $command no member is missing there"
done

# ---- Something is wrong
fleet 2-x
reload_trawld
wait_for "$PATIENCE" 'a range with a mistake is refused' \
    metric_at_least trawl_reload_errors_total '' 1
ok 'by file, line and column' logs "fleet/all.yaml:2:[0-9]*: bmcs.bmc00"
ctl 1 status
like "$OUT" 'Needs attention:.*the last reload was refused.*all\.yaml:2:[0-9]+: ' \
    'and status says so, and where'
fleet 2-4
reload_trawld
wait_for "$PATIENCE" 'mended' well

write_conf <<EOC
include: fleet/*.yaml
listen: [{address: "127.0.0.1:$listen"}]
public_url: http://127.0.0.1:$listen
bmc_defaults: {receive: webhook}
bmcs: [{name: nobody, url: "http://127.0.7.99:$port"}]
sinks:
  file: {type: file, path: $EVENTS}
  gone: {type: syslog, address: "tcp://127.0.0.1:$(free_port)"}
routes: [{match: {registry: Trawl}, to: file}, {to: [file, gone]}]
EOC
reload_trawld
wait_for "$PATIENCE" 'a BMC that is not there is silent' state_is nobody silent
emit bmc002 3 '"first": 10'
sink_is_down()
{
    "$CTL" status --json --socket "$TMP/control.sock" |
        jq -e '.sinks[] | select(.name == "gone") |
            .state == "down" and .backlog > 0'
}
wait_for "$PATIENCE" 'a sink that is not there is down' sink_is_down
ctl 1 status
like "$OUT" 'Needs attention:.*nobody .does not answer' 'the BMC is named'
like "$OUT" 'Needs attention:.*sink gone is down' 'and the sink'
like "$OUT" 'spool +ok, [1-9][0-9.]* [KM]*i*B of' 'what waits is counted'
ctl 0 bmcs --state silent
is "$(awk 'NR > 1 {print $1}' <<<"$OUT")" nobody 'the silent ones'
assert_conservation --undrained
ok 'trawld ends cleanly' stop_trawld
ctl 2 status
like "$(<"$TMP/err")" 'is trawld running' 'and what may be the reason'
ctl 1 bmcs
done_testing
