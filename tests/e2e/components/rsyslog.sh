# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The real rsyslogd, for stories to source after lib.sh:
#
#     start_rsyslog [CERTIFICATE]  listens on 127.0.0.1 at
#         RSYSLOG_TCP    plain, octet-counted frames
#         RSYSLOG_TLS    TLS, asks for no client certificate
#         RSYSLOG_MTLS   TLS, wants a client certificate of the test CA
#         RSYSLOG_UDP
#         RSYSLOG_SOCKET datagrams, as /dev/log has them (a path)
#     stop_rsyslog, kill_rsyslog; start_rsyslog again takes the same ports and
#     goes on with the same file
#     freeze $RSYSLOG_PID, thaw $RSYSLOG_PID
#
# CERTIFICATE is a name of make_certs: server, other or rogue-server.  What is
# received stands in RSYSLOG_FILE, a JSON object a line: raw (all the bytes),
# via (tcp, tls, mtls, udp, imuxsock), pri, host, app, msgid, sd, msg.

RSYSLOG_PID=
RSYSLOG_FILE=$TMP/rsyslog.json
RSYSLOG_SOCKET=$TMP/rsyslog.socket
RSYSLOG_TCP=
RSYSLOG_TLS=
RSYSLOG_MTLS=
RSYSLOG_UDP=

# A direct queue: what rsyslogd has read is in the file, also if it is killed.
# Nothing is rewritten: not control characters, not the final line feed.
rsyslog_conf()
{
    cat <<CONF
global(maxMessageSize="1m" workDirectory="$TMP"
    parser.escapeControlCharactersOnReceive="off"
    parser.dropTrailingLFOnReception="off"
    defaultNetstreamDriverCAFile="$CERTS/ca.crt"
    defaultNetstreamDriverCertFile="$CERTS/$1.crt"
    defaultNetstreamDriverKeyFile="$CERTS/$1.key")
module(load="imtcp" maxSessions="200")
module(load="imudp")
module(load="imuxsock" sysSock.use="off")
template(name="story" type="list" option.jsonf="on") {
    property(outname="raw" name="rawmsg" format="jsonf")
    property(outname="via" name="inputname" format="jsonf")
    property(outname="pri" name="pri" format="jsonf")
    property(outname="host" name="hostname" format="jsonf")
    property(outname="app" name="app-name" format="jsonf")
    property(outname="msgid" name="msgid" format="jsonf")
    property(outname="sd" name="structured-data" format="jsonf")
    property(outname="msg" name="msg" format="jsonf")
}
ruleset(name="story" queue.type="Direct") {
    action(type="omfile" file="$RSYSLOG_FILE" template="story"
        asyncWriting="off" flushOnTXEnd="on")
}
input(type="imtcp" address="127.0.0.1" port="$RSYSLOG_TCP" name="tcp"
    ruleset="story")
input(type="imtcp" address="127.0.0.1" port="$RSYSLOG_TLS" name="tls"
    ruleset="story" streamDriver.name="gtls" streamDriver.mode="1"
    streamDriver.authMode="anon")
input(type="imtcp" address="127.0.0.1" port="$RSYSLOG_MTLS" name="mtls"
    ruleset="story" streamDriver.name="gtls" streamDriver.mode="1"
    streamDriver.authMode="x509/certvalid")
input(type="imudp" address="127.0.0.1" port="$RSYSLOG_UDP" name="udp"
    ruleset="story" rateLimit.interval="0")
input(type="imuxsock" socket="$RSYSLOG_SOCKET" ruleset="story"
    rateLimit.interval="0" useSysTimeStamp="off" useSpecialParser="off"
    parseHostname="off")
action(type="omfile" file="$TMP/rsyslog.log")
CONF
}

rsyslog_has_started()
{
    local port
    for port in "$RSYSLOG_TCP" "$RSYSLOG_TLS" "$RSYSLOG_MTLS"; do
        ss -Hltnp "sport = :$port" | grep -q "pid=$RSYSLOG_PID," || return 1
    done
    ss -Hlunp "sport = :$RSYSLOG_UDP" | grep -q "pid=$RSYSLOG_PID," &&
        [[ -S $RSYSLOG_SOCKET ]]
}

start_rsyslog()
{
    need rsyslogd ss
    compgen -G '/usr/lib/*/rsyslog/lmnsd_gtls.so' >/dev/null ||
        skip_all 'rsyslog-gnutls is not installed'
    make_certs
    RSYSLOG_TCP=${RSYSLOG_TCP:-$(free_port)}
    RSYSLOG_TLS=${RSYSLOG_TLS:-$(free_port)}
    RSYSLOG_MTLS=${RSYSLOG_MTLS:-$(free_port)}
    RSYSLOG_UDP=${RSYSLOG_UDP:-$(free_port)}
    rm -f "$RSYSLOG_SOCKET" "$TMP/rsyslog.pid"
    touch "$RSYSLOG_FILE"
    rsyslog_conf "${1:-server}" >"$TMP/rsyslog.conf"
    spawn "$TMP/rsyslog.out" rsyslogd -n -f "$TMP/rsyslog.conf" \
        -i "$TMP/rsyslog.pid"
    RSYSLOG_PID=$!
    has_started rsyslogd "$RSYSLOG_PID" rsyslog_has_started
}

stop_rsyslog()
{
    end_process "$RSYSLOG_PID" TERM
}

kill_rsyslog()
{
    end_process "$RSYSLOG_PID" KILL
    return 0
}
