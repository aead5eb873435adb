#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain
#
# What is packed builds, tests and installs by itself, out of a folder that
# cannot be written. Takes a minute or two, so it runs when it is named:
#
#     sh tests/run tests/packaging/dist.t
. "${0%/*}/../e2e/lib.sh"

pack()
{
    (cd "$TMP" && "$TOP/configure" --quiet && make -s -j2 distcheck) \
        >"$TMP/log" 2>&1 || { tail -n 30 "$TMP/log" && false; }
}
ok 'make distcheck works' pack
ok 'and leaves an archive' compgen -G "$TMP/trawl-*.tar.xz"
done_testing
