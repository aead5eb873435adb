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
# rights, and after the upgrade the daemon is ended and started. What runs as
# root by the packages' own scripts is theirs.
#
# The clean trees are kept in TRAWL_FRESH_CACHE (trawl-fresh in TMPDIR).
. "${0%/*}/../e2e/lib.sh"
[[ $(id -u) == 0 ]] || skip_all 'root alone can install packages'
[[ -e $TOP/.git ]] || skip_all 'this is no git checkout'
need jq git mmdebstrap dpkg-buildpackage dh unshare setpriv

# Mounts are for us alone, and gone with us.
if [[ -z ${TRAWL_FRESH_INSIDE-} ]]; then
    unshare --mount true || skip_all 'mount namespaces are not allowed'
    TRAWL_FRESH_INSIDE=yes exec unshare --mount "$BASH" "$0" "$@"
fi
. "$TOP/tests/e2e/flow.sh"
leave()
{
    local status=$?
    umount -q "$TMP"/*/proc
    (exit $status)
    on_exit
}
trap leave EXIT

# ---- The packages ------------------------------------------------------------------
# The checkout may be somebody else's.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

# build_deb TREE FOLDER
build_deb()
{
    DEB_BUILD_OPTIONS='nocheck parallel=2' sh "$1/packaging/build-deb" "$2"
}

# The commit before in a checkout of its own, under a lower version.
build_before()
{
    local tree=$TMP/before commit=HEAD~1
    git -C "$TOP" rev-parse -q --verify HEAD~1 >/dev/null || commit=HEAD
    git -C "$TOP" worktree list >/dev/null &&
        git clone -q --no-checkout "$TOP" "$tree" &&
        git -C "$tree" checkout -q "$(git -C "$TOP" rev-parse $commit)" &&
        sed -i '1s/)/~before)/' "$tree/packaging/debian/changelog" &&
        git -C "$tree" -c user.name=Story -c user.email=story@trawl.example \
            commit -q -a -m 'An earlier version' &&
        build_deb "$tree" "$TMP/deb-before"
}
ok 'the packages of this commit are built' build_deb "$TOP" "$TMP/deb" ||
    done_testing
ok 'and those of the commit before' build_before || done_testing

# ---- The trees ---------------------------------------------------------------------
cache=${TRAWL_FRESH_CACHE:-${TMPDIR:-/tmp}/trawl-fresh}
mkdir -p -m 700 "$cache"
[[ -O $cache && ! -L $cache ]] || skip_all "$cache is somebody else's"
codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME-}")

# The archive that this machine gets Debian from.
archive()
{
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
        'Origin: Debian' 'Label: Debian' 'Component: main' \
        "Release: $codename" | grep -v '^cdrom:' | sort -u | head -n 1
}

make_clean_tree()
{
    [[ ! -e $cache/$1.complete ]] || return 0
    rm -rf "${cache:?}/$1"
    mmdebstrap --quiet --variant=minbase "$1" "$cache/$1" "$(archive)" &&
        touch "$cache/$1.complete"
}

# inside COMMAND...: in the tree of this suite.
inside()
{
    chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

# apt COMMAND...: an edited configuration is the admin's, as it is for
# unattended upgrades.
apt()
{
    inside apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Options::=--force-confold \
        "$@"
}

# Services are started by nobody; names are found as on this machine.
make_tree()
{
    tree=$TMP/$suite
    cp -a "$cache/$suite" "$tree" &&
        cp -L /etc/resolv.conf "$tree/etc/resolv.conf" &&
        printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d" &&
        chmod 755 "$tree/usr/sbin/policy-rc.d" &&
        mount -t proc proc "$tree/proc" && apt update
}

# ---- What a service manager does -----------------------------------------------------
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

# ---- As the manual says ----------------------------------------------------------------
# example N: the N-th block of "The first BMC" in the page of this commit.
example()
{
    dpkg-deb --fsys-tarfile "$TMP"/deb/trawl_*.deb |
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

# ---- One suite -------------------------------------------------------------------------
install_before()
{
    mkdir -p "$tree/root/before" "$tree/root/now"
    cp "$TMP"/deb-before/trawl{,-bmcsim}_*.deb "$tree/root/before/"
    cp "$TMP"/deb/trawl{,-bmcsim}_*.deb "$tree/root/now/"
    apt install --no-install-recommends $(yyjson_beside) \
        $(cd "$tree" && printf '/%s ' root/before/*.deb)
}

# Debian 12 has no yyjson: Debian 13's package stands beside ours.
yyjson_beside()
{
    [[ $suite == bookworm ]] || return 0
    cp "$TMP"/yyjson/libyyjson0_*.deb "$tree/root/" &&
        printf '/root/%s' "$(cd "$tree/root" && echo libyyjson0_*.deb)"
}

keep_yyjson()
{
    mkdir -p "$TMP/yyjson"
    inside sh -c 'cd /root && apt-get -q download libyyjson0' &&
        mv "$tree"/root/libyyjson0_*.deb "$TMP/yyjson/"
}

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
    ok "$suite: apt upgrades" apt install \
        $(cd "$tree" && printf '/%s ' root/now/*.deb)
    is "$(installed_version)" \
        "$(dpkg-deb -f "$TMP"/deb/trawl_*.deb Version)" "$suite: to this commit"
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

suites='trixie bookworm'
# What is built on Debian 13 asks for libraries of Debian 13.
[[ $codename != trixie ]] || suites=trixie
for suite in $suites; do
    ok "$suite: a clean system is unpacked" make_clean_tree "$suite" &&
        ok "$suite: and finds its archive" make_tree || done_testing
    [[ $suite != trixie ]] || ok 'yyjson is had for Debian 12' keep_yyjson
    ok "$suite: apt installs the packages and what they depend on" \
        install_before || done_testing
    as_installed
    configured
    upgraded
    removed
done
done_testing
