#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# Many BMCs at once: no more than so many requests under way at any time, at
# one BMC no more than two, and each gets its turn, though some do not answer.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

count=120
limit=6
port=$(free_port)
start_bmcsim --bmcs $count --username root --password 0penBmc
(umask 077 && printf '0penBmc\n' >"$TMP/password")
{
    cat <<EOC
listen: [{address: "127.0.0.1:$port"}]
public_url: http://localhost:$port
bmc_defaults: {username: root, password_file: $TMP/password, receive: webhook}
limits: {bmc_requests: $limit}
bmcs:
EOC
    jq -r '.bmcs[] | "  - {name: \(.name), url: \"\(.url)\"}"' "$BMCSIM_PORTS"
} | write_conf
# Answers take their time, so that requests would pile up; at a tenth of the BMCs
# connections are taken and left without a word.
tell behave '{"answer_delay_ms": 20}' >"$TMP/.behave"
for i in $(seq -f 'bmc%03g' 10 10 $count); do
    behave "$i" '{"greeting": "hold"}'
done
start_trawld "$CONF"

subscribed()
{
    [[ $(tell status | jq '.subscriptions') == "$1" ]]
}

wait_for "$PATIENCE" 'those that answer are subscribed' \
    subscribed $((count - count / 10))
most=$(tell status | jq .load.most)
ok "never more than $limit requests at a time: $most" test "$most" -le $limit
ok 'but several' test "$most" -ge $((limit / 2))
for bmc in bmc001 bmc002 bmc003; do
    ok "at $bmc never more than two" \
        test "$(about "$bmc" .load.most)" -le 2
done
tell behave '{"greeting": "serve"}' >"$TMP/.behave"
wait_for "$PATIENCE" 'the others are, once they answer' subscribed $count
ok "still not more than $limit" \
    test "$(tell status | jq .load.most)" -le $limit
end_story
