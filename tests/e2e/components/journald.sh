# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The real systemd-journald, for stories to source after lib.sh:
#
#     start_journald           sets JOURNAL_SOCKET, where the daemon writes to
#     journal_entries MATCH... what it has, in JSON, one entry a line
#     stop_journald, kill_journald; start_journald again goes on with the same
#     freeze $JOURNALD_PID, thaw $JOURNALD_PID
#
# It runs without systemd in a mount namespace of its own, where /run is empty
# but for two folders of the story: the one with its sockets, and the one with
# its journal.  So the machine's own journal neither sees nor disturbs it.

JOURNALD=/lib/systemd/systemd-journald
JOURNALD_PID=
JOURNAL_SOCKET=$TMP/journal/socket
journal_data=$TMP/journal-data

# Nothing may be dropped for its rate or level, or come from elsewhere.
journald_conf()
{
    cat <<'CONF'
[Journal]
Storage=volatile
Compress=no
Seal=no
RateLimitIntervalSec=0
RateLimitBurst=0
RuntimeMaxUse=1G
RuntimeKeepFree=1M
MaxLevelStore=debug
ForwardToSyslog=no
ForwardToKMsg=no
ForwardToConsole=no
ForwardToWall=no
ReadKMsg=no
Audit=no
CONF
}

# What becomes journald, inside the namespace.  Arguments: sockets, journal,
# configuration.  /etc/machine-id is empty in some containers.
journald_inside='
    set -e
    mount -t tmpfs tmpfs /run
    mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log/journal
    cp "$3" /run/systemd/journald.conf.d/story.conf
    if [ ! -s /etc/machine-id ]; then
        tr -d - </proc/sys/kernel/random/uuid >/run/machine-id
        mount --bind /run/machine-id /etc/machine-id
    fi
    mount --bind "$1" /run/systemd/journal
    mount --bind "$2" /run/log/journal
    SYSTEMD_LOG_TARGET=console exec '$JOURNALD

# Root has the right; others try it in a user namespace.
journald_unshare()
{
    local options=-m
    [[ $(id -u) == 0 ]] || options=-Urm
    exec unshare $options sh -c "$journald_inside" journald "$@"
}

# The entry that journald writes once its sockets are open.
journald_has_started()
{
    journal_has 1 MESSAGE_ID=f77379a8490b408bbe5f6940505a777b \
        "_PID=$JOURNALD_PID"
}

start_journald()
{
    need journalctl unshare
    [[ -x $JOURNALD ]] || skip_all 'systemd-journald is not installed'
    mkdir -p "${JOURNAL_SOCKET%/*}" "$journal_data"
    journald_conf >"$TMP/journald.conf"
    spawn "$TMP/journald.log" journald_unshare "${JOURNAL_SOCKET%/*}" \
        "$journal_data" "$TMP/journald.conf"
    JOURNALD_PID=$!
    has_started journald "$JOURNALD_PID" journald_has_started
}

# A clean end, and one that loses what it had not read.
stop_journald()
{
    end_process "$JOURNALD_PID" TERM
}

kill_journald()
{
    end_process "$JOURNALD_PID" KILL
    return 0
}

journal_entries()
{
    journalctl --quiet --directory="$journal_data" --output=json --all "$@"
}

# journal_has N MATCH...: at least N entries match.
journal_has()
{
    local wanted=$1
    shift
    (($(journal_entries "$@" | wc -l) >= wanted))
}
