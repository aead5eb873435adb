#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain
#
# The alert rules and the dashboard: every metric that they name is on the
# daemon's page, with the labels that they ask for; Prometheus reads every
# expression; each alert is raised by the figures that it is for, and none for
# a collector that is well.
. "${0%/*}/../e2e/lib.sh"
need jq promtool
. "$TOP/tests/e2e/story.sh"
rules=$TOP/conf/prometheus-alerts.yaml
board=$TOP/conf/grafana-dashboard.json

token=monitoring-story-token-1
listen=127.0.0.1:$(free_port)
write_conf <<EOC
listen: [{address: "$listen"}]
bmcs:
  - {name: n1, url: "https://127.0.0.1", receive: passive, token: $token}
  - {name: n2, url: "https://127.0.0.1:1", receive: sse}
EOC
start_trawld "$CONF"
is "$(post "http://$listen/events/$token" "$(payload one)")" 200 \
    'an event is posted'
wait_for "$PATIENCE" 'a BMC cannot be reached' \
    metric_is trawl_bmc_reachable 'bmc="n2"' 0
metrics >"$TMP/page"

names_in()
{
    grep -o 'trawl_[a-z_]*' "$@" | LC_ALL=C sort -u
}
page_names=$(names_in "$TMP/page")
unknown_in()
{
    names_in "$1" | LC_ALL=C comm -23 - <(printf '%s\n' "$page_names") | xargs
}
ok 'the rules name metrics' eval '(($(names_in "$rules" | wc -l) > 10))'
is "$(unknown_in "$rules")" '' 'each of them is on the page'
jq . "$board" >"$TMP/board" 2>&1
ok 'the dashboard names metrics' eval '(($(names_in "$TMP/board" | wc -l) > 10))'
is "$(unknown_in "$TMP/board")" '' 'each of them is on the page'

# Labels that a scrape adds, or that are on the page.
page_labels=" instance $(grep -o '[a-z]*="' "$TMP/page" | tr -d '="' |
    sort -u | xargs) "
for label in $({
    grep -o 'labels\.[a-z]*' "$rules" | sed 's/.*\.//'
    jq -r '.panels[].targets[].legendFormat' "$board" |
        grep -o '{{[a-z]*}}' | tr -d '{}'
    grep -ho 'by ([a-z]*)' "$rules" "$board" | sed 's/.*(\(.*\))/\1/'
} | sort -u); do
    like "$page_labels" " $label " "there is a label $label"
done

ok 'promtool reads the rules' promtool check rules "$rules"
mkdir "$TMP/rules"
cp "$rules" "$TOP/tests/packaging/alerts.test.yaml" "$TMP/rules/"
ok 'they are raised by what they are for' \
    promtool test rules "$TMP/rules/alerts.test.yaml"
is "$(sed -n 's/^ *- alert: //p' "$rules" | sort | xargs)" \
    "$(grep -o 'alertname="[A-Za-z]*' "$TMP/rules/alerts.test.yaml" |
        sed 's/.*"//' | sort -u | xargs)" 'and each was tried'

# The dashboard's expressions as rules of their own; Grafana's variables filled.
jq -r '[.panels[].targets[].expr, .annotations.list[].expr] | .[] |
    gsub("\\$__rate_interval"; "5m") | gsub("\\$collector"; ".*") | @json' \
    "$board" | awk 'BEGIN { print "groups: [{name: board, rules: [" }
        { printf "  {record: \"board:%d\", expr: %s},\n", NR, $0 }
        END { print "]}]" }' >"$TMP/rules/board.yaml"
ok 'promtool reads what the dashboard asks' \
    promtool check rules "$TMP/rules/board.yaml"
end_story
