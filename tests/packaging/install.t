#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# make install puts everything in its place below DESTDIR, keeps what an admin
# has edited, and what was installed runs.
# lane: plain
. "${0%/*}/../e2e/lib.sh"

build=${TRAWLD%/*}
make_it()
{
    make -s -C "$build" "$1" DESTDIR="$TMP/root" >"$TMP/make.log" 2>&1
}
ok 'make install works' make_it install
prefix=$(sed -n 's/^prefix = //p' "$build/Makefile")
root=$TMP/root$prefix
for file in sbin/trawld bin/trawlctl bin/bmcsim etc/trawl/trawl.yaml \
    lib/systemd/system/trawld.service lib/systemd/system/trawld.socket \
    lib/sysusers.d/trawl.conf lib/systemd/catalog/trawl.catalog \
    share/trawl/registries/Trawl.1.0.0.json \
    share/trawl/registries/ResourceEvent.1.4.2.json \
    share/trawl/registries/StorageDevice.1.5.0.json share/man/man8/trawld.8; do
    ok "there is $file" test -s "$root/$file"
done
like "$(cat "$root/lib/systemd/system/trawld.service")" \
    "ExecStart=$prefix/sbin/trawld --config $prefix/etc/trawl/trawl.yaml" \
    'the unit starts what was installed'
like "$("$root/sbin/trawld" --version)" '^trawld [0-9]' 'it tells its version'
printf '# edited\n' >>"$root/etc/trawl/trawl.yaml"
make_it install
is "$(tail -n 1 "$root/etc/trawl/trawl.yaml")" '# edited' \
    'a second install keeps what the admin has edited'
ok 'make uninstall works' make_it uninstall
ok 'and takes the programs away' test ! -e "$root/sbin/trawld"
ok 'but not the edited configuration' test -e "$root/etc/trawl/trawl.yaml"
done_testing
