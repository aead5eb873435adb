/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sink syslog over TCP, UDP and unix sockets, against receivers within this
 * process: frames, acknowledgements, a receiver that freezes, resets, closes,
 * and how far the sink goes back then. TLS has a test of its own.
 */
#include "sinks/sink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "format_sample.h"
#include "sink_drive.h"
#include "sinks/syslog_address.h"
#include "sinks/syslog_marks.h"
#include "sinks/syslog_options.h"
#include "tap.h"

static const struct {
    const char *text;
    enum syslog_kind kind;
    const char *host; /* or path; NULL: refused */
    const char *port;
} addresses[] = {
    {"udp://siem", SYSLOG_UDP, "siem", "514"},
    {"tcp://siem:601", SYSLOG_TCP, "siem", "601"},
    {"tls://siem.example.net", SYSLOG_TLS, "siem.example.net", "6514"},
    {"tls://[2001:db8::1]:7000", SYSLOG_TLS, "2001:db8::1", "7000"},
    {"tcp://[::1]", SYSLOG_TCP, "::1", "514"},
    {"unix:///dev/log", SYSLOG_UNIX, "/dev/log", ""},
    {"siem:514", 0, NULL, NULL},
    {"http://siem", 0, NULL, NULL},
    {"tcp://", 0, NULL, NULL},
    {"tcp://:514", 0, NULL, NULL},
    {"tcp://siem:", 0, NULL, NULL},
    {"tcp://siem:0", 0, NULL, NULL},
    {"tcp://siem:65536", 0, NULL, NULL},
    {"tcp://siem:http", 0, NULL, NULL},
    {"tcp://siem/path", 0, NULL, NULL},
    {"tcp://2001:db8::1", 0, NULL, NULL},
    {"tcp://[::1", 0, NULL, NULL},
    {"unix://dev/log", 0, NULL, NULL},
    {"unix://", 0, NULL, NULL},
};

static struct syslog_options standard_options(char *address)
{
    return (struct syslog_options){
        .address = address,
        .tls = {.verify = true},
        .facility = 3,
        .app_name = (char *)"redfish",
        .rewind = 1 << 20,
        .max_message = 8192,
        .timeout = 60 * USEC_PER_SEC,
    };
}

/* A receiver on a free port of this machine; writes its address. */
static int listen_inet(int type, const char *scheme, char *ret_address,
                       size_t size)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 ||
        getsockname(fd, (struct sockaddr *)&in, &len) < 0)
        abort();
    if (type == SOCK_STREAM)
        listen(fd, 8);
    snprintf(ret_address, size, "%s://127.0.0.1:%d", scheme,
             ntohs(in.sin_port));
    return fd;
}

static int listen_unix(int type, const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
    if (bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0)
        abort();
    if (type == SOCK_STREAM)
        listen(fd, 8);
    return fd;
}

/* What the receiver has got so far, as text. */
static const char *receive(int fd, char *text, size_t size)
{
    ssize_t n = recv(fd, text, size - 1, MSG_DONTWAIT);

    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void reset(int fd)
{
    struct linger hard = {.l_onoff = 1};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    close(fd);
}

static void test_addresses(void)
{
    struct syslog_address a;
    struct error err;
    int r;

    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        r = syslog_address_parse(addresses[i].text, &a, &err);
        if (!addresses[i].host) {
            is_int(r, -EINVAL, "%s is refused", addresses[i].text);
            continue;
        }
        ok(r == 0 && a.kind == addresses[i].kind, "%s is taken",
           addresses[i].text);
        is_text(a.kind == SYSLOG_UNIX ? a.path : a.host, addresses[i].host,
                "its host or path");
        is_text(a.port, addresses[i].port, "its port");
    }
}

static void test_marks(void)
{
    struct syslog_marks m = {0};
    bool right = true;

    for (uint64_t i = 1; i <= 10; i++)
        syslog_marks_add(&m, 100 + i, i * 10);
    is_int(syslog_marks_pass(&m, 9, 20), 0, "half a record is no record");
    is_int(syslog_marks_pass(&m, 59, 20), 105, "five whole ones");
    is_int(syslog_marks_first(&m), 104,
           "the first that ends within 20 bytes before them");
    is_int(syslog_marks_pass(&m, 100, 0), 110, "all");
    is_int(syslog_marks_first(&m), 0, "nothing to go back to");
    for (uint64_t i = 11; i < 100000; i++) {
        syslog_marks_add(&m, 100 + i, i * 10);
        right = right && syslog_marks_pass(&m, i * 10, 50) == 100 + i;
        right = right && (i < 16 || syslog_marks_first(&m) == 100 + i - 4);
    }
    ok(right, "the same over a long stream");
    ok(m.cap <= 64, "without growing");
    syslog_marks_done(&m);
}

static void test_check(void)
{
    struct syslog_options o = standard_options((char *)"tcp://siem");
    struct format_options tell = {0};
    struct error err;

    is_int(sink_syslog.check(&o, &format_rfc5424, &err), 0, "all is well");
    o.tls.certificate = (char *)"c.pem";
    is_int(sink_syslog.check(&o, &format_rfc5424, &err), -EINVAL,
           "a certificate needs a key");
    o.tls.key = (char *)"k.pem";
    is_int(sink_syslog.check(&o, &format_rfc5424, &err), -EINVAL,
           "and both need tls://");
    sink_syslog.format_options(&o, &tell);
    ok(tell.facility == 3 && tell.max_size == 8192 &&
           strcmp(tell.app_name, "redfish") == 0,
       "the format is told");
}

static void test_tcp(void)
{
    char address[64], text[256];
    int server = listen_inet(SOCK_STREAM, "tcp", address, sizeof(address));
    struct syslog_options o = standard_options(address);
    struct drive d;
    int peer;

    drive_init(&d, &sink_syslog, &o, NULL);
    is_int(drive_start(&d), 0, "connected");
    peer = accept(server, NULL, NULL);
    is_int(d.type->acked(d.sink), 0, "nothing is acknowledged yet");
    is_int(drive_send(&d, 7, NULL, "<1>one"), SINK_TAKEN, "one is taken");
    is_int(drive_send(&d, 9, NULL, "<1>two two"), SINK_TAKEN, "and another");
    ok(drive_until_acked(&d, 9), "both are acknowledged");
    is_text(receive(peer, text, sizeof(text)), "6 <1>one10 <1>two two",
            "frames are counted in octets");
    o.max_message = 5;
    is_int(drive_send(&d, 10, NULL, "<1>more"), SINK_REFUSED,
           "what is too long can never be taken");
    ok(strstr(d.err.text, "max_message"), "and the text says why: %s",
       d.err.text);
    is_int(drive_stop(&d, true), 0, "a clean stop goes back to nothing");
    is_int(recv(peer, text, sizeof(text), 0), 0, "and ends the stream");
    drive_done(&d);
    close(peer);
    close(server);
}

static void test_newline(void)
{
    char address[64], text[256];
    int server = listen_inet(SOCK_STREAM, "tcp", address, sizeof(address));
    struct syslog_options o = standard_options(address);
    struct drive d;
    int peer;

    o.framing = SYSLOG_FRAMING_NEWLINE;
    drive_init(&d, &sink_syslog, &o, NULL);
    drive_start(&d);
    peer = accept(server, NULL, NULL);
    drive_send(&d, 1, NULL, "a");
    drive_send(&d, 2, NULL, "b");
    ok(drive_until_acked(&d, 2), "acknowledged");
    is_text(receive(peer, text, sizeof(text)), "a\nb\n", "framed by lines");
    drive_stop(&d, false);
    drive_done(&d);
    close(peer);
    close(server);
}

/* Frames of 100 bytes: "96 " and 97 … so that bytes count easily. */
static void send_hundreds(struct drive *d, uint64_t first, uint64_t last)
{
    char text[98];

    memset(text, 'x', sizeof(text));
    text[97] = '\0';
    for (uint64_t seq = first; seq <= last; seq++)
        drive_send(d, seq, NULL, text);
}

static void test_rewind(void)
{
    char address[64];
    int server = listen_inet(SOCK_STREAM, "tcp", address, sizeof(address));
    struct syslog_options o = standard_options(address);
    struct drive d;
    int peer;

    o.rewind = 450;
    drive_init(&d, &sink_syslog, &o, NULL);
    drive_start(&d);
    peer = accept(server, NULL, NULL);
    send_hundreds(&d, 1, 20);
    ok(drive_until_acked(&d, 20), "twenty records are acknowledged");
    reset(peer);
    ok(drive_until_failed(&d) < 0, "a reset is noticed: %s", d.err.text);
    is_int(d.type->acked(d.sink), 20, "and takes no acknowledgement away");
    is_int(drive_stop(&d, false), 16, "450 bytes back is the 16th record");

    is_int(drive_start(&d), 0, "connected again");
    peer = accept(server, NULL, NULL);
    is_int(d.type->acked(d.sink), 0, "acknowledgements begin anew");
    reset(peer);
    ok(drive_until_failed(&d) < 0, "a reset before anything was sent");
    is_int(drive_stop(&d, false), 16, "goes back to the same place");

    drive_start(&d);
    peer = accept(server, NULL, NULL);
    send_hundreds(&d, 16, 17);
    ok(drive_until_acked(&d, 17), "two are sent again");
    close(peer);
    ok(drive_until_failed(&d) < 0, "an idle receiver that closes is noticed");
    is_int(drive_stop(&d, false), 16, "back to the first of those two");
    drive_done(&d);
    close(server);
}

static void test_frozen(void)
{
    char address[64];
    int server = listen_inet(SOCK_STREAM, "tcp", address, sizeof(address));
    struct syslog_options o = standard_options(address);
    int small = 4096, peer, r = 0;
    uint64_t seq = 0, acked;
    struct drive d;
    char text[1001];

    memset(text, 'x', sizeof(text));
    text[1000] = '\0';
    setsockopt(server, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    drive_init(&d, &sink_syslog, &o, NULL);
    drive_start(&d);
    peer = accept(server, NULL, NULL);
    while (seq < 100000 && drive_send(&d, seq + 1, NULL, text) == SINK_TAKEN)
        seq++;
    ok(seq > 0 && seq < 100000, "a receiver that does not read makes it busy");
    is_int(drive_send(&d, seq + 1, NULL, text), SINK_BUSY, "and stay so");
    for (int i = 0; i < 5; i++)
        drive_round(&d);
    acked = d.type->acked(d.sink);
    ok(acked < seq, "not everything is acknowledged");
    r = d.type->work(d.sink, clock_monotonic() + 30 * USEC_PER_SEC, &d.err);
    is_int(r, 0, "after half the time it still waits");
    r = d.type->work(d.sink, clock_monotonic() + 61 * USEC_PER_SEC, &d.err);
    is_int(r, -ETIMEDOUT, "then it gives up: %s", d.err.text);
    is_int(drive_stop(&d, false), 1, "and goes back within 1 MiB");
    drive_done(&d);
    close(peer);
    close(server);
}

/* A receiver that wakes up again: everything arrives once, in order. */
static void test_slow(void)
{
    char address[64], bytes[65536];
    int server = listen_inet(SOCK_STREAM, "tcp", address, sizeof(address));
    struct syslog_options o = standard_options(address);
    int small = 4096, peer;
    uint64_t seq = 0, total = 0;
    struct drive d;
    char text[1001];
    ssize_t n;

    memset(text, 'x', sizeof(text));
    text[1000] = '\0';
    setsockopt(server, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    drive_init(&d, &sink_syslog, &o, NULL);
    drive_start(&d);
    peer = accept(server, NULL, NULL);
    while (drive_send(&d, seq + 1, NULL, text) == SINK_TAKEN)
        seq++;
    for (int i = 0; i < 100000 && d.type->acked(d.sink) < seq; i++) {
        n = recv(peer, bytes, sizeof(bytes), MSG_DONTWAIT);
        total += n > 0 ? (uint64_t)n : 0;
        drive_round(&d);
    }
    is_int(d.type->acked(d.sink), seq, "a slow receiver gets everything");
    drive_stop(&d, true);
    while ((n = recv(peer, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
        total += (uint64_t)n;
    is_int(total, seq * 1005, "every byte once");
    drive_done(&d);
    close(peer);
    close(server);
}

static void test_no_receiver(void)
{
    char address[64];
    int server = listen_inet(SOCK_STREAM, "tcp", address, sizeof(address));
    struct syslog_options o = standard_options(address);
    struct drive d;

    close(server);
    drive_init(&d, &sink_syslog, &o, NULL);
    ok(drive_start(&d) < 0, "nobody listens: %s", d.err.text);
    is_int(drive_stop(&d, false), 0, "there is nothing to go back to");
    drive_done(&d);
}

static void test_udp(void)
{
    char address[64], text[256], large[70000];
    int server = listen_inet(SOCK_DGRAM, "udp", address, sizeof(address));
    struct syslog_options o = standard_options(address);
    struct drive d;

    memset(large, 'x', sizeof(large));
    large[sizeof(large) - 1] = '\0';
    o.max_message = 1 << 20;
    drive_init(&d, &sink_syslog, &o, NULL);
    is_int(drive_start(&d), 0, "udp");
    is_int(drive_send(&d, 5, NULL, "<1>datagram"), SINK_TAKEN, "taken");
    is_int(d.type->acked(d.sink), 5, "sent is acknowledged");
    is_text(receive(server, text, sizeof(text)), "<1>datagram",
            "a datagram has no frame");
    is_int(drive_send(&d, 6, NULL, large), SINK_REFUSED,
           "70,000 bytes fit no datagram");
    close(server);
    drive_send(&d, 7, NULL, "<1>lost");
    ok(drive_until_failed(&d) < 0, "a closed port is noticed: %s", d.err.text);
    is_int(drive_stop(&d, false), 0, "what was sent is gone");
    drive_done(&d);
}

static void test_unix(int type, const char *folder)
{
    char address[128], path[108], text[256];
    _cleanup_(event_freep) struct event *e = sample_event();
    struct syslog_options o = standard_options(address);
    struct drive d;
    int server, peer;

    snprintf(path, sizeof(path), "%s/log%d", folder, type);
    snprintf(address, sizeof(address), "unix://%s", path);
    server = listen_unix(type, path);
    drive_init(&d, &sink_syslog, &o, NULL);
    is_int(drive_start(&d), 0, "%s", address);
    peer = type == SOCK_STREAM ? accept(server, NULL, NULL) : server;
    is_int(drive_send(&d, 3, e, "<26>1 in the new form"), SINK_TAKEN, "taken");
    if (type == SOCK_STREAM)
        drive_round(&d);
    receive(peer, text, sizeof(text));
    ok(strstr(text, "]: r1-n01: Drive in 'Bay 3' failed. "),
       "the old form goes to a unix socket");
    is_int(strchr(text, '\n') != NULL, type == SOCK_STREAM,
           "with a line end on a stream only");
    ok(drive_until_acked(&d, 3), "acknowledged when read, or when sent");
    if (peer != server)
        close(peer);
    close(server);
    drive_send(&d, 4, e, "");
    ok(type == SOCK_DGRAM || drive_until_failed(&d) < 0,
       "a receiver that goes away is noticed");
    drive_stop(&d, false);
    drive_done(&d);
    unlink(path);
}

int main(void)
{
    char folder[] = "/tmp/sink-syslog-XXXXXX";

    if (!mkdtemp(folder))
        skip_all("no folder for sockets can be made");
    test_addresses();
    test_marks();
    test_check();
    test_tcp();
    test_newline();
    test_rewind();
    test_frozen();
    test_slow();
    test_no_receiver();
    test_udp();
    test_unix(SOCK_DGRAM, folder);
    test_unix(SOCK_STREAM, folder);
    rmdir(folder);
    return done_testing();
}
