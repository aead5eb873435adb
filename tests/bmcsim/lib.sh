# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the tests of bmcsim begin with:
#
#     . "${0%/*}/lib.sh"
#
# TAP, a temporary directory, bmcsim under test and short words for talking to
# it.  Needs curl, jq and openssl.  The program is $BMCSIM, or build/bmcsim.
# Waits on conditions, never on time.

program=${BMCSIM:-build/bmcsim}
case $program in */*) ;; *) program=./$program ;; esac
for tool in curl jq openssl; do
    command -v $tool >/dev/null || { echo "1..0 # SKIP no $tool"; exit 0; }
done
[ -x "$program" ] || { echo "1..0 # SKIP no $program"; exit 0; }

dir=$(mktemp -d)
pids=()
n=0 failed=0

finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
    wait 2>/dev/null
    rm -rf "$dir"
}
trap finish EXIT

ok() { # ok SENTENCE COMMAND...: passes when the command does
    local sentence=$1
    shift
    n=$((n + 1))
    if "$@" >"$dir/why" 2>&1; then
        echo "ok $n - $sentence"
    else
        failed=$((failed + 1))
        echo "not ok $n - $sentence"
        sed 's/^/# /' "$dir/why" | head -20
    fi
}

is() { # is GOT WANTED
    [ "$1" = "$2" ] || { printf 'got:    %s\nwanted: %s\n' "$1" "$2"; return 1; }
}

eventually() { # the command passes within ten seconds
    local tries=200
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { "$@"; return 1; }
        read -rt 0.05 <> <(:) || :
    done
}

http() { curl -sk --max-time 10 --noproxy '*' "$@"; }
status() { http -o /dev/null -w '%{http_code}' "$@"; }
control() { # control PATH [JSON]
    if [ $# -gt 1 ]; then http "$control/$1" -d "$2"; else http "$control/$1"; fi
}
counter() { control "bmcs/$1" | jq -r ".counters.$2"; }
counter_is() { is "$(counter "$1" "$2")" "$3"; }
url() { jq -r --arg name "$1" '.bmcs[] | select(.name == $name).url' "$dir/ports"; }
subscribe() { # subscribe BMC DESTINATION [MORE JSON]: prints the status
    status "$(url "$1")/redfish/v1/EventService/Subscriptions" \
        -d "$(jq -nc --arg d "$2" "{Destination: \$d, Protocol: \"Redfish\"} + ${3:-{\}}")"
}
stream() { # stream BMC FILE [CURL OPTION...]: in the background
    local from=$1 to=$2
    shift 2
    curl -skN --noproxy '*' "$@" "$(url "$from")$(control "bmcs/$from" |
        jq -r .settings.sse_path)" -o "$to" &
    last=$!
    pids+=($last)
}
clients_are() { is "$(control "bmcs/$1" | jq .sse_clients)" "$2"; }
has_lines() { is "$(grep -c "$1" "$2")" "$3"; }

# play [OPTION...]: starts bmcsim, its BMCs' URLs in $dir/ports.
play()
{
    rm -f "$dir/ports"
    "$program" "$@" --ports-file "$dir/ports" --quiet --die-with-parent \
        2>"$dir/stderr" &
    sim=$!
    pids+=($sim)
    ok "the ports file appears" eventually test -s "$dir/ports"
    control=$(jq -r .control "$dir/ports")
}

# refusal BMC BODY: why the subscription is refused, or nothing: the last part
# of the MessageId and the property.
refusal()
{
    http "$(url "$1")$(setting "$1" subscriptions_path)" -d "$2" |
        jq -r '.error["@Message.ExtendedInfo"][0] // empty |
            (.MessageId | split(".")[-1]) +
            (if .RelatedProperties then " " + .RelatedProperties[0] else "" end)'
}
setting() { control "bmcs/$1" | jq -r ".settings.$2"; }
# get BMC PATH [FILTER]
get() { http "$(url "$1")/redfish/v1/$2" | jq -rc "${3:-.}"; }
tell() { control "$1" "$2" >/dev/null; }

done_testing()
{
    control quit '' >/dev/null
    ok "it ends when told to" wait $sim
    ok "without a word" is "$(cat "$dir/stderr")" ""
    echo "1..$n"
    [ $failed -eq 0 ]
}
