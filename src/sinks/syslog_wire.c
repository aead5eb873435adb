/* SPDX-License-Identifier: Apache-2.0 */
/* A connection that counts its bytes; see syslog_wire.h. */
#include "sinks/syslog_wire.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "sinks/syslog_connect.h"
#include "util/alloc.h"

#define OPEN_TIMEOUT (5 * USEC_PER_SEC)
#define DRAIN_TIMEOUT (2 * USEC_PER_SEC)
#define DRAIN_LOOK (10 * USEC_PER_MSEC) /* an ACK wakes nobody: look again */

struct syslog_wire {
    int fd;
    bool stream;
    bool local;
    struct syslog_tls *tls; /* NULL for plain */
    struct buffer out;      /* bytes that the kernel has not taken yet */
    uint64_t sent;          /* bytes that it has */
    uint64_t acked;
    int lost; /* negative: datagrams went away with their receiver */
    usec_t drain_deadline; /* one for the whole good-bye; 0 before it */
};

bool syslog_wire_is_stream(const struct syslog_wire *w)
{
    return w->stream;
}

bool syslog_wire_is_unix(const struct syslog_wire *w)
{
    return w->local;
}

int syslog_wire_fd(const struct syslog_wire *w)
{
    return w->fd;
}

uint64_t syslog_wire_added(const struct syslog_wire *w)
{
    return w->sent + w->out.len;
}

size_t syslog_wire_pending(const struct syslog_wire *w)
{
    return w->out.len;
}

static int broken(int error, struct error *err)
{
    return error_set(err, -error, "the connection broke: %s", strerror(error));
}

static int flush(struct syslog_wire *w, struct error *err)
{
    size_t done = 0;
    ssize_t n = 0;

    while (done < w->out.len) {
        n = send(w->fd, w->out.data + done, w->out.len - done,
                 MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            break;
    }
    w->sent += done;
    buffer_consume(&w->out, done);
    if (n < 0 && errno != EAGAIN)
        return broken(errno, err);
    return 0;
}

/* A peer that closes says so by a readable socket, also while we are idle. */
static int listen_to_peer(struct syslog_wire *w, struct error *err)
{
    char ignored[1024];
    ssize_t n;

    if (w->tls)
        return syslog_tls_read(w->tls, err);
    do
        n = recv(w->fd, ignored, sizeof(ignored), MSG_DONTWAIT);
    while (n > 0 || (n < 0 && errno == EINTR));
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n < 0)
        return broken(errno, err);
    if (!w->stream)
        return 0;
    return error_set(err, -EPIPE, "the receiver closed the connection");
}

int syslog_wire_work(struct syslog_wire *w, struct error *err)
{
    int r = w->lost < 0 ? broken(-w->lost, err) : listen_to_peer(w, err);

    return r < 0 ? r : flush(w, err);
}

/*
 * Datagrams that nobody has read yet die with their reader. So they count once
 * none is queued and an empty one, which syslog daemons ignore, shows that the
 * reader is still the same; as in journald.c.
 */
static void look_at_datagrams(struct syslog_wire *w)
{
    int held = 0;

    if (w->acked == w->sent || ioctl(w->fd, SIOCOUTQ, &held) < 0 || held > 0)
        return;
    if (send(w->fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL) == 0)
        w->acked = w->sent;
    else if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
        w->lost = -errno;
}

/*
 * What the kernel still holds of a TCP stream is what the peer's kernel has
 * not acknowledged, to the byte. Of a unix stream it tells only whether
 * anything is left unread.
 */
uint64_t syslog_wire_acked(struct syslog_wire *w)
{
    int held = 0;

    if (!w->stream) {
        if (w->local)
            look_at_datagrams(w);
        return w->local ? w->acked : w->sent;
    }
    if (ioctl(w->fd, SIOCOUTQ, &held) < 0 || held < 0)
        return w->acked;
    if (w->local && held > 0)
        return w->acked;
    if ((uint64_t)held <= w->sent)
        w->acked = MAX_OF(w->acked, w->sent - (uint64_t)held);
    return w->acked;
}

static int send_datagram(struct syslog_wire *w, const char *data, size_t len,
                         struct error *err)
{
    ssize_t n;

    do
        n = send(w->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n >= 0) {
        w->sent += len;
        return 0;
    }
    if (errno == EAGAIN || errno == ENOBUFS)
        return -EAGAIN;
    if (errno == EMSGSIZE)
        return error_set(err, -EMSGSIZE, "%zu bytes do not fit a datagram",
                         len);
    return broken(errno, err);
}

int syslog_wire_send(struct syslog_wire *w, const char *data, size_t len,
                     struct error *err)
{
    if (!w->stream)
        return send_datagram(w, data, len, err);
    if (w->tls)
        return syslog_tls_encrypt(w->tls, data, len, err);
    buffer_add(&w->out, data, len);
    return 0;
}

static int shake_hands(struct syslog_wire *w, usec_t deadline,
                       struct error *err)
{
    struct error ignored;
    short events;
    int shaken, r;

    do {
        shaken = syslog_tls_handshake(w->tls, err);
        r = flush(w, shaken < 0 && shaken != -EAGAIN ? &ignored : err);
        if (shaken != -EAGAIN)
            return shaken < 0 ? shaken : r;
        events = w->out.len > 0 ? POLLIN | POLLOUT : POLLIN;
        if (r == 0)
            r = syslog_connect_poll(w->fd, events, deadline);
        if (r == -ETIMEDOUT)
            error_set(err, r, "no answer to the TLS handshake");
    } while (r == 0);
    return r;
}

static int secure(struct syslog_wire *w, const struct syslog_address *address,
                  const struct syslog_tls_options *options, usec_t deadline,
                  struct error *err)
{
    int r;

    r = syslog_tls_new(options, address->host, w->fd, &w->out, &w->tls, err);
    if (r == 0)
        r = shake_hands(w, deadline, err);
    if (r == 0)
        return 0;
    return error_prefix(err, r, "cannot connect to %s, port %s", address->host,
                        address->port);
}

int syslog_wire_open(const struct syslog_address *address,
                     const struct syslog_tls_options *tls, usec_t timeout,
                     struct syslog_wire **ret, struct error *err)
{
    struct syslog_wire *w = XNEW(struct syslog_wire);
    usec_t deadline = clock_monotonic() + OPEN_TIMEOUT;
    int r;

    w->fd = -1;
    w->local = address->kind == SYSLOG_UNIX;
    r = syslog_connect(address, deadline, &w->fd, &w->stream, err);
    if (r == 0 && w->stream && !w->local)
        syslog_connect_watch(w->fd, timeout);
    if (r == 0 && address->kind == SYSLOG_TLS)
        r = secure(w, address, tls, deadline, err);
    if (r < 0) {
        syslog_wire_close(w, false);
        return r;
    }
    *ret = w;
    return 0;
}

void syslog_wire_drain(struct syslog_wire *w)
{
    struct pollfd p = {.fd = w->fd};
    struct error ignored;

    if (!w->drain_deadline)
        w->drain_deadline = clock_monotonic() + DRAIN_TIMEOUT;
    while ((w->stream || w->local) && clock_monotonic() < w->drain_deadline) {
        if (syslog_wire_work(w, &ignored) < 0 ||
            syslog_wire_acked(w) == syslog_wire_added(w))
            return;
        p.events = w->out.len > 0 ? POLLIN | POLLOUT : POLLIN;
        poll(&p, 1, (int)(DRAIN_LOOK / USEC_PER_MSEC));
    }
}

static void say_good_bye(struct syslog_wire *w)
{
    struct error ignored;

    if (w->tls)
        syslog_tls_bye(w->tls);
    syslog_wire_drain(w);
    shutdown(w->fd, SHUT_WR);
    /* Closing with unread bytes would reset what is still on its way. */
    while (w->stream && listen_to_peer(w, &ignored) == 0 &&
           syslog_connect_poll(w->fd, POLLIN, w->drain_deadline) == 0)
        ;
}

void syslog_wire_close(struct syslog_wire *w, bool clean)
{
    if (!w)
        return;
    if (clean && w->fd >= 0)
        say_good_bye(w);
    if (w->fd >= 0)
        close(w->fd);
    syslog_tls_free(w->tls);
    buffer_done(&w->out);
    free(w);
}
