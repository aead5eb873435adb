#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain
#
# The AppArmor profile: its parser takes it, it names the files
# of the unit and of the shipped configuration, and leaves room for the
# admin's own rules.
. "${0%/*}/../e2e/lib.sh"
need apparmor_parser
profile=$TOP/packaging/apparmor/usr.sbin.trawld
unit=$TOP/packaging/trawld.service.in

ok 'its parser takes it' apparmor_parser -Q -K "$profile"
sed 's/^}$/  nonsense,\n}/' "$profile" >"$TMP/wrong"
ok 'and not what is none' eval '! apparmor_parser -Q -K "$TMP/wrong"'

# allows PATH RIGHTS: some rule's pattern is that path, with these rights.
allows()
{
    local pattern rights
    while read -r pattern rights; do
        pattern=${pattern//'{,**}'/*}
        pattern=${pattern//'{,*}'/*}
        pattern=${pattern//'@{run}'/\/run}
        pattern=${pattern//'{,.*}'/}
        # shellcheck disable=SC2053
        [[ $1 == $pattern && ${rights%,} == *$2* ]] && return
    done < <(grep '^  [/@]' "$profile")
    return 1
}
ok 'it allows the configuration' allows /etc/trawl/conf.d/x.yaml r
ok 'and none of it to be written' eval '! allows /etc/trawl/trawl.yaml w'
for setting in StateDirectory:/var/lib RuntimeDirectory:/run \
    LogsDirectory:/var/log; do
    name=$(sed -n "s/^${setting%%:*}=//p" "$unit")
    ok "and the unit's ${setting%%:*}" \
        allows "${setting#*:}/$name/some/file" rw
done
for path in $(sed -n 's/^ *#\(socket\|directory\|cache\): //p' \
    "$TOP/conf/trawl.yaml"); do
    ok "and $path of the configuration" allows "$path" rw
done
ok 'the shipped registries' allows /usr/share/trawl/registries/x.json r
is "$(tail -n 2 "$profile" | head -n 1)" \
    '  include if exists <local/usr.sbin.trawld>' 'the admin has the last word'
done_testing
