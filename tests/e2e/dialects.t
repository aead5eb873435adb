#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# Of a BMC of each kind that bmcsim plays, trawld finds the row of its table;
# an admin's own rows come before.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

# What bmcsim plays, and the row that it is to be taken for.
kinds='generic:plain openbmc:openbmc openbmc-2020:openbmc nvidia:nvidia
    dell-idrac9:dell-idrac9 dell-idrac10:dell-idrac10 dell:dell-idrac9
    dell-ome:dell-ome hpe-ilo6:hpe-ilo6 hpe-ilo7:hpe-ilo6 hpe:hpe-ilo6
    hpe-ilo5:hpe-ilo5 hpe-ilo4:hpe-ilo4 lenovo-xcc:lenovo-xcc lenovo:lenovo-xcc
    lenovo-xcc-old:lenovo-xcc-old supermicro:supermicro
    supermicro-x10:supermicro-x10 ami:ami zt:zt huawei:huawei intel:intel
    cray-pdu:cray-pdu cisco:cisco fujitsu:fujitsu'

for kind in $kinds; do
    printf '{"name": "%s", "dialect": "%s"}\n' "${kind%:*}" "${kind%:*}"
done | jq -s '{bmcs: .}' >"$TMP/fleet.json"
start_bmcsim --config "$TMP/fleet.json" --bmcs "$(wc -w <<<"$kinds")"
{
    echo 'listen: [{address: "127.0.0.1:'"$(free_port)"'"}]'
    echo 'bmcs:'
    jq -r '.bmcs[] | "  - {name: \(.name), url: \"\(.url)\"}"' "$BMCSIM_PORTS"
} | write_conf
start_trawld "$CONF"

# taken_for BMC ROW
taken_for()
{
    [[ $("${TRAWLCTL:-$BUILD/trawlctl}" bmcs --json \
        --socket "$TMP/control.sock" "$1" |
        jq -r .dialect) == "$2" ]]
}

for kind in $kinds; do
    wait_for "$PATIENCE" "${kind%:*} is taken for ${kind#*:}" \
        taken_for "${kind%:*}" "${kind#*:}"
done

cat >>"$CONF" <<'EOC'
vendors:
  ours: {match: {vendor: "Contoso|Fujitsu"}, stream: {never: true}}
  huawei: {match: {vendor: "Nobody"}}
EOC
reload_trawld
wait_for "$PATIENCE" 'a row of our own is asked first' taken_for generic ours
ok 'for all that it names' taken_for fujitsu ours
ok 'and a built-in one can be changed' taken_for huawei plain
end_story
