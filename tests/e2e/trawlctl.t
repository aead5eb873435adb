#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain asan
#
# trawlctl as it is typed: options, standard input, exit status.
. "${0%/*}/lib.sh"

CTL=$BUILD/trawlctl
mkdir "$TMP/mine"

# ctl STATUS ARGUMENT...: runs it; OUT is what it printed.
ctl()
{
    local want=$1 got=0
    shift
    OUT=$("$CTL" "$@" 2>"$TMP/err" </dev/null) || got=$?
    is "$got" "$want" "trawlctl $* ends with $want" || diag "$(<"$TMP/err")"
}

ctl 0 --version
like "$OUT" '^trawlctl [0-9]' 'the version is said'
ctl 0 --help
like "$OUT" 'explain.*registries.*check' 'the help names the commands'
ctl 2 expalin
ok 'a slip of the pen is met with the word meant' \
    grep -q "did you mean 'explain'" "$TMP/err"
ctl 2 explain
ctl 0 explain --help

ctl 0 explain --arg 'Bay 3' StorageDevice.1.1.DriveFailure
like "$OUT" "drive located in 'Bay 3'" 'arguments are filled in'
like "$OUT" 'Cleared by: .*DriveOK' 'what clears it is said'
ctl 0 explain --json UPD4_FAIL_207 TaskStarted
is "$(wc -l <<<"$OUT")" 2 'one line of JSON for each thing'
ctl 1 explain Nobody.1.0.Knows
like "$OUT" 'known by nobody' 'an unknown one is said to be so'
ctl 1 explain "$TMP/absent.json"
ok 'a file that is not there is no MessageId' grep -q "No such" "$TMP/err"

OUT=$("$CTL" explain --json - <"$TOP/tests/golden/explain/task.json")
is "$(wc -l <<<"$OUT")" 4 'a task on standard input'
gzip -c "$TOP/tests/golden/explain/task.json" >"$TMP/task.json.gz"
ctl 0 explain --json "$TMP/task.json.gz"
is "$(wc -l <<<"$OUT")" 4 '... and packed'
OUT=$("$CTL" explain --json - <"$TMP/task.json.gz")
is "$(wc -l <<<"$OUT")" 4 '... on standard input too'
printf '{"@odata.type": "#MessageRegistryFile.v1_1_0.MessageRegistryFile"}' \
    >"$TMP/locator.json"
ctl 1 explain "$TMP/locator.json"
ok 'what only points at a registry is said to' \
    grep -q 'where a registry is' "$TMP/err"
OUT=$("$CTL" explain --json "$TOP/registries/TaskEvent.1.0.5.json")
is "$(wc -l <<<"$OUT")" 9 'every message of a registry file'

cat >"$TMP/mine/own.json" <<EOC
{"RegistryPrefix": "StorageDevice", "RegistryVersion": "1.5.0", "Messages": {
 "DriveFailure": {"Severity": "Warning", "Resolution": "Ask Ada."}}}
EOC
ctl 0 explain --registries "$TMP/mine" StorageDevice.1.5.DriveFailure -a B
like "$OUT" '^Warning .*Ask Ada' "an admin's override counts"
ctl 0 registries --json --registries "$TMP/mine"
like "$OUT" '"from":"local".*mine/own.json' 'it is listed with its file'
ctl 0 check "$TMP/mine/own.json"
printf '{"RegistryPrefix":"A",\n"Messages":{}}' >"$TMP/mine/bad.json"
ctl 1 check "$TMP/mine/bad.json"
like "$OUT" 'bad.json:1: no Registry' 'what is wrong is said with its place'
printf '{"RegistryPrefix":"A","RegistryVersion":"1.0.0","Messages":
 {"\\u001b[2J\\u009b31m":{"Message":"%%1","Severity":"OK"}}}' >"$TMP/mine/esc.json"
ctl 1 check "$TMP/mine/esc.json"
ok '... without what it could do to a terminal' \
    test "${OUT//[[:print:]]/}" = ''
ctl 0 check --quiet "$TOP"/registries/*.json
is "$OUT" '' '... and of good files nothing'

done_testing
