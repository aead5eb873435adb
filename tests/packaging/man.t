#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The manual pages: each renders without a warning and has the sections that
# readers look for; each option of --help stands in its page, and no other.
set -u
cd "$(dirname -- "$0")/../.." || exit 1
build=${TRAWL_BUILD:-build}
trawld=${TRAWLD:-$build/trawld}
bmcsim=${BMCSIM:-$build/bmcsim}
trawlctl=$build/trawlctl
count=0 failed=0

# verdict STATUS SENTENCE
verdict()
{
    count=$((count + 1))
    [ "$1" -eq 0 ] && printf 'ok %d - %s\n' $count "$2" && return
    failed=$((failed + 1))
    printf 'not ok %d - %s\n' $count "$2"
}

renders()
{
    words=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$1" 2>&1 >/dev/null)
    [ -z "$words" ] || { printf '%s\n' "$words" | sed 's/^/# /'; false; }
    verdict $? "${1##*/} renders without a warning"
}

# has PAGE HEADING...
has()
{
    page=$1
    shift
    for heading; do
        grep -q "^\.SH $heading\$" "packaging/man/$page"
        verdict $? "$page has $heading"
    done
}

# The long options of a text.
options_of()
{
    sed 's/\\-/-/g' | grep -o -e '--[a-z][a-z-]*[a-z]' | LC_ALL=C sort -u
}

# compare PROGRAM PAGE [COMMANDS]: the options of its usage, and of the page's
# OPTIONS.
compare()
{
    told=$({
        "$1" --help
        for command in ${3-}; do "$1" "$command" --help; done
    } | sed '/^Control port/,$d' | options_of)
    written=$(sed -n '/^\.SH OPTIONS/,/^\.SH FILES/p' "packaging/man/$2" |
        options_of)
    [ "$told" = "$written" ]
    verdict $? "$2 has the options of --help"
}

for page in packaging/man/*.[1-8]; do
    renders "$page"
done
all='NAME SYNOPSIS DESCRIPTION OPTIONS FILES SIGNALS ENVIRONMENT EXAMPLES'
has trawld.8 $all 'EXIT STATUS' 'SEE ALSO'
has bmcsim.1 $all 'EXIT STATUS' 'SEE ALSO'
has trawlctl.8 NAME SYNOPSIS DESCRIPTION OPTIONS FILES EXAMPLES 'EXIT STATUS' \
    'SEE ALSO'
has trawl.yaml.5 NAME SYNOPSIS DESCRIPTION OPTIONS FILES EXAMPLES 'SEE ALSO'
has trawl-registries.7 NAME DESCRIPTION REGISTRIES CATALOGUES CLEARING FILES \
    EXAMPLES 'SEE ALSO'
has trawl-fields.7 NAME DESCRIPTION JSON ECS JOURNALD SYSLOG CEF METRICS 'SEE ALSO'
compare "$trawld" trawld.8
compare "$bmcsim" bmcsim.1

commands=$("$trawlctl" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' | xargs)
[ "$commands" = "$(sed -n '/^\.SS /{s///;s/\\\\-/-/g;p}' \
    packaging/man/trawlctl.8 | xargs)" ]
verdict $? 'trawlctl.8 has the commands of --help'
compare "$trawlctl" trawlctl.8 "$commands"
printf '1..%d\n' $count
[ $failed -eq 0 ]
