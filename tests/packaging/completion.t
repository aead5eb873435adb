#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain
#
# Completion in bash and zsh offers each command and option of --help and no
# other, files where a file is wanted, and what the running daemon knows: names
# of BMCs and sinks, ids of open conditions.
. "${0%/*}/../e2e/lib.sh"
need zsh
. "$TOP/tests/e2e/story.sh"
TRAWLCTL=${TRAWLCTL:-$BUILD/trawlctl}
PATH=${TRAWLD%/*}:${TRAWLCTL%/*}:${BMCSIM%/*}:$PATH
for program in trawld trawlctl bmcsim; do
    . "$TOP/packaging/completions/$program"
    is "$(complete -p $program)" "complete -F _$program $program" \
        "bash knows $program"
done

# in_bash PROGRAM WORD...: what is offered for the last of these words, on one
# line.
in_bash()
{
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    "_$1"
    printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort -u | xargs
}

# in_zsh PROGRAM WORD...: the same; its own helpers stand in for those that
# only work on a command line. Files are told apart from words by "files".
cat >"$TMP/offer.zsh" <<'EOZ'
compadd()
{
    local -a given
    while [[ $1 == -* ]]; do
        [[ $1 != -- ]] || { shift; break }
        [[ $1 != -S ]] || shift
        shift
    done
    given=(${(M)@:#${PREFIX}*})
    print -l -- $given
}
compset() { PREFIX=${PREFIX#*=} }
_files() { print "files $*" }
words=("$@") CURRENT=$# PREFIX=${@[-1]}
file=$COMPLETION
eval "complete_it() { $(<$file) }"
complete_it
EOZ
in_zsh()
{
    local file=_trawl
    [[ $1 != bmcsim ]] || file=_bmcsim
    COMPLETION=$TOP/packaging/completions/$file zsh -f "$TMP/offer.zsh" "$@" |
        LC_ALL=C sort -u | xargs
}

# both SENTENCE WANTED PROGRAM WORD...
both()
{
    local sentence=$1 wanted=$2
    shift 2
    is "$(in_bash "$@")" "$wanted" "bash: $sentence"
    is "$(in_zsh "$@")" "$wanted" "zsh: $sentence"
}

# Options as a --help tells of them, by other means than the completion's.
options_of()
{
    sed '/^Control port/,$d' | awk '/^ +-/ {
        for (i = 1; i <= NF && $i ~ /^-/; i++) {
            sub(/,$/, "", $i)
            print $i
            if ($(i + 1) ~ /^[A-Z]/)
                break
        } }' | LC_ALL=C sort -u | xargs
}
options=$(trawld --help | options_of)
like "$options" '--check-config' 'the options of trawld are found'
both 'every option of trawld, and no other' "$options" trawld -
commands=$(trawlctl --help | awk '/^  [a-z]/ { print $1 }' | sort | xargs)
both 'every command of trawlctl' "--help --version $commands" trawlctl ''
for command in $commands; do
    options=$(trawlctl "$command" --help | options_of)
    like "$options" '--help' "the options of trawlctl $command are found"
    both "every option of trawlctl $command, and no other" "$options" \
        trawlctl "$command" -
done
options=$(bmcsim --help | sed '/^Control port/,$d' |
    grep -o -e '--[a-z][a-z-]*[a-z]' | LC_ALL=C sort -u | xargs)
both 'every option of bmcsim, and no other' "$options" bmcsim --
both 'its dialects' "$(bmcsim --help | grep '^Dialects:' | tr ' ' '\n' |
    grep '^h' | LC_ALL=C sort | xargs)" bmcsim --vendor h
both 'its settings' "$(bmcsim --help | awk '/^Settings:/ { on = 1 }
    on && $1 ~ /^retry/ { print $1 "=" }' | LC_ALL=C sort | xargs)" \
    bmcsim --set retry
both 'what stands behind a command' 'check export repair' trawlctl spool ''

# ---- Files -----------------------------------------------------------------
mkdir "$TMP/etc"
touch "$TMP/etc/a b.yaml" "$TMP/etc/trawl.yaml"
cd "$TMP/etc" || exit
is "$(in_bash trawld -c tr)" trawl.yaml 'bash: a file after -c'
is "$(in_bash trawld --config = tr)" trawl.yaml 'a file after --config='
is "$(in_bash trawld --config =)" 'a b.yaml trawl.yaml' 'all of them'
is "$(in_bash trawld -q --config "a ")" 'a b.yaml' 'one with a blank in it'
is "$(in_bash trawlctl check tr)" trawl.yaml 'one for trawlctl check'
is "$(in_bash trawlctl events --config tr)" trawl.yaml 'one for --config'
is "$(in_bash trawlctl events -c tr)" trawl.yaml 'and for -c'
is "$(in_zsh trawld -c '')" files 'zsh: a file after -c'
is "$(in_zsh trawld --config=)" files 'and after --config='
is "$(in_zsh trawlctl check '')" files 'one for trawlctl check'
is "$(in_zsh trawlctl spool check --spool '')" 'files -/' 'a folder for --spool'

# ---- The daemon ------------------------------------------------------------
token=completion-story-token-1
listen=127.0.0.1:$(free_port)
write_conf <<EOC
listen: [{address: "$listen"}]
bmcs:
  - {name: r1-n01, url: "https://127.0.0.1", receive: passive, token: $token}
  - {name: r2-n01, url: "https://127.0.0.1:1", receive: passive}
sinks: {file: {type: file, path: $EVENTS}, far: {type: file, path: $TMP/far}}
routes: [{to: [file, far]}]
EOC
both 'no BMC where there is no daemon' '' \
    trawlctl events --socket "$TMP/control.sock" --bmc ''
start_trawld "$CONF"
post "http://$listen/events/$token" '{"Events": [{"MessageId":
    "StorageDevice.1.1.DriveFailure", "MessageArgs": ["Bay 1"], "Severity":
    "Critical"}]}' >/dev/null
wait_for "$PATIENCE" 'a condition is open' \
    metric_is trawl_conditions_open 'severity="Critical"' 1
ids=$(trawlctl conditions --json -S "$TMP/control.sock" | jq -r .id)
ask=(--socket "$TMP/control.sock")
both 'the BMCs' 'r1-n01 r2-n01' trawlctl bmcs "${ask[@]}" ''
both 'those that begin so' r2-n01 trawlctl conditions "${ask[@]}" --bmc r2
both 'the id of the condition' "$ids" trawlctl conditions "${ask[@]}" clear ''
both 'severities' 'Critical' trawlctl conditions --severity C
both 'states of BMCs' 'passive' trawlctl bmcs --state p
for word in starting passive listening refused locked silent left; do
    like "$(trawlctl bmcs --help)" "[ ,]$word" "--state $word is one of --help"
done
both 'the sinks' 'far file' trawlctl replay "${ask[@]}" --sink ''
both 'in short' far trawlctl replay "${ask[@]}" -s fa
both 'the BMCs of other commands' 'r1-n01 r2-n01' \
    trawlctl unsubscribe "${ask[@]}" ''
assert_conservation
ok 'trawld ends cleanly' stop_trawld

# ---- A real command line ---------------------------------------------------
# typed KEYS: what zsh makes of them, with a tab at the end, in a terminal.
cat >"$TMP/typed.zsh" <<'EOZ'
zmodload zsh/zpty
zpty it zsh -f -i
zpty -w it "PS1='> '; fpath=($FOLDER \$fpath); autoload -U compinit
compinit -u -d $TMP/dump; print ready"
while zpty -r it line && [[ $line != ready* ]]; do :; done
zpty -w -n it "$1"$'\t'
all=
while zpty -r it line "*$2*"; do
    all+=$line
    [[ $all != *$2* ]] || break
done
print -r -- "$all"
zpty -d it
EOZ
mkdir "$TMP/functions"
cp "$TOP"/packaging/completions/_* "$TMP/functions/"
export TMP FOLDER=$TMP/functions
like "$(timeout 60 zsh -f "$TMP/typed.zsh" 'trawlctl cond' 'conditions')" \
    conditions 'zsh: "trawlctl cond" and a tab give "conditions"'
done_testing
