#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Each example of conf/ is a usable configuration, without a warning, once the
# files that it names are there; and does what its first lines say.
. "${0%/*}/../e2e/lib.sh"
make_certs

# adapt EXAMPLE: its paths are the story's, with the files that it names.
adapt()
{
    local file
    sed -e "s|/etc/trawl|$TMP/etc|g; s|/var/log/trawl|$TMP|g" "$1" \
        >"$TMP/etc/trawl.yaml"
    for file in $(grep -o "$TMP/etc/[a-z]*/[a-z-]*[a-z.]*" \
        "$TMP/etc/trawl.yaml"); do
        case $file in
        *.crt) cp "$CERTS/server.crt" "$file" ;;
        *.key) cp "$CERTS/server.key" "$file" ;;
        *) (umask 077 && printf 'secret\n' >"$file") ;;
        esac
    done
}

# checked: what --check-config says of it, the path left out.
checked()
{
    "$TRAWLD" --check-config -c "$TMP/etc/trawl.yaml" 2>&1 |
        sed "s|^$TMP/etc/trawl.yaml: ||"
}

mkdir -p "$TMP"/etc/{tls,secrets,conf.d}
found=''
for example in "$TOP"/conf/*.yaml; do
    name=${example##*/}
    grep -q '^sinks:' "$example" || continue # Prometheus's
    [[ $name != demo.yaml && $name != trawl.yaml ]] || continue
    found+=" $name"
    adapt "$example"
    like "$(checked)" '^usable: .*, 0 warnings$' "$name is usable as it is"
done
is "$found" ' fleet.yaml kafka-sasl.yaml mutual-tls.yaml siem-tls.yaml' \
    'all examples were tried'

adapt "$TOP/conf/fleet.yaml"
like "$(checked)" '^usable: 1285 BMCs,' 'the fleet has 40 times 32 and 5 BMCs'
printf 'nonsense: 1\n' >>"$TMP/etc/trawl.yaml"
like "$(checked)" 'nonsense: unknown' 'what is wrong would be found'
done_testing
