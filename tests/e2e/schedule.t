#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A long schedule of faults, one or several at a time, drawn at random: posts
# cut off, requests answered late, with 503 or with garbage, passwords and
# certificates changed for a while, a name that does not resolve, connections
# that are half open, bodies cut short, reboots that forget, logs cleared, sinks
# that hang, reloads, kill -9. Twelve BMCs of as many kinds go on reporting all
# the while. In the end every event that happened is there, by one id each.
#
# SCHEDULE is how many seconds it lasts, SEED repeats one, RATE is that of each
# BMC, in events a second.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"
need openssl unshare
make_certs
SCHEDULE=${SCHEDULE:-30}
SEED=${SEED:-$((RANDOM + 1))}
RATE=${RATE:-2}
SETTLE=${SETTLE:-240}
REQUESTS=6

# ---- The fleet: seven behind a login and TLS, five that can be frozen at once

port=$(free_port)
sink_port=$(free_port)
jq -n --arg cert "$CERTS/server.crt" --arg key "$CERTS/server.key" \
    --arg ca "$CERTS/ca.crt" '
    {keep: {retry_policy: "RetryForever", retry_interval_ms: 300,
        timeout_ms: 5000, ca: $ca, verify: true, sse_ring: 100}} |
    .keep + {tls: true, certificate: $cert, key: $key, username: "root",
        password: "0penBmc", lockout_after: 3} as $login |
    {defaults: $login, bmcs: [
        {name: "idrac", dialect: "dell-idrac9", sse: false},
        {name: "ilo", dialect: "hpe-ilo7", queue: 100},
        {name: "ami", dialect: "ami"},
        {name: "xcc", dialect: "lenovo-xcc"},
        {name: "smc", dialect: "supermicro"},
        {name: "stream"},
        {name: "bmcweb", dialect: "openbmc"}]}' >"$TMP/guarded.json"
jq '{defaults: (.defaults | .tls = false | .username = ""), bmcs: [
        {name: "named"},
        {name: "lenovo", dialect: "lenovo"},
        {name: "hgx", dialect: "nvidia", sse: false},
        {name: "gen10", dialect: "hpe"},
        {name: "polled", dialect: "dell"}]}' "$TMP/guarded.json" \
    >"$TMP/open.json"

declare -A sim way
start_sim()
{
    start_bmcsim --quiet --config "$TMP/$1.json"
    cp "$BMCSIM_PORTS" "$TMP/$1.ports"
}
start_sim guarded
start_sim open
open_pid=$BMCSIM_PID
guarded=(idrac ilo ami xcc smc stream bmcweb)
open=(named lenovo hgx gen10 polled)
for bmc in "${guarded[@]}"; do sim[$bmc]=guarded; done
for bmc in "${open[@]}"; do sim[$bmc]=open; done
bmcs=("${guarded[@]}" "${open[@]}")
for bmc in "${bmcs[@]}"; do way[$bmc]=auto; done
way[smc]=poll way[polled]=poll way[idrac]=webhook way[hgx]=webhook

# tell_bmc BMC PATH [JSON]: of whichever of the two it is.
tell_bmc()
{
    BMCSIM_PORTS=$TMP/${sim[$1]}.ports tell "bmcs/$1/$2" "${@:3}"
}

url_of()
{
    BMCSIM_PORTS=$TMP/${sim[$1]}.ports bmc_url "$1"
}

# ---- The collector, whose names are of our making where that can be done

hosts=$TMP/hosts
named=schedule.example
name_it()
{
    printf '127.0.0.1 localhost %s\n' "$1" >"$hosts"
}
name_it "$named"
enter=(unshare --mount)
((EUID == 0)) || enter=(unshare --map-root-user --mount)
# shellcheck disable=SC2016
enter+=(sh -c 'mount --bind "$0" /etc/hosts && exec "$@"' "$hosts")
if ! "${enter[@]}" getent hosts "$named" >/dev/null 2>&1; then
    diag 'no mount namespace of our own: names resolve all the time'
    enter=() named=127.0.0.1
fi

(umask 077 && printf '0penBmc\n' >"$TMP/password")
list_bmcs()
{
    local bmc url login
    for bmc in "${bmcs[@]}"; do
        url=$(url_of "$bmc") login=
        [[ $bmc != named ]] || url=${url/127.0.0.1/$named}
        [[ ${sim[$bmc]} == open ]] ||
            login=", username: root, password_file: $TMP/password"
        printf '  - {name: %s, url: "%s", receive: %s%s}\n' "$bmc" "$url" \
            "${way[$bmc]}" "$login"
    done
}
write_conf <<EOC
listen:
  - address: "127.0.0.1:$port"
    tls: {certificate: $CERTS/server.crt, key: $CERTS/server.key}
public_url: https://localhost:$port
subscription: {check: 2s}
limits: {bmc_requests: $REQUESTS, sse_idle: 15s}
bmc_defaults: {poll_interval: 2s, tls: {ca: $CERTS/ca.crt}}
bmcs:
$(list_bmcs)
sinks:
  file: {type: file, path: $EVENTS}
  far: {type: syslog, address: "tcp://127.0.0.1:$sink_port", timeout: 5s}
routes: [{to: [file, far]}]
EOC

# A far end that reads lines and forgets them.
spawn "$TMP/far.log" python3 -c '
import socketserver, sys
class Reader(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(65536):
            pass
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
Server(("127.0.0.1", int(sys.argv[1])), Reader).serve_forever()' "$sink_port"
far_pid=$!

lives=0
launch()
{
    spawn "$TMP/trawld.log" ${enter[@]+"${enter[@]}"} "$TRAWLD" -c "$CONF"
    TRAWLD_PID=$!
    lives=$((lives + 1))
    has_started trawld "$TRAWLD_PID" is_ready
}

# ---- What happened, and what came of it

# recorded: "BMC N" of each event that a BMC made.
recorded()
{
    local which
    for which in guarded open; do
        BMCSIM_PORTS=$TMP/$which.ports tell ledger
    done | jq -r 'select(.kind == "event") | .args[0]'
}

# delivered: "BMC N ID RECEIVED SOURCE" of each line of the sink that tells of
# one: the number stands in its arguments, or where a log has none in its text.
delivered()
{
    events 'select(.source != "trawl") | . as $e |
        ((.args // []) + [.message]) | map(select(. != null) |
        capture("(^|[^a-z0-9])(?<who>[a-z0-9]+) (?<n>[0-9]+)(?![0-9])")) |
        map(select(.who == $e.bmc.name)) | .[0] | select(. != null) |
        "\(.who) \(.n) \($e.id) \($e.received) \($e.source)"' | tr -d '"'
}

# verdict: a line for whatever is wrong, and the figures.
verdict()
{
    recorded >"$TMP/recorded"
    delivered >"$TMP/delivered"
    awk '
        NR == FNR { happened[$0]; count++; next }
        {
            event = $1 " " $2
            if (!(event in happened)) { print "nobody sent " $0; bad++ }
            if ($3 in seen) { again++; next }
            seen[$3]
            if (event in id) {
                print "two ids: " $0 " and " id[event]; doubled++
            }
            if ($4 < last[$1]) { print "out of order: " $0; bad++ }
            last[$1] = $4
            id[event] = $3
            by[$5]++
        }
        END {
            for (event in happened)
                if (!(event in id)) { print "lost: " event; lost++ }
            printf "%d events recorded, %d lost, %d with two ids, ", count,
                lost, doubled
            printf "%d lines written again after a kill; ", again
            for (way in by)
                printf "%s %d ", way, by[way]
            print ""
            exit lost + doubled + bad > 0
        }' "$TMP/recorded" "$TMP/delivered"
}

# has_all: nothing is lost so far, whatever else.
has_all()
{
    verdict >"$TMP/verdict"
    ! grep -q '^lost' "$TMP/verdict"
}

# has_all_of BMC: the same of one.
has_all_of()
{
    verdict >"$TMP/verdict"
    ! grep -q "^lost: $1 " "$TMP/verdict"
}

# ---- Faults: a row each; what begins it, and what ends it, of a BMC

declare -A begins=(
    [cut]='behave {"cut":120}'
    [late]='behave {"delay_ms":900}'
    [slow]='behave {"answer_delay_ms":1500}'
    [busy]='behave {"refuse":503,"retry_after_s":2}'
    [refused]='behave {"refuse":403}'
    [hold]='behave {"greeting":"hold","reset_connections":true}'
    [babble]='behave {"greeting":"garbage","reset_connections":true}'
    [garbage]='behave {"answer":"garbage"}'
    [part]='behave {"answer":"part"}'
    [mute]='behave {"answer":"never"}'
    [truncate]='behave {"truncate":90}'
    [stall]='behave {"sse_stall":true}'
    [gone]='behave {"reset_connections":true}'
    [password]='set {"password":"another"}'
    [certificate]="set {\"certificate\":\"$CERTS/rogue-server.crt\",\"key\":\"$CERTS/rogue-server.key\"}"
    [drop]='behave {"drop":20}'
    [reboot]='reboot {"down_ms":1500,"keep_subscriptions":false}'
    [clear]=''
)
declare -A ends=(
    [password]='set {"password":"0penBmc"}'
    [certificate]="set {\"certificate\":\"$CERTS/server.crt\",\"key\":\"$CERTS/server.key\"}"
    [drop]='reboot {"down_ms":500,"keep_subscriptions":false}'
    [reboot]=''
    [clear]=''
)
well='behave {"cut":0,"delay_ms":0,"answer_delay_ms":0,"refuse":0,
    "retry_after_s":0,"greeting":"serve","reset_connections":false,
    "answer":"whole","truncate":0,"sse_stall":false,"drop":0}'

declare -A fault=() # of each BMC that has one
declare -A tally=()
until_ms=() undo=()

now_ms()
{
    printf '%s' $((${EPOCHREALTIME/[^0-9]/} / 1000))
}

# draw N: 0 to N-1 in $drawn, from the seed.
draw()
{
    drawn=$((RANDOM % $1))
}

# chronicle WORD...: what was done, and when, for whoever has to find out why.
chronicle()
{
    printf '%(%T)T.%s %s\n' -1 "${EPOCHREALTIME#*[.,]}" "$*" >>"$TMP/chronicle"
}

order()
{
    [[ -z $2 ]] || chronicle "$1" "$2"
    [[ -z $2 ]] || tell_bmc "$1" "${2%% *}" "${2#* }" >"$TMP/.order" ||
        fail "bmcsim does not take: $2"
}

# later COMMAND...: in one second to five.
later()
{
    draw 4000
    until_ms+=($(($(now_ms) + 1000 + drawn)))
    undo+=("$*")
}

end_fault()
{
    local bmc=$1 kind=${fault[$1]}
    unset "fault[$bmc]"
    order "$bmc" "$well"
    order "$bmc" "${ends[$kind]-}"
}

# A log may be cleared when it holds nothing that is not known.
clear_log()
{
    tell_bmc "$1" stop '{}' >"$TMP/.order"
    if until_true 20 has_all_of "$1"; then
        tell_bmc "$1" log '{"clear":true}' >"$TMP/.order"
        tally[clear]=$((${tally[clear]-0} + 1))
    fi
    go_on "$1"
}

begin_fault()
{
    local bmc=$1 kind=$2
    case $kind in
    password | certificate) [[ ${sim[$bmc]} == guarded ]] || return 0 ;;
    stall) [[ $bmc == stream || $bmc == lenovo || $bmc == named ]] ||
        return 0 ;;
    clear)
        [[ $trouble == no ]] && clear_log "$bmc"
        return 0
        ;;
    esac
    tally[$kind]=$((${tally[$kind]-0} + 1))
    fault[$bmc]=$kind
    order "$bmc" "${begins[$kind]}"
    later end_fault "$bmc"
}

# What befalls all: one at a time.
trouble=no

# is_frozen BMC: it takes no orders.
is_frozen()
{
    [[ $trouble == freeze && ${sim[$1]-} == open ]]
}

end_trouble()
{
    case $trouble in
    kill) launch ;;
    name) name_it "$named" ;;
    far) thaw "$far_pid" ;;
    freeze) thaw "$open_pid" ;;
    esac
    chronicle "end of $trouble"
    trouble=no
}

# A reload while a BMC refuses its password would be the third try of it.
reload()
{
    [[ " ${fault[*]-} " == *" password "* ]] || reload_trawld
}

begin_trouble()
{
    [[ $trouble == no ]] || return 0
    tally[$1]=$((${tally[$1]-0} + 1))
    case $1 in
    reload)
        reload
        return 0
        ;;
    kill) kill_trawld ;;
    name)
        name_it nobody.example
        kill_trawld # who knows the name for a minute
        launch
        ;;
    far) freeze "$far_pid" ;;
    freeze) freeze "$open_pid" ;;
    esac
    chronicle "$1"
    trouble=$1
    later end_trouble
}

declare -A count=()
go_on()
{
    count[$1]=$((${count[$1]-0} + 1))
    tell_bmc "$1" emit '{"event": {"Severity": "Warning",
        "MessageId": "StorageDevice.1.1.DriveFailure",
        "MessageArgs": ["{bmc} {n}"]}, "count": 1000000, "rate": '"$RATE"',
        "first": '"${count[$1]}000001}" >"$TMP/.emitted"
}

end_what_is_due()
{
    local i now
    now=$(now_ms)
    for i in "${!undo[@]}"; do
        ((until_ms[i] <= ${1:-now})) || continue
        is_frozen "${undo[i]#end_fault }" && continue
        ${undo[i]}
        unset "undo[i]" "until_ms[i]"
    done
}

kinds=("${!begins[@]}")
mapfile -t kinds < <(printf '%s\n' "${kinds[@]}" | sort)
troubles=(reload kill far freeze name kill)
[[ ${enter[*]-} ]] || troubles=(reload kill far freeze kill)
next_fault()
{
    local bmc kind
    draw 8
    if ((drawn == 0)); then
        draw ${#troubles[@]}
        begin_trouble "${troubles[drawn]}"
        return
    fi
    draw ${#bmcs[@]}
    bmc=${bmcs[drawn]}
    draw ${#kinds[@]}
    kind=${kinds[drawn]}
    [[ ${fault[$bmc]-} ]] || is_frozen "$bmc" || ((${#fault[@]} >= 4)) ||
        begin_fault "$bmc" "$kind"
}

diag_lines()
{
    sed 's/^/#   /'
}

# ---- The play

all_listen()
{
    local bmc
    for bmc in "${bmcs[@]}"; do
        [[ ${way[$bmc]} == poll ||
            $(tell_bmc "$bmc" '' | jq '(.subscriptions | length) +
                .sse_clients') != 0 ]] || return 1
    done
    (($(count_logged 'are followed from here on') >= ${#bmcs[@]}))
}

launch
wait_for "$PATIENCE" 'all are listened to, and their logs are known' all_listen
for bmc in "${bmcs[@]}"; do
    go_on "$bmc"
done
RANDOM=$SEED
end=$(($(now_ms) + SCHEDULE * 1000))
while (($(now_ms) < end)); do
    end_what_is_due
    next_fault
    draw 400
    sleep "0.$(printf %03d $((drawn + 100)))"
done
end_what_is_due $((end + 60000))
end_what_is_due $((end + 60000)) # of those that were frozen
for bmc in "${bmcs[@]}"; do
    tell_bmc "$bmc" stop '{}' >"$TMP/.stop"
done
pass 'the schedule is over'

# ---- What must be so
reload_trawld
until_true "$SETTLE" has_all
said=$(verdict)
is "$(head -n -1 <<<"$said" | head -n 20)" '' \
    'every event that happened is there, by one id, in order'
# What is known of the BMC that the first of them is about.
[[ $said != *$'\n'* ]] || {
    bmc=$(awk 'NR == 1 { print $2 == "ids:" ? $3 : $2 }' <<<"$said")
    diag "---- what befell $bmc"
    grep -E " ($bmc|kill|far|freeze|name|end of) ?" "$TMP/chronicle" |
        tail -n 30 | tr -s ' \n' | diag_lines
    diag '---- and what happened there'
    tell_bmc "$bmc" ledger | grep -F "$(awk 'NR == 1 {
        print "\"" ($2 == "ids:" ? $3 " " $4 : $2 " " $3) "\"" }' \
        <<<"$said")" | diag_lines
    diag '---- and what the daemon said of it'
    grep -E ">($bmc:|ready)" "$TMP/trawld.log" | tail -n 30 | diag_lines
}
locked=0 most=0
for which in guarded open; do
    status=$(BMCSIM_PORTS=$TMP/$which.ports tell status)
    locked=$((locked + $(jq .totals.locked_out <<<"$status")))
    most=$((most + $(jq .load.most <<<"$status")))
done
is "$locked" 0 'no account was locked'
# Those of one that was killed may be under way yet, when the next one asks.
ok 'no more requests at a time than there may be' \
    test "$most" -le $((2 * REQUESTS))
diag "SEED=$SEED, $SCHEDULE s, $lives lives of the daemon, at most $most" \
    "requests at a time"
diag "faults: $(for kind in "${!tally[@]}"; do
    printf '%s %d, ' "$kind" "${tally[$kind]}"
done)"
diag "${said##*$'\n'}"
end_story
