#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain
#
# The journal's catalog: an entry for each message that the bundled registries
# define, none twice, under the ids that the journal's format gives; and what
# the real journalctl -x tells of an event that the real journald took.
. "${0%/*}/../e2e/lib.sh"
need jq python3 journalctl unshare
. "$TOP/tests/e2e/flow.sh"
. "$TOP/tests/e2e/components/journald.sh"

catalog=$BUILD/packaging/trawl.catalog
[[ -s $catalog ]] || skip_all "there is no $catalog"

# ---- Complete --------------------------------------------------------------
# The namespace of src/message_uuid.c, which is frozen.
ids_of_registries()
{
    python3 - "$TOP"/registries/*.json <<'EOP'
import hashlib, json, sys
space = bytes.fromhex("6f0d915ab73e4c289ae451c60b72d83f")
for path in sys.argv[1:]:
    d = json.load(open(path))
    for key in d.get("Messages", {}):
        name = d["RegistryPrefix"] + "." + key
        sum = bytearray(hashlib.sha256(space + name.encode()).digest()[:16])
        sum[6] = sum[6] & 0x0f | 0x80
        sum[8] = sum[8] & 0x3f | 0x80
        print(sum.hex(), name)
EOP
}
ids_of_registries | LC_ALL=C sort -u >"$TMP/wanted"
sed -n 's/^-- //p' "$catalog" | LC_ALL=C sort >"$TMP/ids"
ok 'the registries have messages' test "$(wc -l <"$TMP/wanted")" -gt 100
is "$(uniq -d <"$TMP/ids")" '' 'no message has two entries'
is "$(cut -d ' ' -f 1 "$TMP/wanted" | diff - "$TMP/ids")" '' \
    'each message of the registries has one, and there is no other'
is "$(awk '/^-- /{ id = $2; getline; if (!/^Subject: ./) print id }' \
    "$catalog")" '' 'each entry has a subject'

# ---- As journalctl reads it ------------------------------------------------
mkdir -p "$TMP/root/usr/lib/systemd/catalog" \
    "$TMP/root/var/lib/systemd/catalog"
cp "$catalog" "$TMP/root/usr/lib/systemd/catalog/"
is "$(journalctl --update-catalog --root="$TMP/root" 2>&1)" '' \
    'journalctl takes it without a word'
ok 'into a database' test -s "$TMP/root/var/lib/systemd/catalog/database"

# with_catalog COMMAND...: sees this database in place of the machine's.
with_catalog()
{
    local options=-m
    [[ $(id -u) == 0 ]] || options=-Urm
    # shellcheck disable=SC2016
    unshare $options sh -c 'mount --bind "$1" /var/lib/systemd/catalog &&
        shift && exec "$@"' sh "$TMP/root/var/lib/systemd/catalog" "$@"
}
with_catalog journalctl --list-catalog >"$TMP/listed"
is "$(cut -d ' ' -f 1 "$TMP/listed" | LC_ALL=C sort | diff - "$TMP/ids")" '' \
    'all its entries are there'

# ---- An event --------------------------------------------------------------
start_journald
start_fleet 1
{
    conf
    cat <<CONF
sinks: {journal: {type: journald, socket: $JOURNAL_SOCKET}}
routes: [{to: [journal]}]
CONF
} >"$TMP/trawl.yaml"
start_trawld "$TMP/trawl.yaml"
wait_for_subscriptions
emit bmc001 1
wait_for "$PATIENCE" 'an event is in the journal' \
    journal_has 1 REDFISH_MESSAGE_KEY=DriveFailure

# explained MATCH...: what journalctl -x shows of these.
explained()
{
    with_catalog journalctl --quiet --no-pager -x \
        --directory="$journal_data" "$@" | sed 's/^░░ *//'
}
explained REDFISH_MESSAGE_KEY=DriveFailure >"$TMP/explained"
told()
{
    ok "journalctl -x tells: $1" grep -qxF -- "$1" "$TMP/explained"
}
told 'Subject: A drive failure condition was detected'
told 'Defined-By: Trawl'
told 'Where: bmc001, /redfish/v1/Chassis/1/Drives/1'
told 'Message: StorageDevice.DriveFailure'
told 'What to do: Ensure all cables are properly and securely connected. Ensure'
like "$(tr -s '\n' ' ' <"$TMP/explained")" \
    'Over with: [A-Za-z., ]*StorageDevice.DriveOK' 'and what ends it'

simctl bmcs/bmc001/emit '{"event": {"MessageId":
    "ResourceEvent.1.3.ResourceRemoved"}}' >/dev/null
wait_for "$PATIENCE" 'an event without an origin is in the journal' \
    journal_has 1 REDFISH_MESSAGE_KEY=ResourceRemoved
explained REDFISH_MESSAGE_KEY=ResourceRemoved >"$TMP/explained"
told 'Where: bmc001'
is "$(grep -c 'REDFISH_' "$TMP/explained")" 0 'no field is left unfilled'

assert_conservation
ok 'trawld ends cleanly' stop_trawld
done_testing
