#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# BMCs that leave the configuration while Trawl does not run, or that cannot be
# reached when they leave: nobody who is not configured is asked, and nobody
# forgets what was left there, until the BMC is back or it is settled by hand.
# One that only has another name now is put in order at once.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

CTL=${TRAWLCTL:-$BUILD/trawlctl}
port=$(free_port)
start_bmcsim --bmcs 3 --set retry_policy=RetryForever \
    --set retry_interval_ms=100 --username trawl --password no-word-of-this
printf 'no-word-of-this\n' >"$TMP/password"
chmod 600 "$TMP/password"

# configuration [BMC [NAME]]...: those of bmcsim, under these names
configuration()
{
    write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
public_url: http://127.0.0.1:$port
collector: c1
bmc_defaults: {receive: webhook, username: trawl, password_file: $TMP/password}
bmcs:
  - {name: other, url: "http://192.0.2.1", receive: passive}
$(for item; do
    echo "  - {name: ${item#*=}, url: \"$(bmc_url "${item%=*}")\"}"
done)
EOC
}

# stands_at BMC: the Contexts of the subscriptions there.
stands_at()
{
    about "$1" '[.subscriptions[].context] | sort | join(" ")'
}

stands()
{
    [[ $(stands_at "$1") == "$2" ]]
}


is_well()
{
    "$CTL" status --socket "$TMP/control.sock"
}

attention()
{
    "$CTL" status --json --socket "$TMP/control.sock" |
        jq -r '.leftovers, (.attention[] | select(test("configured any more")))'
}

configuration bmc001 bmc002 bmc003
start_trawld "$CONF"
for bmc in bmc001 bmc002 bmc003; do
    wait_for "$PATIENCE" "$bmc is subscribed" stands $bmc "trawl:c1:$bmc"
    wait_for "$PATIENCE" '... and it is noted' eval \
        "jq -e '.$bmc.subscription' '$STATE/notebook.json'"
done

is "$(count_logged 'the URL is http: for 3 of 4 BMCs.*: bmc001, bmc002, bmc003$')" \
    1 'those whose password can be overheard are named'

# ---- Gone while it was away
ok 'trawld stops' stop_trawld
configuration bmc002=renamed bmc003
before=$(about bmc001 .load)
start_trawld "$CONF"
wait_for "$PATIENCE" 'what may be left is told' has_key SubscriptionStays
is "$(events "$(of_key SubscriptionStays) | .args[0]")" '"bmc001"' \
    'of the one that is gone'
ok 'the log says where' logs "bmc001 ($(bmc_url bmc001)/redfish/v1/EventServ"
like "$(attention)" '^1.*1 BMC not configured any more.*: bmc001 ' \
    'the status says so'
ok 'which is not well' eval '! is_well'
ctl 0 subscriptions --json
is "$(jq -r 'select(.leftover) | .bmc + " " + .url' <<<"$OUT")" \
    "bmc001 $(bmc_url bmc001)" 'it stands among the subscriptions'
ctl 0 subscriptions --bmc bmc001
like "$OUT" "Subscriptions/[0-9]+ +left behind at $(bmc_url bmc001)" \
    'also for people'
wait_for "$PATIENCE" 'the one with another name is put in order' \
    stands bmc002 trawl:c1:renamed
is "$(stands_at bmc001)" trawl:c1:bmc001 'the other is left alone'
is "$(about bmc001 .load)" "$before" 'and was not asked anything'

# ---- Told once, remembered on
ok 'trawld stops' stop_trawld
: >"$TMP/trawld.log"
start_trawld "$CONF"
wait_for "$PATIENCE" 'after a restart the log says it again' logs 'bmc001 ('
like "$(attention)" '^1' 'and the status'
wait_for "$PATIENCE" 'all listens again' eval '(($("$CTL" bmcs --json \
    --state listening --socket "$TMP/control.sock" | wc -l) == 2))'
is "$(count_events "$(of_key SubscriptionStays)")" 1 'but no second event'

# ---- Back, and left in order
configuration bmc001 bmc002=renamed bmc003
reload_trawld
wait_for "$PATIENCE" 'it is back' logs 'bmc001: still subscribed'
is "$(attention)" 0 'and nothing is left behind'
configuration bmc002=renamed bmc003
reload_trawld
wait_for "$PATIENCE" 'it is left in order' stands bmc001 ''
is "$(attention)" 0 'and is not spoken of'

# ---- One that cannot be left
behave bmc003 '{"refuse": 503, "refuse_path":
    "/redfish/v1/EventService/Subscriptions"}'
configuration bmc002=renamed
reload_trawld
wait_for "$PATIENCE" 'one that does not let us is told' \
    has_events 1 "$(of_key SubscriptionStays) | select(.args[0] == \"bmc003\")"
like "$(attention)" '^1.*: bmc003 ' 'and stands in the status'
ctl 1 unsubscribe --forget renamed
like "$(<"$TMP/err")" 'nothing is known to be left at a BMC renamed' \
    'of one that is configured nothing is forgotten'
ctl 0 unsubscribe --forget bmc003
is "$(attention)" 0 'it is settled by hand'
ok 'trawld stops' stop_trawld
start_trawld "$CONF"
wait_for "$PATIENCE" 'the last one listens' logs 'renamed: still subscribed'
is "$(attention)" 0 'for good'

# ---- The same name at another URL
url=$(bmc_url bmc002)
configuration bmc001=renamed
reload_trawld
wait_for "$PATIENCE" 'one that moved is subscribed there' \
    stands bmc001 trawl:c1:renamed
ok 'and the log says where something may stay' \
    logs "renamed: is at $(bmc_url bmc001) now; if .* the one at $url, our sub"
ok 'no password stands in the notebook' \
    eval '! grep -q no-word-of-this "$STATE/notebook.json"'
end_story
