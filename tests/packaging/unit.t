#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The unit as systemd reads it: nothing to complain of, and confined as far as
# a daemon with a network can be.  The user that it runs as is made by the
# sysusers file.
. "${0%/*}/../e2e/lib.sh"
need systemd-analyze systemd-sysusers

exposure_max=15 # tenths: 1.5
unit=$TMP/trawld.service
sed -e "s|@sbindir@|$(dirname "$TRAWLD")|; s|@sysconfdir@|/etc|" \
    "$TOP/packaging/trawld.service.in" >"$unit"

cp "$TOP/packaging/trawld.socket" "$TMP/"
complaints=$(systemd-analyze verify --man=no "$unit" "$TMP/trawld.socket" 2>&1)
is "$complaints" '' 'systemd has nothing to complain of'
ok 'its exposure is 1.5 at most' \
    systemd-analyze security --offline=true --threshold=$exposure_max "$unit"

# systemd 252, the oldest that Trawl runs with, does not know notify-reload.
is "$(sed -n 's/^Type=//p' "$unit")" notify 'Type is one that 252 knows'
like "$(grep '^ExecReload=' "$unit" | head -n 1)" 'kill -HUP' \
    'a reload tells the daemon, also of what it has to refuse'
like "$(grep '^ExecReload=' "$unit" | tail -n 1)" '--check-config' \
    'and fails if the configuration has errors'

root=$TMP/root
mkdir -p "$root/etc"
ok 'the sysusers file is understood' \
    systemd-sysusers --root="$root" "$TOP/packaging/trawl.sysusers"
user=$(sed -n 's/^User=//p' "$unit")
like "$(grep "^$user:" "$root/etc/passwd")" ':/var/lib/trawl:/[a-z/]*nologin$' \
    'it makes the user of the unit, who cannot log in'
like "$(grep "^$(sed -n 's/^Group=//p' "$unit"):" "$root/etc/group")" . \
    'and the group'
done_testing
