# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Clean Debian systems in a folder each, for tests of packages to source after
# lib.sh and flow.sh, as root:
#
#     enter_namespace "$@"        first of all: mounts are ours alone
#     build_packages              sets DEBS, the folder of this commit's
#     build_packages_before       sets DEBS_BEFORE, of the commit before
#     make_tree SUITE             sets tree and suite
#     inside COMMAND...           in that tree
#     apt COMMAND...              apt-get in it
#     install_packages FOLDER     the packages there, with what they depend on
#     boot_tree                   systemd as its first process
#     system COMMAND...           in the running system
#
# The clean trees and the packages of the last hour are kept in
# TRAWL_FRESH_CACHE (trawl-fresh in TMPDIR).

[[ $(id -u) == 0 ]] || skip_all 'root alone can install packages'
[[ -e $TOP/.git ]] || skip_all 'this is no git checkout'
need jq git mmdebstrap dpkg-buildpackage dh unshare flock

# enter_namespace ARGUMENT...: those of the test. Mounts end with it.
enter_namespace()
{
    if [[ -z ${TRAWL_FRESH_INSIDE-} ]]; then
        unshare --mount true || skip_all 'mount namespaces are not allowed'
        TRAWL_FRESH_INSIDE=yes exec unshare --mount "$BASH" "$0" "$@"
    fi
    trap leave EXIT
}

leave()
{
    local status=$?
    trap - EXIT
    [[ -z ${SYSTEM_PID-} ]] || stop_system
    umount -q "$TMP"/*/proc
    (exit $status)
    on_exit
} 2>/dev/null

cache=${TRAWL_FRESH_CACHE:-${TMPDIR:-/tmp}/trawl-fresh}
mkdir -p -m 700 "$cache"
[[ -O $cache && ! -L $cache ]] || skip_all "$cache is somebody else's"
codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME-}")

# once NAME COMMAND...: unless $cache/NAME is there; others wait meanwhile.
once()
{
    local name=$1
    shift
    (
        flock 9
        [[ ! -e $cache/$name.complete ]] || exit 0
        rm -rf "${cache:?}/$name"
        "$@" "$cache/$name" && touch "$cache/$name.complete"
    ) 9>"$cache/$name.lock"
}

# ---- The packages ------------------------------------------------------------------
# The checkout may be somebody else's.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

# build_deb TREE FOLDER
build_deb()
{
    DEB_BUILD_OPTIONS='nocheck parallel=2' sh "$1/packaging/build-deb" "$2" \
        >"$TMP/build.log" 2>&1 || { tail -n 30 "$TMP/build.log" && false; }
}

# The commit before in a checkout of its own, under a lower version; or one
# before that, if it has no packages.
build_before()
{
    local tree=$TMP/before commit
    git clone -q --no-checkout "$TOP" "$tree" || return
    for commit in $(git -C "$TOP" rev-list --first-parent -n 4 HEAD |
        awk 'NR == 1 { last = $0; next } { print } END { print last }'); do
        git -C "$tree" checkout -q -f "$commit" &&
            sed -i '1s/)/~before)/' "$tree/packaging/debian/changelog" &&
            git -C "$tree" -c user.name=Story \
                -c user.email=story@trawl.example \
                commit -q -a -m 'An earlier version' &&
            build_deb "$tree" "$1" && return
    done
    false
}

# What was built an hour ago or longer is not waited for any more.
build_packages()
{
    DEBS=$cache/deb-$(git -C "$TOP" rev-parse HEAD)
    find "$cache" -maxdepth 1 \( -name 'deb-*' -o -name 'before-*' \) \
        -mmin +60 -exec rm -rf {} +
    ok 'the packages of this commit are built' \
        once "${DEBS##*/}" build_deb "$TOP" || done_testing
}

build_packages_before()
{
    DEBS_BEFORE=$cache/before-$(git -C "$TOP" rev-parse HEAD)
    ok 'and those of the commit before' \
        once "${DEBS_BEFORE##*/}" build_before || done_testing
}

# ---- The trees ---------------------------------------------------------------------
# suites: what the packages can be installed on. Those that are built on Debian
# 13 ask for libraries of Debian 13.
suites()
{
    case $codename in
    bookworm) echo bookworm trixie ;;
    trixie) echo trixie ;;
    *) skip_all 'this machine is neither Debian 12 nor 13' ;;
    esac
}

# The archive that this machine gets Debian from.
archive()
{
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
        'Origin: Debian' 'Label: Debian' 'Component: main' \
        "Release: $codename" | grep -v '^cdrom:' | sort -u | head -n 1
}

# bootstrap SUITE FOLDER
bootstrap()
{
    mmdebstrap --quiet --variant=minbase "$1" "$2" "$(archive)"
}

# Debian 12 has no yyjson: Debian 13's package stands beside ours.
fetch_yyjson()
{
    local suite=trixie tree=$TMP/yyjson
    mkdir -p "$1"
    once trixie bootstrap trixie && copy_tree && apt update &&
        inside sh -c 'cd /root && apt-get -q download libyyjson0' &&
        mv "$tree"/root/libyyjson0_*.deb "$1/" && umount "$tree/proc" &&
        rm -rf "$tree"
}

inside()
{
    chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

# An edited configuration is the admin's, as it is for unattended upgrades.
apt()
{
    local where=inside
    [[ -z ${SYSTEM_PID-} ]] || where=system
    $where apt-get -q -y \
        -o Dpkg::Use-Pty=0 -o DPkg::Options::=--force-confold "$@"
}

# Until it is booted nobody starts services there; names are found as on this
# machine.
copy_tree()
{
    cp -a "$cache/$suite" "$tree" &&
        cp -L /etc/resolv.conf "$tree/etc/resolv.conf" &&
        printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d" &&
        chmod 755 "$tree/usr/sbin/policy-rc.d" &&
        mount -t proc proc "$tree/proc"
}

make_tree()
{
    suite=$1 tree=$TMP/$1
    ok "$suite: a clean system is unpacked" once "$suite" \
        bootstrap "$suite" && ok "$suite: and finds its archive" eval \
        'copy_tree && apt update' || done_testing
    [[ $suite != bookworm ]] || ok "$suite: yyjson is had from Debian 13" \
        once yyjson fetch_yyjson || done_testing
}

# install_packages FOLDER [PACKAGE...]: and these of the archive.
install_packages()
{
    local folder=$1 deb files=()
    shift
    mkdir -p "$tree/root/packages"
    rm -f "$tree"/root/packages/*
    cp "$folder"/trawl{,-bmcsim}_*.deb "$tree/root/packages/"
    [[ $suite != bookworm ]] ||
        cp "$cache"/yyjson/*.deb "$tree/root/packages/"
    for deb in "$tree"/root/packages/*.deb; do
        files+=("${deb#"$tree"}")
    done
    apt install --no-install-recommends "${files[@]}" "$@"
}

# ---- A running system -----------------------------------------------------------------
# Becomes systemd: in namespaces of its own but for the network, with what a
# container gets of /dev, /proc and /sys.
# shellcheck disable=SC2016
boot_inside='
    set -e
    mount --make-rprivate /
    mount --bind "$1" "$1"
    cd "$1"
    mount -t proc proc proc
    mount --bind proc/sys proc/sys
    mount -o remount,bind,ro proc/sys
    mount -t sysfs -o ro sysfs sys
    mount -t tmpfs -o mode=755 tmpfs run
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    mount -t tmpfs -o mode=755 tmpfs dev
    mkdir dev/pts dev/shm old
    for device in null:3 zero:5 full:7 random:8 urandom:9; do
        mknod -m 666 "dev/${device%:*}" c 1 "${device#*:}"
    done
    mknod -m 666 dev/tty c 5 0
    mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
    ln -s pts/ptmx dev/ptmx
    pivot_root . old
    umount -l old
    rmdir old
    exec env -i container=story PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        /lib/systemd/systemd --log-target=journal --show-status=no'

cgroup_root()
{
    awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts
}

is_up()
{
    SYSTEM_PID=$(pgrep -P "$boot_pid") && system systemctl is-system-running |
        grep -q 'running\|degraded'
}

# Expects systemd-sysv in the tree.
boot_tree()
{
    SYSTEM_GROUP=$(cgroup_root)/trawl-story-$$
    mkdir "$SYSTEM_GROUP" || skip_all 'no service manager can be booted here'
    rm -f "$tree/usr/sbin/policy-rc.d"
    umount -q "$tree/proc"
    # shellcheck disable=SC2016
    spawn "$TMP/system-$suite.log" sh -c 'echo $$ >"$1/cgroup.procs" && shift &&
        exec unshare --cgroup --mount --pid --fork --ipc --uts --kill-child \
            sh -c "$@"' sh "$SYSTEM_GROUP" "$boot_inside" sh "$tree"
    boot_pid=$!
    if ! until_true 60 is_up; then
        SYSTEM_PID=
        show_logs
        skip_all 'no service manager can be booted here'
    fi
    SYSTEM_PID=$(pgrep -P "$boot_pid")
    pass "$suite: $(system systemctl --version | head -n 1) runs"
}

system()
{
    nsenter -t "$SYSTEM_PID" -a -r env -i LC_ALL=C.UTF-8 \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"
}

stop_system()
{
    kill -KILL "$SYSTEM_PID"
    until_true "$PATIENCE" has_ended "$boot_pid"
    SYSTEM_PID=
    find "$SYSTEM_GROUP" -depth -type d -exec rmdir {} +
}
