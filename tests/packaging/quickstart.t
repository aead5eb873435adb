#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What a stranger sees in the first minute: the demo, three fake BMCs and the
# law of conservation at its end.
# lane: plain
. "${0%/*}/../e2e/lib.sh"

said=$(sh "$TOP/packaging/quickstart" --seconds 14 2>"$TMP/said")
is "$?" 0 'the demo ends well'
like "$said" 'storage-1 +Critical +A failure condition for the drive' \
    'an event that was posted over TLS is shown, in words'
like "$said" 'compute-2 +Warning +The health of resource' \
    'one that was streamed'
like "$said" 'rogue-3 +Warning +A payload of the BMC could not be read' \
    'what could not be read is told'
law=$(grep '^received' <<<"$said")
like "$law" '^received [1-9]' 'the law is at the end'
is $(($(sed 's/=.*//; s/[a-z ]//g' <<<"$law"))) \
    $(($(sed 's/.*=//; s/[a-z ]//g' <<<"$law"))) "and holds: $law"
while read -r _ sink _ routed _ delivered; do
    is "$delivered" "${routed%,}" "sink $sink has delivered what was routed"
done < <(grep '^sink ' <<<"$said")
is "$(grep -c $'\033' <<<"$said")" 0 'without colour where there is no terminal'
ok 'the quarantine has what could not be read' \
    compgen -G "$TOP/build/demo/state/quarantine/*"
ok 'a second run skips what is done' \
    sh "$TOP/packaging/quickstart" --build
done_testing
