#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# The format cef in a file and over syslog: a reader as receivers have it gets
# back what format json says of the same events, whatever a BMC wrote.
. "${0%/*}/lib.sh"
. "$TOP/tests/e2e/story.sh"
. "$TOP/tests/e2e/components/frames.sh"

port=$(free_port) far=$(free_port) token=cef-story-token-00000001
address=http://127.0.0.1:$port/events/$token
write_conf <<EOC
listen: [{address: "127.0.0.1:$port"}]
bmcs:
  - {name: n1, url: "https://10.0.0.1", receive: passive, token: $token}
sinks:
  file: {type: file, path: $EVENTS}
  cef: {type: file, path: $TMP/events.cef, format: cef}
  siem: {type: syslog, address: "tcp://127.0.0.1:$far", format: cef}
routes: [{to: [file, cef, siem]}]
EOC

start_frames "$far" "$TMP/events.syslog"

# Header by pipes that no backslash precedes; extension by " key=" likewise.
cat >"$TMP/read.py" <<'EOP'
import json, re, sys
for line in open(sys.argv[1], newline="\n"):
    body = line.rstrip("\n").partition("CEF:")[2]
    parts = re.split(r"(?<!\\)(?:\\\\)*\|", body, maxsplit=7)
    head = [re.sub(r"\\(.)", r"\1", p) for p in parts[:7]]
    found = re.split(r"(?:^| )(\w+)=", parts[7])
    undo = lambda v: re.sub(
        r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), v)
    values = {k: undo(v) for k, v in zip(found[1::2], found[2::2])}
    for key in [k for k in values if k.endswith("Label")]:
        values[values.pop(key)] = values.pop(key[:-5], None)
    print(json.dumps({"head": head, **values}, sort_keys=True))
EOP

# what FILE: what it says of each event, in the words of format json.
what()
{
    python3 "$TMP/read.py" "$1" | jq -c '[.externalId, .head[4],
        (.head[6] | tonumber), .msg, .MessageId, .OriginOfCondition, .dvchost,
        .MessageArgs]'
}

# From json the same; a clear is one higher.
wanted()
{
    events '[.id, .key, ({OK: 2, Warning: 6, Critical: 9}[.severity] +
        if .condition.state == "cleared" then 1 else 0 end), .message,
        .message_id, .origin, .bmc.name, (.args // [null] | join(", "))]'
}

same()
{
    [[ -s $1 && $(what "$1") == "$(wanted)" ]]
}

start_trawld "$CONF"
python3 - >"$TMP/hostile.json" <<'EOP'
import json
texts = ["plain", "a|b|c", "x=y cs2=forged msg=forged", "C:\\new \\n \\= \\\\",
         "two\nlines", "ends with a backslash\\", "Größe = 5 | ü", "a = b"]
print(json.dumps({"Events": [
    {"EventType": "Alert", "EventId": str(i), "Severity": "Warning",
     "EventTimestamp": "2026-11-19T07:34:27Z", "Message": t,
     "OriginOfCondition": {"@odata.id": "/redfish/v1/Chassis/" + t},
     "MessageArgs": [t, t], "MessageId": "Vendor.1.0.Odd" + str(i)}
    for i, t in enumerate(texts)]}))
EOP
is "$(post "$address" "@$TMP/hostile.json")" 200 'events with hostile texts'
is "$(post "$address" "$(payload one)")" 200 'and a usual one'
wait_for "$PATIENCE" 'all is delivered' is_drained
wait_for "$PATIENCE" 'a file has what json has' same "$TMP/events.cef"
wait_for "$PATIENCE" 'and so has a syslog receiver' same "$TMP/events.syslog"
ok 'there behind a header of syslog' \
    grep -qE '^<2[0-9]>1 2026-\S+ n1 redfish 0 Odd0 - CEF:0\|Trawl\|Redfish\|' \
    "$TMP/events.syslog"
ok 'and in the file without' grep -q '^CEF:0|Trawl|Redfish|' "$TMP/events.cef"
is "$(wc -l <"$TMP/events.cef")" "$(wc -l <"$EVENTS")" 'each on one line'
end_story
