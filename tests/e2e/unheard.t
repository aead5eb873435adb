#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# A BMC that takes the subscription and whose events do not get here, because
# public_url leads elsewhere: all looks well, and is not. The status must say
# so, until an event of it arrives, test or not. Nor is a collector well that
# has no BMC to hear.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

CTL=${TRAWLCTL:-$BUILD/trawlctl}
port=$(free_port) nowhere=$(free_port)
start_bmcsim --set sse=false --set retry_policy=RetryForever

ctl()
{
    "$CTL" "$@" --socket "$TMP/control.sock"
}

# needs WORDS: the status asks somebody to see to that.
needs()
{
    ctl status --json | jq -r '.attention[]' | grep -q -- "$1"
}

write_conf <<EOC
bmcs: []
EOC
mkdir "$TMP/empty"
registries=$TRAWL_REGISTRY_DIR
export TRAWL_REGISTRY_DIR=$TMP/empty
start_trawld "$CONF"
ok 'a collector that knows no message is not well' \
    needs 'no message registry was found'
ok 'trawld stops' stop_trawld
export TRAWL_REGISTRY_DIR=$registries
start_trawld "$CONF"
ok 'one that knows them is' eval '! needs "message registry"'
ok 'without a BMC not all is well' eval '! ctl status'
ok 'and it says what to do' needs "name them under bmcs: in $CONF"

write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
public_url: http://127.0.0.1:$nowhere
bmcs: [{name: bmc001, url: "$(bmc_url)", receive: webhook}]
EOC
reload_trawld
wait_for "$PATIENCE" 'it is subscribed' logs 'bmc001: subscribed'
ok 'with a BMC it is well' ctl status
wait_for "$PATIENCE" 'a test event that does not arrive is told' \
    has_key FlowBroken
ok 'then not all is well' eval '! ctl status'
ok 'and it says what to look for' needs 'bmc001 (sent a test event.*public_url'
like "$(ctl bmcs)" 'listening +webhook .*a test event did not arrive' \
    'the list of BMCs says it'
like "$(ctl subscriptions)" ' failed ' 'and that of subscriptions'
is "$(metric trawl_bmcs_flow_broken)" 1 'and the figures'

# ---- It comes another way: say, a proxy was mended
destination=$(about bmc001 '.subscriptions[0].destination')
secret=$(about bmc001 '.subscriptions[0].http_headers[0]."X-Trawl-Secret"')
is "$(post "${destination/$nowhere/$port}" "$(payload 1)" \
    -H "X-Trawl-Secret: $secret")" 200 'an event arrives'
wait_for "$PATIENCE" 'which proves the flow' has_key FlowProven
is "$(events "$(of_key FlowProven) | .condition.clears | length")" 1 \
    'and ends what was told'
ok 'it is not spoken of any more' eval '! needs "test event"'
is "$(metric trawl_bmcs_flow_broken)" 0 'nor counted'
end_story
