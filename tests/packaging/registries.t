#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain
#
# trawl-registries(7) names each key that the program looks for in a file of
# each kind, and no other; its examples are what trawlctl check wants, and do
# what the page says of them.
. "${0%/*}/../e2e/lib.sh"
need jq
TRAWLCTL=${TRAWLCTL:-$BUILD/trawlctl}
page=$TOP/packaging/man/trawl-registries.7

# read_by FILE: the names of members that this source looks for; not words of
# their values, nor the one that shows a file to be no registry.
read_by()
{
    tr '\n' ' ' <"$TOP/src/registry/$1" | grep -oE \
        '\{"[a-z_]+", JSON_IN_[A-Z]+|[a-z_]+\([a-z_>-]+, *"[A-Za-z_]+"|\), "[A-Za-z]+"\)' |
        grep -v '^\(read_list\|error_set\|strcmp\)' |
        sed 's/[^"]*"\([^"]*\)".*/\1/' | grep -vxE 'schema|number|MessageId' | LC_ALL=C sort -u
}

# described HEADING: the entries of a section.
described()
{
    sed -n "/^\.SH $1\$/,/^\.SH/p" "$page" | sed -n '/^\.TP/{n;p;}' |
        sed -n 's/^\\fB\(.*\)\\fR$/\1/p' | LC_ALL=C sort -u
}

# compare HEADING SOURCE LEAST
compare()
{
    ok "$2 reads $3 names at least" eval "((\$(read_by $2 | wc -l) >= $3))"
    is "$(described "$1" | xargs)" "$(read_by "$2" | xargs)" \
        "$1 has what $2 reads, and no other"
}
compare REGISTRIES registry_parse.c 19
compare CATALOGUES catalogue_load.c 15
compare CLEARING clearing_load.c 14

# ---- The examples ----------------------------------------------------------
mkdir "$TMP/local"
for n in 1 2 3; do
    sed -n '/^\.SH EXAMPLES/,$p' "$page" | awk -v wanted=$n '
        /^\.EX/ { n++; inside = 1; next }
        /^\.EE/ { inside = 0 }
        inside && n == wanted' | sed 's/\\-/-/g' >"$TMP/local/$n.json"
done
# The third speaks of a registry that is not there: here it is.
cat >"$TMP/local/4.json" <<'EOJ'
{"RegistryPrefix": "ExampleEvents", "RegistryVersion": "1.0.0", "Messages": {
  "PumpFailed": {"Message": "Pump %1 failed at %2 degrees.",
    "NumberOfArgs": 2, "ParamTypes": ["string", "string"],
    "Severity": "Critical", "Resolution": "None."},
  "PumpDegraded": {"Message": "Pump %1 is weak.", "NumberOfArgs": 1,
    "ParamTypes": ["string"], "Severity": "Warning", "Resolution": "None."},
  "PumpRestored": {"Message": "Pump %1 works.", "NumberOfArgs": 1,
    "ParamTypes": ["string"], "Severity": "OK", "Resolution": "None."}}}
EOJ
for n in 1 2 3; do
    ok "trawlctl check has nothing against example $n" \
        "$TRAWLCTL" check -r "$TMP/local" "$TMP/local/$n.json"
done

# explained THING: as JSON, by these files.
explained()
{
    "$TRAWLCTL" explain --json -r "$TMP/local" "$1"
}
is "$(explained StorageDevice.1.5.DrivePredictiveFailure |
    jq -r '"\(.severity): \(.resolution)"')" \
    'Critical: Open a ticket for the hands on site.' 'the first example holds'
like "$(explained CH_17)" "The chiller's pump has failed" 'the second holds'
like "$(explained CH_950)" 'A self-test ran' 'with its range'
like "$(explained ExampleEvents.1.0.PumpRestored)" \
    'ExampleEvents.PumpFailed.*ExampleEvents.PumpDegraded' 'the third holds'
done_testing
