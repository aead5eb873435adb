#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain
#
# A fresh machine: the packages are installed by apt, with what they depend on,
# into a clean Debian 12 and a clean Debian 13; configured as the manual page
# installed there says; fed with events, upgraded from the package of the
# commit before while events flow, removed, and purged.
#
# There is no service manager in these trees. What it would do is done here:
# the folders of the unit are made, its ExecStart is run as its user without
# rights, and after the upgrade the daemon is ended and started. (system.t has a
# service manager, where one can be had.)
. "${0%/*}/../e2e/lib.sh"
. "$TOP/tests/packaging/tree.sh"
need setpriv
enter_namespace "$@"
. "$TOP/tests/e2e/flow.sh"

# ---- What a service manager does -------------------------------------------
of_unit()
{
    sed -n "s/^$1=//p" "$tree"/{usr/,}lib/systemd/system/trawld.service |
        head -n 1
}

# make_folder PARENT SETTING
make_folder()
{
    inside install -d -o "$(of_unit User)" -g "$(of_unit Group)" \
        -m "$(of_unit "${2}Mode" | grep . || echo 755)" "$1/$(of_unit "$2")"
}

start_service()
{
    make_folder /var/lib StateDirectory
    make_folder /run RuntimeDirectory
    make_folder /var/log LogsDirectory
    spawn "$TMP/trawld-$suite.log" chroot "$tree" setpriv \
        --reuid "$(of_unit User)" --regid "$(of_unit Group)" --init-groups \
        --no-new-privs --inh-caps=-all --bounding-set=-all \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        sh -c "umask $(of_unit UMask) && exec $(of_unit ExecStart)"
    TRAWLD_PID=$!
}

log_has()
{
    grep -q -- "$1" "$TMP/trawld-$suite.log"
}

# ---- As the manual says ----------------------------------------------------
# example N: the N-th block of "The first BMC" in the page of this commit.
example()
{
    dpkg-deb --fsys-tarfile "$DEBS"/trawl_*.deb |
        tar -xO ./usr/share/man/man5/trawl.yaml.5.gz | zcat | awk -v wanted="$1" '
        /^\.SS/ { here = $0 == ".SS The first BMC" }
        here && /^\.EX/ { n++; inside = 1; next }
        /^\.EE/ { inside = 0 }
        inside && n == wanted' | sed 's/\\-/-/g'
}

# The page's commands as they stand; of its configuration only the addresses.
follow_the_manual()
{
    local port=${LISTEN##*:}
    (cd "$tree/root" && cp "$CERTS/server.crt" "$CERTS/server.key" . &&
        cp "$CERTS/ca.crt" bmc-ca.crt && printf 'secret\n' >password) &&
        example 1 | inside sh -e -c 'cd /root && . /dev/stdin' &&
        example 2 | sed -e "s|\"\[::\]:8443\"|\"127.0.0.1:$port\"|" \
            -e "s|https://collector.example.net:8443|https://127.0.0.1:$port|" \
            -e "s|https://10.0.0.11|$(jq -r '.bmcs[0].url' "$BMCSIM_PORTS")|" \
            -e "s|127.0.0.1:9465|$METRICS|" >"$tree/etc/trawl/trawl.yaml" &&
        [[ $(grep -c '127\.0\.0\.1' "$tree/etc/trawl/trawl.yaml") == 4 ]]
}

start_packaged_bmc()
{
    mkdir -p "$tree/srv/bmc"
    cp "$CERTS"/{server.crt,server.key,ca.crt} "$tree/srv/bmc/"
    printf '{"bmcs": [{"name": "r1-n01"}]}\n' >"$tree/srv/bmc/bmcs.json"
    BMCSIM_PORTS=$tree/srv/bmc/ports
    spawn "$TMP/bmcsim-$suite.log" chroot "$tree" bmcsim --quiet \
        --config /srv/bmc/bmcs.json --ports-file /srv/bmc/ports \
        --tls /srv/bmc/server.crt /srv/bmc/server.key \
        --username trawl --password secret --set ca=/srv/bmc/ca.crt \
        --set verify=true --set sse=false --set retry_policy=RetryForever \
        --set retry_interval_ms=100 --set timeout_ms=10000
    BMCSIM_PID=$!
    has_started bmcsim "$BMCSIM_PID" test -s "$BMCSIM_PORTS"
}

# ---- One suite -------------------------------------------------------------
installed_version()
{
    inside dpkg-query -W -f '${Version}' trawl
}

flows()
{
    before=$(acked_count)
    wait_for "$PATIENCE" "$1" eval "((\$(acked_count) > before + 50))"
}

as_installed()
{
    like "$(inside getent passwd trawl)" ':/var/lib/trawl:/[a-z/]*nologin$' \
        "$suite: its user is there"
    ok "$suite: what is shipped is a usable configuration" \
        inside trawld --check-config
    start_service
    wait_for "$PATIENCE" "$suite: it starts and says what to do next" \
        log_has 'name your BMCs under bmcs:'
    is "$(ss -Hltunp | grep "pid=$TRAWLD_PID,")" '' \
        "$suite: it listens on nothing"
    ok "$suite: it ends cleanly" end_process "$TRAWLD_PID" TERM
}

configured()
{
    start_packaged_bmc
    ok "$suite: it is configured as the manual says" follow_the_manual
    ok "$suite: and the check is content" inside $(example 3 | head -n 1)
    start_service
    has_started trawld "$TRAWLD_PID" is_ready
    wait_for_subscriptions
    emit r1-n01 1
    wait_for "$PATIENCE" "$suite: an event arrives" \
        grep -q '"DriveFailure"' "$tree/var/log/trawl/events.jsonl"
}

upgraded()
{
    local began
    emit r1-n01 1000000 200
    flows "$suite: events flow"
    ok "$suite: apt upgrades" install_packages "$DEBS"
    is "$(installed_version)" "$(dpkg-deb -f "$DEBS"/trawl_*.deb Version)" \
        "$suite: to this commit"
    ok "$suite: the configuration is the admin's" \
        grep -q "$METRICS" "$tree/etc/trawl/trawl.yaml"
    flows "$suite: events flow"
    began=${EPOCHREALTIME/./}
    ok "$suite: what ran ends cleanly" end_process "$TRAWLD_PID" TERM
    start_service
    has_started trawld "$TRAWLD_PID" is_ready
    diag "$suite: away for $(((${EPOCHREALTIME/./} - began) / 1000)) ms"
    is "$(readlink "/proc/$TRAWLD_PID/exe")" "$tree/usr/sbin/trawld" \
        "$suite: what was installed runs"
    flows "$suite: events flow again"
    simctl stop '{}' >/dev/null
    wait_for_acks
    assert_conservation
    json_lines "$tree/var/log/trawl/events.jsonl" >"$TMP/lines"
    assert_arrived "$suite: over the upgrade, the file" <"$TMP/lines"
    ok "$suite: it ends cleanly" end_process "$TRAWLD_PID" TERM
}

removed()
{
    ok "$suite: apt removes it" apt remove trawl
    ok "$suite: the programs are gone" test ! -e "$tree/usr/sbin/trawld"
    ok "$suite: the events are not" \
        compgen -G "$tree/var/lib/trawl/spool/*.seg"
    ok "$suite: nor the configuration" test -e "$tree/etc/trawl/trawl.yaml"
    ok "$suite: apt purges it" apt purge trawl
    ok "$suite: the events are gone" test ! -e "$tree/var/lib/trawl"
    ok "$suite: and the file sink's" test ! -e "$tree/var/log/trawl"
    ok "$suite: and the configuration" test ! -e "$tree/etc/trawl/trawl.yaml"
    end_process "$BMCSIM_PID" KILL
}

build_packages
build_packages_before
for suite in $(suites); do
    make_tree "$suite"
    ok "$suite: apt installs the packages and what they depend on" \
        install_packages "$DEBS_BEFORE" || done_testing
    as_installed
    configured
    upgraded
    removed
done
done_testing
