#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# trawlctl route says where each event of a payload would go, by which line of
# which file; and a daemon with the same configuration then does just that.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"

CTL=$BUILD/trawlctl
port=$(free_port) token=route-story-token-000001
address=http://127.0.0.1:$port/events/$token
mkdir -p "$TMP/conf.d"
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
bmcs:
  - {name: n1, url: "https://10.0.0.1", receive: passive, token: $token,
     labels: {rack: r1}}
  - {name: n2, url: "https://10.0.0.2", receive: passive, token: ${token}2}
conditions:
  - {match: {message: "*.FanFailed"}, after: {count: 3, within: 1h}}
sinks:
  file: {type: file, path: $EVENTS}
  other: {type: file, path: $TMP/other}
  third: {type: file, path: $TMP/third}
routes:
  - {match: {severity: OK, state: none}, drop: true}
  - {match: {labels.rack: r1}, to: [other], continue: true}
  - {match: {severity: ">=Warning"}, to: [file, other]}
  - {match: {registry: Trawl}, to: file}
EOC
printf 'routes: [{match: {message: "*.TestFirst"}, to: third, continue: true}]\n' \
    >"$TMP/conf.d/10.yaml"

# One of each kind: raised; its repeat; its clear; forwarded, twice the same;
# dropped; without a route; counted first; by the drop-in; unreadable.
cat >"$TMP/payload.json" <<'EOP'
{"Events": [
  {"EventId": "1", "MessageId": "StorageDevice.1.1.DriveFailure",
   "EventTimestamp": "2026-11-19T07:34:27Z", "MessageArgs": ["Bay 3"]},
  {"EventId": "2", "MessageId": "StorageDevice.1.1.DriveFailure",
   "EventTimestamp": "2026-11-19T07:35:27Z", "MessageArgs": ["Bay 3"]},
  {"EventId": "3", "MessageId": "StorageDevice.1.1.DriveOK",
   "EventTimestamp": "2026-11-19T07:36:27Z", "MessageArgs": ["Bay 3"]},
  {"EventId": "4", "MessageId": "Vendor.1.0.Odd", "Severity": "Warning"},
  {"EventId": "4", "MessageId": "Vendor.1.0.Odd", "Severity": "Warning"},
  {"EventId": "5", "MessageId": "Vendor.1.0.Fine", "Severity": "OK"},
  {"EventId": "6", "MessageId": "Vendor.1.0.FanFailed", "Severity": "Warning"},
  {"EventId": "7", "MessageId": "Vendor.1.0.TestFirst", "Severity": "Warning"},
  7]}
EOP

# route OPTION...: into OUT.
route()
{
    OUT=$("$CTL" route --config "$CONF" "$@" 2>"$TMP/err")
}

route --bmc n1 "$TMP/payload.json"
is $? 0 'no daemon is needed'
for line in "^    $CONF:1[0-9]: does not match" "matches: to other, continue" \
    "^    $TMP/conf.d/10.yaml:1: matches: to third, continue" \
    'goes to other, file$' 'goes nowhere: dropped by the last route' \
    'suppressed: not yet as many as the rule wants' \
    "rule $CONF:[0-9]*: after 3 within 1h" 'rule by default: repeat 1d' \
    'to quarantine: it cannot be read: '; do
    ok "it says: $line" grep -qE -- "$line" <<<"$OUT"
done
is "$(find "$STATE" -type f | wc -l)" 0 'nothing was made'
route - <"$TMP/payload.json"
ok 'standard input will do' grep -q '^event 9:' <<<"$OUT"

# predicted: [outcome, reason, sinks] of each event (sinks without what holds
# it back); done_by_daemon: what a daemon did with them.
predicted()
{
    "$CTL" route --config "$CONF" --bmc "$1" --json "$TMP/payload.json" |
        jq -c '[.event.event_id, .outcome, .reason,
            if .outcome == "forwarded" then .sinks else [] end]'
}

done_by_daemon()
{
    "$CTL" events --config "$CONF" --all --json --bmc "$1" |
        jq -c 'select(.registry != "Trawl") |
            [.event_id, .record.outcome, .record.reason, .record.sinks]'
}

predicted n1 >"$TMP/n1"
predicted n2 >"$TMP/n2"
ok 'for another BMC it is another way' eval '! cmp -s "$TMP/n1" "$TMP/n2"'
start_trawld "$CONF"
is "$(post "$address" "@$TMP/payload.json")" 200 'the payload is sent'
is "$(post "${address}2" "@$TMP/payload.json")" 200 'by both BMCs'
wait_for "$PATIENCE" 'all is delivered' is_drained
is "$(done_by_daemon n1)" "$(<"$TMP/n1")" 'the daemon did what was predicted'
is "$(done_by_daemon n2)" "$(<"$TMP/n2")" 'for the other one too'

# ---- What is wrong
route --bmc n3 "$TMP/payload.json"
is $? 1 'a BMC that there is not'
ok 'is named' grep -q 'no BMC n3' "$TMP/err"
route "$TMP/absent.json"
is $? 1 'nor is there a file'
route
is $? 2 'or none was given'
sed 's/severity: OK/severty: OK/' "$CONF" >"$TMP/bad.yaml"
"$CTL" route --config "$TMP/bad.yaml" "$TMP/payload.json" 2>"$TMP/err"
is $? 1 'a configuration that is wrong'
ok 'is told in its place' grep -q "bad.yaml:1[0-9]:.*severity" "$TMP/err"
end_story
