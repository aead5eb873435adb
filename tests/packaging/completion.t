#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Completion in bash offers each option of --help and no other, and files
# where a file is wanted.
. "${0%/*}/../e2e/lib.sh"
. "$TOP/packaging/completions/trawld"

# offered WORD...: what is offered for the last of these words, on one line.
offered()
{
    COMP_WORDS=(trawld "$@")
    COMP_CWORD=$#
    _trawld
    printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort -u | xargs
}

options=$("$TRAWLD" --help | grep '^ *-' |
    grep -oE -- '(^|[ ,])--?[a-z][a-z-]*' | tr -d ' ,' | LC_ALL=C sort -u |
    xargs)
is "$(offered '')" "$options" 'every option of --help, and no other'
is "$(offered --ver)" '--verbose --version' 'those that begin so'

mkdir "$TMP/etc"
touch "$TMP/etc/a b.yaml" "$TMP/etc/trawl.yaml"
cd "$TMP/etc" || exit
is "$(offered -c tr)" trawl.yaml 'a file after -c'
is "$(offered --config tr)" trawl.yaml 'a file after --config'
is "$(offered --config = tr)" trawl.yaml 'a file after --config='
is "$(offered --config =)" 'a b.yaml trawl.yaml' 'all files after --config='
is "$(offered -q --config "a ")" 'a b.yaml' 'a name with a blank in it'
is "$(complete -p trawld)" 'complete -F _trawld trawld' 'bash knows it'
done_testing
