/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sink `journald`: the native protocol on a datagram socket of our own, for
 * the library's call succeeds where no journal is, and blocks where one is but
 * does not read (pitfall 15). An entry too large for a datagram goes as a
 * sealed memfd.
 *
 * What the kernel has queued is not read yet, and is lost if journald dies
 * (pitfall 16). So after a batch the sink waits until nothing of ours is
 * queued any more (SIOCOUTQ), and then asks with an empty datagram on the same
 * socket whether the reader is still the same: refused means that the queue
 * went away with its reader, and all since the last confirmation is sent again
 * on a new connection. journald ignores empty datagrams.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "sinks/sink.h"
#include "util/alloc.h"

/* Records between two confirmations: each costs one empty queue. */
#define CONFIRM_EVERY 512

/* Nothing wakes us when the queue is empty: look again, ever less often. */
#define LOOK_FIRST (200)
#define LOOK_LAST (100 * USEC_PER_MSEC)

struct journald_options {
    char *socket;
};

struct journald_sink {
    const struct journald_options *options;
    int fd;
    bool full;            /* the queue took no more: wait for room */
    unsigned unconfirmed; /* records sent since the last confirmation */
    uint64_t taken;
    uint64_t acked;
    usec_t look_at; /* monotonic; when to look at the queue again */
    usec_t look_delay;
};

static const struct option journald_table[] = {
    {
        .key = "socket",
        .kind = OPTION_TEXT,
        .offset = offsetof(struct journald_options, socket),
        .standard = "/run/systemd/journal/socket",
        .meaning = "journald's native socket (of a namespace, if wanted)",
    },
    {0},
};

static struct journald_sink *journald_of(const struct sink *s)
{
    return (struct journald_sink *)s;
}

static int journald_check(const void *options, _unused_ const struct format *f,
                          struct error *err)
{
    const struct journald_options *o = options;

    if (strlen(o->socket) >= sizeof(((struct sockaddr_un *)0)->sun_path))
        return error_set(err, -EINVAL, "socket: the path '%s' is too long",
                         o->socket);
    return 0;
}

static struct sink *journald_create(const struct sink_setup *setup)
{
    struct journald_sink *s = XNEW(struct journald_sink);

    s->options = setup->options;
    s->fd = -1;
    return (struct sink *)s;
}

static int fail(const struct journald_sink *s, const char *what,
                struct error *err)
{
    return error_set(err, -errno, "cannot %s journald at %s: %s", what,
                     s->options->socket, strerror(errno));
}

static int journald_start(struct sink *sink, struct error *err)
{
    struct journald_sink *s = journald_of(sink);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    _cleanup_close_ int fd =
        socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return fail(s, "make a socket for", err);
    strncpy(address.sun_path, s->options->socket, sizeof(address.sun_path) - 1);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return fail(s, "connect to", err);
    s->fd = TAKE_FD(fd);
    s->look_at = USEC_INFINITY;
    return 0;
}

/* A copy in memory that nobody can change any more. */
static int make_sealed(const char *data, size_t len)
{
    _cleanup_close_ int fd =
        memfd_create("trawl-entry", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    ssize_t n;

    if (fd < 0)
        return -1;
    for (size_t done = 0; done < len; done += (size_t)n) {
        n = write(fd, data + done, len - done);
        if (n <= 0)
            return -1;
    }
    if (fcntl(fd, F_ADD_SEALS,
              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        return -1;
    return TAKE_FD(fd);
}

/* Sends a descriptor that holds the entry in place of the entry. */
static ssize_t send_sealed(int socket_fd, const char *data, size_t len)
{
    _cleanup_close_ int fd = make_sealed(data, len);
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };

    if (fd < 0)
        return -1;
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
    return sendmsg(socket_fd, &message, MSG_NOSIGNAL);
}

static ssize_t send_entry(int fd, const char *data, size_t len)
{
    ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

    if (n >= 0 || (errno != EMSGSIZE && errno != ENOBUFS))
        return n;
    return send_sealed(fd, data, len);
}

static void look_later(struct journald_sink *s, usec_t now)
{
    s->look_delay = MIN_OF(2 * s->look_delay, LOOK_LAST);
    s->look_at = now + s->look_delay;
}

static enum sink_result journald_send(struct sink *sink,
                                      const struct sink_record *r,
                                      struct error *err)
{
    struct journald_sink *s = journald_of(sink);

    if (s->unconfirmed >= CONFIRM_EVERY)
        return SINK_BUSY;
    if (send_entry(s->fd, r->text, r->len) < 0) {
        /* The last two: too many descriptors of ours wait in the queue. */
        s->full = errno == EAGAIN || errno == ETOOMANYREFS || errno == EINTR;
        if (s->full)
            return SINK_BUSY;
        fail(s, "send to", err);
        return SINK_FAILED;
    }
    s->full = false;
    s->taken = r->seq;
    s->unconfirmed++;
    s->look_delay = LOOK_FIRST / 2;
    s->look_at = 0;
    return SINK_TAKEN;
}

/* Bytes of ours that nobody has read; the ioctl is cheap and cannot fail. */
static int queued(const struct journald_sink *s)
{
    int bytes = 0;

    return ioctl(s->fd, SIOCOUTQ, &bytes) < 0 ? -1 : bytes;
}

/*
 * Nothing is queued: was it read, or did it go with its reader? A queue that
 * others have filled answers EAGAIN; then the question is asked again.
 */
static int confirm(struct journald_sink *s, usec_t now, struct error *err)
{
    if (send(s->fd, "", 0, MSG_NOSIGNAL) < 0) {
        if (errno != EAGAIN && errno != EINTR)
            return fail(s, "get a confirmation from", err);
        look_later(s, now);
        return 0;
    }
    s->acked = s->taken;
    s->unconfirmed = 0;
    s->look_at = USEC_INFINITY;
    return 0;
}

static int journald_work(struct sink *sink, usec_t now, struct error *err)
{
    struct journald_sink *s = journald_of(sink);
    int bytes;

    s->full = false;
    if (s->unconfirmed == 0 || now < s->look_at)
        return 0;
    bytes = queued(s);
    if (bytes < 0)
        return fail(s, "look at the queue of", err);
    if (bytes == 0)
        return confirm(s, now, err);
    look_later(s, now);
    return 0;
}

static uint64_t journald_acked(const struct sink *sink)
{
    return journald_of(sink)->acked;
}

static void journald_wait(const struct sink *sink, struct pollfd *ret_fd,
                          usec_t *ret_deadline)
{
    const struct journald_sink *s = journald_of(sink);

    *ret_fd = (struct pollfd){.fd = s->full ? s->fd : -1, .events = POLLOUT};
    *ret_deadline = s->unconfirmed > 0 ? s->look_at : USEC_INFINITY;
}

static uint64_t journald_stop(struct sink *sink, _unused_ bool clean)
{
    struct journald_sink *s = journald_of(sink);

    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    s->full = false;
    s->unconfirmed = 0;
    s->taken = s->acked = 0;
    return 0;
}

static void journald_destroy(struct sink *sink)
{
    if (!sink)
        return;
    journald_stop(sink, false);
    free(sink);
}

const struct sink_type sink_journald = {
    .name = "journald",
    .options = journald_table,
    .options_size = sizeof(struct journald_options),
    .standard_format = &format_journal,
    .fixed_format = true,
    .check = journald_check,
    .create = journald_create,
    .start = journald_start,
    .send = journald_send,
    .work = journald_work,
    .acked = journald_acked,
    .wait = journald_wait,
    .stop = journald_stop,
    .destroy = journald_destroy,
};
