#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain
#
# The packages under a real systemd: a clean Debian 12 and 13 are booted in
# namespaces, apt installs, and its scripts start the service. What autopkgtest
# runs on a machine is run there; the daemon is as confined as its unit says,
# and does all this so; posts that come while it restarts, by hand and by an
# upgrade, wait in the socket and are answered.
. "${0%/*}/../e2e/lib.sh"
. "$TOP/tests/packaging/tree.sh"
need pgrep nsenter
enter_namespace "$@"
. "$TOP/tests/e2e/flow.sh"

[[ -n $(cgroup_root) ]] || skip_all 'no service manager can be booted here'

# autopkgtest NAME: one of the tests of the source package.
autopkgtest()
{
    system env AUTOPKGTEST_TMP=/tmp TRAWL_TEST_PORT="${LISTEN##*:}" \
        TRAWL_TEST_METRICS_PORT="${METRICS##*:}" sh "/root/tests/$1"
}

# ---- Confined --------------------------------------------------------------
main_pid()
{
    system systemctl show -p MainPID --value trawld
}

# of_process FIELD: of the daemon, as the kernel has it.
of_process()
{
    system sed -n "s/^$1:[[:blank:]]*//p" "/proc/$(main_pid)/status"
}

# sees COMMAND...: in the daemon's mounts, but with all rights: what fails
# there, fails for want of a way.
sees()
{
    system nsenter -m -t "$(main_pid)" "$@"
}

confined()
{
    local user
    user=$(system id -u trawl)
    is "$(of_process Uid | tr '\t' ' ')" "$user $user $user $user" \
        "$suite: it runs as its user"
    is "$(of_process CapBnd)" 0000000000000000 "$suite: without any right"
    is "$(of_process NoNewPrivs)" 1 "$suite: nor a way to new ones"
    is "$(of_process Seccomp)" 2 "$suite: its system calls are filtered"
    is "$(system systemctl show -p MemoryDenyWriteExecute -p RestrictNamespaces \
        --value trawld | sort -u | xargs)" yes "$suite: the rest as well"
    ok "$suite: it cannot write to /etc" eval '! sees touch /etc/trawl/x'
    ok "$suite: nor to /usr" eval '! sees touch /usr/x'
    ok "$suite: but to its own folder" \
        sees sh -c 'touch /var/lib/trawl/x && rm /var/lib/trawl/x'
    ok "$suite: it sees no home" eval '! sees test -e /root/tests'
    system mknod -m 666 /dev/story c 1 3
    ok "$suite: and no device of the machine" eval '! sees test -e /dev/story'
}

# ---- Restarted -------------------------------------------------------------
# Drop-ins as the manual has them: the socket on the story's port, for BMCs that
# post over TLS; and the password of all BMCs, which only root can read.
drop_in()
{
    mkdir -p "$tree/etc/systemd/system/$1.d" &&
        cat >"$tree/etc/systemd/system/$1.d/story.conf"
}

# Whether a service without rights can read a credential at all: systemd needs
# ACLs of the kernel for that.
has_credentials()
{
    system systemd-run --quiet --wait -p User=trawl \
        -p LoadCredential=probe:/etc/passwd \
        sh -c 'test -r "$CREDENTIALS_DIRECTORY/probe"'
}

# Sets `secret`: how the configuration names the password.
give_password()
{
    install -d -m 700 "$tree/root/secret" &&
        install -d "$tree/etc/trawl/secrets" || return
    secret='credential: bmc-password'
    if has_credentials; then
        printf 'secret\n' >"$tree/root/secret/bmc"
        printf '[Service]\nLoadCredential=bmc-password:/root/secret/bmc\n' |
            drop_in trawld.service
    else
        diag "$suite: this kernel lets no service read credentials"
        secret='password_file: /etc/trawl/secrets/bmc'
        printf 'secret\n' >"$tree/etc/trawl/secrets/bmc"
        system chown root:trawl /etc/trawl/secrets/bmc
        system chmod 640 /etc/trawl/secrets/bmc
    fi
}

listen_by_socket()
{
    install -d "$tree/etc/trawl/tls" && give_password || return
    install -m 644 "$CERTS"/{server.crt,server.key,ca.crt} \
        "$tree/etc/trawl/tls/" || return
    printf '[Socket]\nListenStream=\nListenStream=%s\n' "$LISTEN" |
        drop_in trawld.socket
    cat >"$tree/etc/trawl/trawl.yaml" <<CONF
collector: story
listen:
  - address: "fd:webhook"
    tls:
      certificate: /etc/trawl/tls/server.crt
      key: /etc/trawl/tls/server.key
public_url: https://$LISTEN
bmc_defaults:
  username: trawl
  $secret
  receive: webhook
  tls: {ca: /etc/trawl/tls/ca.crt}
bmcs:
$(jq -r '.bmcs[] | "  - {name: \(.name), url: \"\(.url)\"}"' "$BMCSIM_PORTS")
sinks:
  local: {type: journald}
  file: {type: file, path: /var/log/trawl/story.jsonl}
routes: [{to: [local, file]}]
control: {metrics: "$METRICS"}
CONF
    rm -f "$tree"/etc/trawl/conf.d/*
    system systemctl daemon-reload && system systemctl stop trawld.service &&
        system systemctl enable --now trawld.socket &&
        system systemctl start trawld.service
}

flows()
{
    local before
    before=$(acked_count)
    wait_for "$PATIENCE" "$1" eval "((\$(acked_count) > $before + 200))"
}

# away SENTENCE COMMAND...: it restarts the service; and for how long.
away()
{
    local began sentence=$1 pid
    shift
    pid=$(main_pid)
    ok "$suite: $sentence" "$@"
    ok "$suite: another process runs" test "$(main_pid)" != "$pid"
    began=$(system journalctl -q -u trawld -o json | jq -sr '
        [.[] | select(.MESSAGE | test("^Stopping "))][-1].__REALTIME_TIMESTAMP')
    diag "$suite: away for $((($(system journalctl -q -u trawld -o json |
        jq -sr '[.[] | select(.MESSAGE | test("^Started "))][-1]
            .__REALTIME_TIMESTAMP') - began) / 1000)) ms"
    flows "$suite: events flow on"
}

restarted()
{
    start_fleet 2 --username trawl --password secret
    ok "$suite: systemd holds the port and the password" listen_by_socket
    wait_for "$PATIENCE" "$suite: it is ready" is_ready
    wait_for_subscriptions
    emit_all 1000000 200
    flows "$suite: events flow"
    away 'it is restarted' system systemctl restart trawld
    away 'it is upgraded' install_packages "$DEBS" --reinstall
    simctl stop '{}' >/dev/null
    wait_for_acks
    diag "$suite: $(ledger | jq -s 'map(select(.posted > 1)) | length') of" \
        "$(ledger | wc -l) events had to be posted again"
    assert_conservation
    json_lines "$tree/var/log/trawl/story.jsonl" >"$TMP/lines"
    assert_arrived "$suite: over both, the file" <"$TMP/lines"
    end_process "$BMCSIM_PID" KILL
}

removed()
{
    ok "$suite: apt removes it" apt remove trawl
    ok "$suite: nothing holds the port" eval \
        '[[ -z $(ss -Hltn "sport = :${LISTEN##*:}") ]]'
    ok "$suite: the events are there" \
        compgen -G "$tree/var/lib/trawl/spool/*.seg"
    ok "$suite: apt purges it" apt purge trawl
    ok "$suite: they are gone" test ! -e "$tree/var/lib/trawl"
}

build_packages
for suite in $(suites); do
    make_tree "$suite"
    ok "$suite: apt installs systemd" apt install --no-install-recommends \
        systemd-sysv dbus curl jq openssl || done_testing
    boot_tree
    ok "$suite: apt installs the packages" install_packages "$DEBS" ||
        done_testing
    cp -R "$TOP/packaging/debian/tests" "$tree/root/"
    ok "$suite: autopkgtest smoke" autopkgtest smoke
    confined
    ok "$suite: autopkgtest replay" autopkgtest replay
    ok "$suite: autopkgtest check-config" autopkgtest check-config
    restarted
    removed
    stop_system
done
done_testing
