# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the stories about receiving share, on top of lib.sh: one shape of
# configuration, events out of the file sink, requests as a BMC makes them, and
# orders to bmcsim.

STATE=$TMP/state
SPOOL=$STATE/spool
QUARANTINE=$STATE/quarantine
EVENTS=$TMP/events.jsonl
CONF=$TMP/trawl.yaml
need curl jq python3

# write_conf: standard input, with spool and control; and, unless it has sinks
# of its own, with one that gets everything.
write_conf()
{
    local text
    text=$(cat)
    mkdir -p "$STATE"
    touch "$EVENTS"
    [[ $text == *sinks:* ]] || text+="
sinks: {file: {type: file, path: $EVENTS}}
routes: [{to: file}]"
    printf '%s\n' "$text" "spool: {directory: $SPOOL, max_size: 1GiB}" \
        "registries: {directories: [], cache: $STATE/registries}" \
        "control: {socket: $TMP/control.sock, metrics: \"$METRICS\"}" >"$CONF"
}

# events [FILTER [FILE]]: what the file sink has, through jq; a line that is
# being written is left out.
events()
{
    jq -cR "fromjson? | ${1:-.}" "${2:-$EVENTS}"
}

# count_events [FILTER [FILE]]
count_events()
{
    events "$@" | wc -l
}

# of_key KEY: a filter for events of that message key.
of_key()
{
    printf 'select(.key == "%s")' "$1"
}

# has_events N [FILTER [FILE]]: exactly N of them.
has_events()
{
    local wanted=$1
    shift
    [[ $(count_events "$@") == "$wanted" ]]
}

# has_key KEY [N]: N events (1) of that key have arrived.
has_key()
{
    has_events "${2:-1}" "$(of_key "$1")"
}

# has_some KEY: at least one of them.
has_some()
{
    (($(count_events "$(of_key "$1")") > 0))
}

# end_story: how all of them end.
end_story()
{
    assert_conservation
    ok 'trawld ends cleanly' stop_trawld
    done_testing
}

logs()
{
    grep -q -- "$1" "$TMP/trawld.log"
}

# count_logged REGULAR-EXPRESSION
count_logged()
{
    grep -c -- "$1" "$TMP/trawld.log" || :
}

# ---- Requests ---------------------------------------------------------------

# record ARGUMENT: one record of an event, telling itself apart by ARGUMENT.
record()
{
    printf '{"EventType":"Alert","EventId":"%s","Severity":"Critical",' "$1"
    printf '"MessageId":"StorageDevice.1.1.DriveFailure",'
    printf '"EventTimestamp":"%s",' "$(date -u +%FT%TZ)"
    printf '"MessageArgs":["%s"]}' "$1"
}

payload()
{
    local all
    all=$(for argument in "$@"; do record "$argument"; printf ,; done)
    printf '{"@odata.type":"#Event.v1_7_0.Event","Id":"1","Name":"Events",'
    printf '"Events":[%s]}' "${all%,}"
}

# post URL BODY|@FILE [CURL-OPTION...]: prints the status; head and body of the
# answer are left in $TMP/answer.head and $TMP/answer.
post()
{
    local url=$1 body=$2
    shift 2
    rm -f "$TMP/answer" "$TMP/answer.head"
    if [[ $body != @* ]]; then
        printf '%s' "$body" >"$TMP/request"
        body=@$TMP/request
    fi
    curl -s -m "$PATIENCE" --noproxy '*' -o "$TMP/answer" \
        -D "$TMP/answer.head" -w '%{http_code}' -H 'Expect:' \
        -H 'Content-Type: application/json' --data-binary "$body" \
        "$@" "$url" || :
}

# is_whole_answer: the last answer says its length and is a JSON object.
is_whole_answer()
{
    grep -qi "^content-length: *$(stat -c %s "$TMP/answer")"$'\r' \
        "$TMP/answer.head" &&
        grep -qi '^content-type: application/json' "$TMP/answer.head" &&
        jq -e 'type == "object"' "$TMP/answer"
}

# talk PORT TEXT: sends it as it stands, prints what comes back until the far
# end closes, or for a second after it has stopped talking.
talk()
{
    python3 -c 'import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 30)
s.sendall(sys.argv[2].encode())
s.settimeout(float(sys.argv[3]))
try:
    while (piece := s.recv(65536)):
        s.settimeout(1)
        sys.stdout.write(piece.decode())
except OSError:
    pass' "$1" "$2" "$PATIENCE"
}

# ---- bmcsim -----------------------------------------------------------------

# bmc_url [NAME]
bmc_url()
{
    jq -r --arg name "${1:-bmc001}" \
        '.bmcs[] | select(.name == $name).url' "$BMCSIM_PORTS"
}

# tell PATH [JSON]: an order to bmcsim, or a question.
tell()
{
    curl -sf -m "$PATIENCE" --noproxy '*' ${2+-d "$2"} \
        "$(jq -r .control "$BMCSIM_PORTS")/$1"
}

# emit BMC COUNT [ORDER-MEMBER...]: events happen at the BMC, numbered in their
# argument from --first.
emit()
{
    local bmc=$1 count=$2 IFS=,
    shift 2
    tell "bmcs/$bmc/emit" '{"event": {"Severity": "Warning",
        "MessageId": "StorageDevice.1.1.DriveFailure",
        "MessageArgs": ["{bmc} {n}"]}, "count": '"$count${*:+,$*}}" \
        >"$TMP/.emitted" || fail "bmcsim emits events at $bmc"
}

# behave BMC JSON, set_bmc BMC JSON
behave()
{
    tell "bmcs/$1/behave" "$2" >"$TMP/.behave"
}

set_bmc()
{
    tell "bmcs/$1/set" "$2" >"$TMP/.set"
}

# about BMC FILTER: what bmcsim says of it.
about()
{
    tell "bmcs/$1" | jq -r "$2"
}

about_is()
{
    [[ $(about "$1" "$2") == "$3" ]]
}

# ctl STATUS ARGUMENT...: runs $CTL there; OUT is what it printed.
ctl()
{
    local want=$1 got=0
    shift
    OUT=$("$CTL" "$@" --socket "$TMP/control.sock" 2>"$TMP/err") || got=$?
    is "$got" "$want" "trawlctl $* ends with $want" ||
        diag "$OUT" "$(<"$TMP/err")"
}

# happened [BMC]: the arguments of all events that bmcsim made, sorted.
happened()
{
    tell "${1:+bmcs/$1/}ledger" | jq -r '.args[0]' | sort
}

# arrived [BMC]: the same of what the file sink has; each id counts once.
arrived()
{
    local wanted=
    [[ -z ${1-} ]] || wanted="select(.bmc.name == \"$1\") |"
    events "$(of_key DriveFailure) | $wanted .id + \" \" + .args[0]" |
        tr -d '"' | sort -u | cut -d ' ' -f 2- | sort
}

# all_arrived [BMC]: all that BMCs were told to emit has happened, and is there.
all_arrived()
{
    [[ $(tell status | jq .emitting) == 0 &&
        $(arrived "$@") == "$(happened "$@")" ]]
}
