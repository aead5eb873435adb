#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# What nobody heard is read from the logs of BMCs: of those that are listened
# to by nothing else, in every vendor's form of a log; after kill -9, after
# logs were cleared and wrapped, with wrong clocks and without any.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

jq -n '{bmcs: [
    {name: "dell", dialect: "dell"},
    {name: "openbmc", dialect: "openbmc"},
    {name: "nvidia", dialect: "nvidia"},
    {name: "lenovo", dialect: "lenovo"},
    {name: "twice", dialect: "lenovo-xcc", https_only: false},
    {name: "smc", dialect: "supermicro"},
    {name: "ami", dialect: "ami"},
    {name: "paged", log_page: 7, log_next: true, log_order: "oldest",
        log_ids: "sequence"},
    {name: "filtered", log_page: 7, log_next: true, log_order: "oldest",
        log_skip: "ignored", log_filter: "supported"},
    {name: "linked", log_members: "links"},
    {name: "small", log_capacity: 400},
    {name: "zero", timestamp: "zero"},
    {name: "clock"},
    {name: "iml", dialect: "hpe-ilo5"}]}' >"$TMP/fleet.json"
start_bmcsim --config "$TMP/fleet.json"
write_conf <<EOC
bmc_defaults: {receive: poll, poll_interval: 1s}
bmcs:
$(jq -r '.bmcs[] | "  - {name: \(.name), url: \"\(.url)\"}"' "$BMCSIM_PORTS")
EOC
mapfile -t fleet < <(jq -r '.bmcs[].name | select(. != "iml")' \
    "$BMCSIM_PORTS")

emit_all()
{
    local bmc
    for bmc in "${fleet[@]}"; do
        emit "$bmc" "$@"
    done
}

# numbers_of BMC: of what came from it, in the order in which it came. A kill
# may have the sink write a line again.
numbers_of()
{
    events "$(of_key DriveFailure) | select(.bmc.name == \"$1\") |
        .id + \" \" + .args[0]" | tr -d '"' |
        awk '!($1 in seen) { seen[$1]; print $NF }'
}

# in_order: what came of each BMC stands in the order in which it happened.
in_order()
{
    local bmc
    for bmc in "${fleet[@]}"; do
        numbers_of "$bmc" | sort -nC || return 1
    done
}

# each_once: no event has two ids, none is there twice.
each_once()
{
    local bmc
    for bmc in "${fleet[@]}"; do
        [[ -z $(numbers_of "$bmc" | sort | uniq -d) ]] || return 1
    done
}

# ids_of FIRST LAST [BMC]: how many ids these events have.
ids_of()
{
    local wanted=
    [[ -z ${3-} ]] || wanted="select(.bmc.name == \"$3\") |"
    events "$(of_key DriveFailure) | $wanted
        select((.args[0] | split(\" \") | .[1] | tonumber) as \$n |
        \$n >= $1 and \$n <= $2) | .id" | sort -u | wc -l
}

# has_all FIRST LAST [BMC]: each of them is there, and by its id.
has_all()
{
    local bmcs=1
    (($# > 2)) || bmcs=${#fleet[@]}
    (($(ids_of "$@") == ($2 - $1 + 1) * bmcs))
}

is_idle()
{
    [[ $(tell status | jq .emitting) == 0 ]]
}

missed_of()
{
    printf '%s | select(.bmc.name == "%s") | .args[0]' \
        "$(of_key EventsMissed)" "$1"
}

# ---- What is in the logs before Trawl is there is not its matter
emit_all 5 '"first": 901'
start_trawld "$CONF"
followed()
{
    (($(count_logged 'are followed from here on') == ${#fleet[@]} + 1))
}
wait_for "$PATIENCE" 'each log is followed from where it ends' followed
is "$(count_events "$(of_key DriveFailure)")" 0 'what is old is not sent'

# ---- What is new
emit_all 20 '"first": 1'
wait_for "$PATIENCE" 'what is new is read' has_all 1 20
ok 'in its order' in_order
is "$(count_events "$(of_key DriveFailure)")" $((20 * ${#fleet[@]})) \
    'each of them once'
is "$(events "$(of_key DriveFailure) | .source" | sort -u)" '"log"' \
    'and it says where from'
is "$(events "$(of_key DriveFailure) | has(\"log_entry\")" | sort -u)" true \
    'and which entry'

# ---- Killed while it goes on
emit_all 300 '"first": 21, "rate": 100'
wait_for "$PATIENCE" 'some of it comes' has_events 1 \
    'select(.args[0] == "openbmc 60")'
kill_trawld
wait_for "$PATIENCE" 'much happens while nobody listens' is_idle
start_trawld "$CONF"
wait_for "$PATIENCE" 'after kill -9 all of it comes' has_all 1 320
ok 'in its order' in_order
ok 'each of them once' each_once
ok 'and no log is new' followed

# ---- Stopped, and without the state: the spool knows as well
ok 'trawld stops' stop_trawld
rm "$STATE"/state.db*
emit_all 20 '"first": 321'
start_trawld "$CONF"
wait_for "$PATIENCE" 'without its state nothing is missing' has_all 1 340
ok 'each of them once' each_once
is "$(count_events "$(of_key EventsMissed)")" 0 'nothing is said to be lost'

# ---- Logs are cleared, and wrap
tell bmcs/dell/log '{"clear": true}' >"$TMP/.log"
tell bmcs/openbmc/log '{"clear": true}' >"$TMP/.log"
emit dell 3 '"first": 341'
emit openbmc 3 '"first": 341'
wait_for "$PATIENCE" 'a log that was cleared is read' has_all 341 343 dell
wait_for "$PATIENCE" 'whatever its Ids are' has_all 341 343 openbmc
wait_for "$PATIENCE" 'and that is said' has_some EventsMissed
like "$(events "$(missed_of dell)")" 'was cleared' 'of the log that it was'
freeze "$TRAWLD_PID"
emit small 600 '"first": 341'
wait_for "$PATIENCE" 'a log wraps' is_idle
thaw "$TRAWLD_PID"
wait_for "$PATIENCE" 'what is left of it is read' has_all 541 940 small
wait_for "$PATIENCE" 'and that is said too' has_events 1 "$(missed_of small)"
like "$(events "$(missed_of small)")" 'overwritten' 'with what happened'

# ---- Clocks
behave clock '{"clock_offset_s": -20000}'
emit clock 3 '"first": 341'
wait_for "$PATIENCE" 'a clock that went back hides nothing' has_all 341 343 \
    clock
behave clock '{"clock_offset_s": 0, "clock_lost_ms": 3000}'
tell bmcs/clock/reboot '{"down_ms": 1}' >"$TMP/.reboot"
emit clock 2 '"first": 344'
wait_for "$PATIENCE" 'nor does one of 1970' has_all 344 345 clock
emit zero 4 '"first": 341'
wait_for "$PATIENCE" 'nor one that never was set' has_all 341 344 zero
is "$(numbers_of clock | tail -n 5 | xargs)" '341 342 343 344 345' \
    'all of it in its order'

behave ami '{"clock_offset_s": -20000}'
ok 'trawld stops' stop_trawld
start_trawld "$CONF"
wait_for "$PATIENCE" 'that a clock is wrong is said' has_events 1 \
    "$(of_key ClockWrong) | select(.bmc.name == \"ami\")"
like "$(events "$(of_key ClockWrong) | select(.bmc.name == \"ami\") |
    .message")" '5 h 33 min behind' 'and by how much'
behave ami '{"clock_offset_s": 0}'
ok 'trawld stops' stop_trawld
start_trawld "$CONF"
wait_for "$PATIENCE" 'and when it is right' has_events 1 \
    "$(of_key ClockRight) | select(.bmc.name == \"ami\")"

# ---- A slow one holds up no other
behave paged '{"answer_delay_ms": 400}'
emit paged 60 '"first": 341'
emit smc 3 '"first": 341'
wait_for "$PATIENCE" 'others go on' has_all 341 343 smc
wait_for "$PATIENCE" 'and the slow one comes' has_all 341 400 paged

# ---- An old entry that is repaired
of_iml()
{
    printf 'select(.bmc.name == "iml" and .condition.state == "%s")' "$1"
}
emit iml 1 '"first": 1'
wait_for "$PATIENCE" 'an entry of two numbers raises a condition' has_events 1 \
    "$(of_iml raised)"
entry=$(events "$(of_iml raised) | .log_entry" | tr -d '"')
tell bmcs/iml/log "{\"log\": \"$(basename "${entry%/Entries/*}")\",
    \"edit\": \"${entry##*/}\",
    \"set\": {\"Oem\": {\"Hpe\": {\"Repaired\": true}}}}" >"$TMP/.log"
wait_for "$PATIENCE" 'and ends it when the BMC marks it as repaired' \
    has_events 1 "$(of_iml cleared)"
is "$(events "$(of_iml cleared) | .condition.clears[0]")" \
    "$(events "$(of_iml raised) | .id")" 'the very same'

# ---- One that is away
tell bmcs/nvidia/reboot '{"down_ms": 3000}' >"$TMP/.reboot"
emit nvidia 5 '"first": 341'
wait_for "$PATIENCE" 'what happened while a BMC was away comes' \
    has_all 341 345 nvidia
ok 'in its order' in_order
ok 'each of them once' each_once
end_story
