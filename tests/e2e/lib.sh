# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What every story of tests/e2e begins with:
#
#     . "${0%/*}/lib.sh"
#
# Gives it TAP, a temporary directory, certificates, ports, the daemon under
# test and the BMCs that it listens to.  The real receivers are in components/,
# a file each, sourced by the stories that want one.
#
# A story runs alone (./tests/e2e/kafka.t, with -v to see all logs) or under
# tests/run.  It waits for conditions (wait_for), never for seconds, and ends
# with assert_conservation and done_testing.  Whatever way it ends, everything
# it started is killed, and on failure the logs are shown.

set -u

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${TRAWL_BUILD:-$TOP/build}
TRAWLD=${TRAWLD:-$BUILD/trawld}
BMCSIM=${BMCSIM:-$BUILD/bmcsim}
export TRAWL_REGISTRY_DIR=${TRAWL_REGISTRY_DIR:-$TOP/registries}
PATH=$PATH:/usr/sbin:/sbin

# A sanitized build, two tests at once and a busy machine: deadlines that a
# healthy run never comes near.
PATIENCE=${PATIENCE:-60}

TMP=${TRAWL_TEST_TMP:-$(mktemp -d "${TMPDIR:-/tmp}/trawl-test.XXXXXX")}
TRAWLD_PID=
BMCSIM_PID=
tap_count=0
tap_failed=0
tap_planned=no
tracked=()
shown_logs=()
verbose=no
[[ ${1-} != -v ]] || verbose=yes

# ---- TAP ------------------------------------------------------------------

diag()
{
    printf '%s\n' "$*" | sed 's/^/# /'
}

pass()
{
    printf 'ok %d - %s\n' $((++tap_count)) "$1"
}

fail()
{
    printf 'not ok %d - %s\n' $((++tap_count)) "$1"
    tap_failed=$((tap_failed + 1))
}

# ok SENTENCE COMMAND...: the command succeeds.  It runs in this shell.
ok()
{
    local sentence=$1 output=$TMP/.ok-output
    shift
    if "$@" >"$output" 2>&1; then
        pass "$sentence"
        return 0
    fi
    fail "$sentence"
    diag "  failed: $*"
    sed 's/^/#   /' "$output"
    return 1
}

# is GOT WANTED SENTENCE
is()
{
    if [[ $1 == "$2" ]]; then
        pass "$3"
        return 0
    fi
    fail "$3"
    diag "  got:    $1"
    diag "  wanted: $2"
    return 1
}

# like GOT REGULAR-EXPRESSION SENTENCE
like()
{
    if [[ $1 =~ $2 ]]; then
        pass "$3"
        return 0
    fi
    fail "$3"
    diag "  got:            $1"
    diag "  does not match: $2"
    return 1
}

# skip_all REASON: ends the story, or what is left of it.
skip_all()
{
    tap_planned=yes
    ((tap_count == 0)) || {
        printf 'ok %d # SKIP %s\n' $((++tap_count)) "$1"
        done_testing
    }
    printf '1..0 # SKIP %s\n' "$1"
    exit 0
}

# need COMMAND...: what this story cannot do without.
need()
{
    local command
    for command in "$@"; do
        type -P "$command" >/dev/null || skip_all "$command is not installed"
    done
}

done_testing()
{
    printf '1..%d\n' "$tap_count"
    tap_planned=yes
    exit $((tap_failed > 0))
}

# ---- Waiting --------------------------------------------------------------

# until_true SECONDS COMMAND...: tries until it succeeds; 1 at the deadline.
until_true()
{
    local deadline=$((SECONDS + $1))
    shift
    while ! "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}

# wait_for SECONDS SENTENCE COMMAND...: the command comes to succeed.  If not,
# the story ends here: what follows would only wait as well.
wait_for()
{
    local seconds=$1 sentence=$2
    shift 2
    if until_true "$seconds" "$@"; then
        pass "$sentence"
        return 0
    fi
    fail "$sentence"
    diag "  not within $seconds s: $*"
    "$@" 2>&1 | tail -n 20 | sed 's/^/#   /'
    done_testing
}

# has_lines FILE N: at least N whole lines are there.
has_lines()
{
    (($(wc -l <"$1") >= $2))
}

# ---- Processes ------------------------------------------------------------

# spawn LOG COMMAND...: starts it, to be killed when the story ends, and leaves
# its process id in $!.  The log is shown if the story fails.
spawn()
{
    local log=$1
    shift
    "$@" >>"$log" 2>&1 </dev/null &
    tracked+=($!)
    [[ " ${shown_logs[*]-} " == *" $log "* ]] || shown_logs+=("$log")
}

is_running()
{
    local stat
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    stat=${stat##*) }
    [[ ${stat:0:1} != Z ]]
}

has_ended()
{
    ! is_running "$1"
}

# has_started NAME PID COMMAND...: the command comes to succeed while the process
# lives; if not, the story ends here.
has_started()
{
    local name=$1 pid=$2 deadline=$((SECONDS + PATIENCE))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if ((SECONDS >= deadline)) || has_ended "$pid"; then
            fail "$name starts"
            done_testing
        fi
        sleep 0.05
    done
}

# end_process PID SIGNAL: sends it, waits, returns the exit status; kills what
# does not end in time and returns 124.
end_process()
{
    local status=0
    kill "-$2" "$1"
    kill -CONT "$1"
    if ! until_true "$PATIENCE" has_ended "$1"; then
        kill -KILL "$1"
        wait "$1"
        return 124
    fi
    wait "$1" || status=$?
    return $status
} 2>/dev/null

# freeze PID, thaw PID: the process is there and does nothing.
freeze()
{
    kill -STOP "$1"
}

thaw()
{
    kill -CONT "$1"
}

# The children of a process and theirs.
descendants()
{
    local child
    for child in $(pgrep -P "$1"); do
        printf '%s\n' "$child"
        descendants "$child"
    done
}

show_logs()
{
    local log
    for log in ${shown_logs[@]+"${shown_logs[@]}"}; do
        [[ -s $log ]] || continue
        diag "---- the end of ${log#"$TMP/"}"
        tail -n 60 "$log" | sed 's/^/#   /'
    done
}

on_exit()
{
    local status=$? all
    trap - EXIT INT TERM HUP
    [[ $tap_planned == yes ]] || diag "the story broke off (status $status)"
    if ((status != 0)) || [[ $verbose == yes ]]; then
        show_logs
    fi
    all="${tracked[*]-} $(descendants $$)"
    exec 2>/dev/null
    # shellcheck disable=SC2086
    kill -KILL $all
    wait
    [[ -n ${TRAWL_KEEP_TMP-} ]] || rm -rf "$TMP"
    exit "$status"
}
trap on_exit EXIT
trap 'exit 143' INT TERM HUP

# ---- Ports and certificates -----------------------------------------------

# free_port: a TCP port that nobody listens on, from below those that the
# kernel gives to outgoing connections.
free_port()
{
    local port
    while port=$((10000 + (RANDOM * 32768 + RANDOM) % 22000)); do
        [[ -z $(ss -Htuln "sport = :$port") ]] || continue
        printf '%d' "$port"
        return
    done
}

# certificate NAME SUBJECT SIGNER EXTENSION...
certificate()
{
    local name=$1 subject=$2 signer=$3 extension sign=() add=()
    shift 3
    for extension in "$@"; do
        add+=(-addext "$extension")
    done
    [[ $signer == self ]] || sign=(-CA "$signer.crt" -CAkey "$signer.key")
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -days 3650 -subj "/CN=$subject" -keyout "$name.key" \
        -out "$name.crt" "${add[@]}" ${sign[@]+"${sign[@]}"} 2>/dev/null
}

certificates_in()
{
    local names="subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"
    local leaf="basicConstraints=critical,CA:FALSE"
    local ca="keyUsage=critical,keyCertSign,cRLSign"
    cd "$1" && umask 077 &&
        certificate ca 'Trawl test CA' self "$ca" &&
        certificate rogue-ca 'Trawl test CA' self "$ca" &&
        certificate server localhost ca "$names" "$leaf" &&
        certificate other other.example ca \
            "subjectAltName=DNS:other.example" "$leaf" &&
        certificate rogue-server localhost rogue-ca "$names" "$leaf" &&
        certificate client client ca "$leaf" &&
        certificate rogue-client client rogue-ca "$leaf" &&
        touch complete
}

# make_certs: sets CERTS to a folder with NAME.crt and NAME.key of ca; server
# (localhost, 127.0.0.1, ::1); other (a server of another name); client; and
# the same from a CA that nobody trusts: rogue-ca, rogue-server, rogue-client.
# Made once for a build folder.
make_certs()
{
    CERTS=$BUILD/test-certificates
    [[ ! -e $CERTS/complete ]] || return 0
    need openssl flock
    mkdir -p "$CERTS"
    (
        flock 9
        [[ -e $CERTS/complete ]] || certificates_in "$CERTS"
    ) 9>"$CERTS/.lock" || { fail 'certificates are made'; done_testing; }
}

# ---- The daemon -----------------------------------------------------------

# A story writes its configuration with this address as control.metrics.
METRICS=127.0.0.1:$(free_port)

is_ready()
{
    curl -sf -m 5 --noproxy '*' -o "$TMP/.healthz" \
        "http://$METRICS/healthz"
}

# start_trawld CONF [OPTION...]: starts it and waits until it is ready.  Sets
# TRAWLD_PID; what it says goes to $TMP/trawld.log.
start_trawld()
{
    local conf=$1
    shift
    spawn "$TMP/trawld.log" "$TRAWLD" -c "$conf" "$@"
    TRAWLD_PID=$!
    has_started trawld "$TRAWLD_PID" is_ready
}

# stop_trawld: SIGTERM; returns its exit status.
stop_trawld()
{
    end_process "$TRAWLD_PID" TERM
}

# kill_trawld: as a power cut would, but for the kernel's caches.
kill_trawld()
{
    end_process "$TRAWLD_PID" KILL
    return 0
}

reload_trawld()
{
    kill -HUP "$TRAWLD_PID"
}

# ---- BMCs -----------------------------------------------------------------

# start_bmcsim OPTION...: sets BMCSIM_PID.  The ports it took are in
# $BMCSIM_PORTS once this returns.
start_bmcsim()
{
    BMCSIM_PORTS=$TMP/bmcsim.ports
    rm -f "$BMCSIM_PORTS"
    spawn "$TMP/bmcsim.log" "$BMCSIM" --ports-file "$BMCSIM_PORTS" "$@"
    BMCSIM_PID=$!
    has_started bmcsim "$BMCSIM_PID" test -s "$BMCSIM_PORTS"
}

# ---- Metrics and conservation ---------------------------------------------

# metrics: the pages of the daemon, with the series of each BMC.
metrics()
{
    curl -sf -m 10 --noproxy '*' "http://$METRICS/metrics" \
        "http://$METRICS/metrics/bmcs"
}

# sum_of NAME [LABEL]: reads a page; the sum of the samples of that name (with
# that label, as 'sink="file"'), nothing if there is none.
sum_of()
{
    awk -v name="$1" -v label="${2-}" '
        { at = index($0, "{"); bare = at ? substr($0, 1, at - 1) : $1 }
        bare == name && (label == "" || index($0, label)) {
            sum += $NF; found = 1
        }
        END { if (found) printf "%.0f\n", sum }'
}

# metric NAME [LABEL]: its value now; 0 if there is no such sample.
metric()
{
    local value
    value=$(metrics | sum_of "$@")
    printf '%s\n' "${value:-0}"
}

# metric_is NAME LABEL VALUE, metric_at_least NAME LABEL VALUE: for wait_for;
# LABEL may be empty.
metric_is()
{
    [[ $(metric "$1" "$2") == "$3" ]]
}

metric_at_least()
{
    (($(metric "$1" "$2") >= $3))
}

# is_settled: what a new fleet is asked for first (who it is, its logs, its
# tasks) is over; ten looks in a row find nothing under way. For benches.
is_settled()
{
    local look
    for look in {1..10}; do
        metric_is trawl_requests_in_flight '' 0 || return
        metric_is trawl_logs_reading '' 0 || return
        sleep 0.5
    done
}

# sinks_of: reads a page; the sinks' names.
sinks_of()
{
    sed -n 's/^trawl_sink_routed_total{.*sink="\([^"]*\)".*/\1/p'
}

# is_drained: everything is on disk, and every sink is done with it.
is_drained()
{
    local page sink durable
    page=$(metrics) || return 1
    durable=$(sum_of trawl_spool_durable_sequence <<<"$page")
    [[ -n $durable &&
        $(sum_of trawl_spool_sequence <<<"$page") == "$durable" ]] || return 1
    for sink in $(sinks_of <<<"$page"); do
        [[ $(sum_of trawl_sink_cursor_sequence "sink=\"$sink\"" \
            <<<"$page") == "$durable" && $(sum_of trawl_sink_backlog \
            "sink=\"$sink\"" <<<"$page") == 0 ]] || return 1
    done
}

# total PAGE PREFIX LABEL NAME...: the sum, shown with its terms.
total()
{
    local page=$1 prefix=$2 label=$3 name value sum=0 terms=''
    shift 3
    for name in "$@"; do
        value=$(sum_of "$prefix$name" "$label" <<<"$page")
        sum=$((sum + ${value:-0}))
        terms="$terms + $name ${value:-0}"
    done
    printf '%s (%s)' "$sum" "${terms# + }"
}

# conserves PAGE SENTENCE PREFIX LABEL LEFT... = RIGHT...
conserves()
{
    local page=$1 sentence=$2 prefix=$3 label=$4 names=() left right
    shift 4
    while [[ $1 != = ]]; do
        names+=("$1")
        shift
    done
    shift
    if [[ -z $(sum_of "$prefix${names[0]}" "$label" <<<"$page") ]]; then
        fail "$sentence"
        diag "  /metrics has no $prefix${names[0]} $label"
        return
    fi
    left=$(total "$page" "$prefix" "$label" "${names[@]}")
    right=$(total "$page" "$prefix" "$label" "$@")
    ok "$sentence: ${left#* }" test "${left%% *}" = "${right%% *}" ||
        diag "  $left = $right"
}

# assert_conservation [--undrained]: both laws of design.md, section 1, on one
# page of /metrics; first waits until every sink is done, unless told not to.
assert_conservation()
{
    local page sink
    [[ ${1-} == --undrained ]] ||
        wait_for "$PATIENCE" 'every sink is done with the spool' is_drained
    page=$(metrics) || { fail '/metrics answers'; return; }
    conserves "$page" 'no record is lost' trawl_records_ '' \
        received_total generated_total = forwarded_total suppressed_total \
        dropped_total quarantined_total held
    for sink in $(sinks_of <<<"$page"); do
        conserves "$page" "sink $sink: no record is lost" trawl_sink_ \
            "sink=\"$sink\"" routed_total = delivered_total refused_total \
            skipped_total backlog
    done
}
