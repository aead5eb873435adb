/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting with a deadline; see syslog_connect.h. */
#include "sinks/syslog_connect.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "util/macro.h"

#define NEXT_ADDRESS (2 * USEC_PER_SEC) /* for one of several addresses */

int syslog_connect_poll(int fd, short events, usec_t deadline)
{
    struct pollfd p = {.fd = fd, .events = events};
    usec_t now;
    int n;

    do {
        now = clock_monotonic();
        if (now >= deadline)
            return -ETIMEDOUT;
        n = poll(&p, 1, (int)((deadline - now) / USEC_PER_MSEC) + 1);
    } while (n < 0 && errno == EINTR);
    return n > 0 ? 0 : -ETIMEDOUT;
}

/* Returns the socket or a negative errno. */
static int connect_to(const struct sockaddr *address, socklen_t len, int type,
                      usec_t deadline)
{
    _cleanup_close_ int fd = -1;
    int error = 0, r;
    socklen_t size = sizeof(error);

    fd = socket(address->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, address, len) == 0)
        return TAKE_FD(fd);
    if (errno != EINPROGRESS)
        return -errno;
    r = syslog_connect_poll(fd, POLLOUT, deadline);
    if (r < 0)
        return r;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        return -errno;
    return error ? -error : TAKE_FD(fd);
}

static int connect_unix(const struct syslog_address *address, usec_t deadline,
                        bool *ret_stream)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd;

    memcpy(un.sun_path, address->path, sizeof(un.sun_path));
    *ret_stream = false;
    fd = connect_to((struct sockaddr *)&un, sizeof(un), SOCK_DGRAM, deadline);
    if (fd != -EPROTOTYPE)
        return fd;
    *ret_stream = true;
    return connect_to((struct sockaddr *)&un, sizeof(un), SOCK_STREAM,
                      deadline);
}

static int connect_host(const struct syslog_address *address, usec_t deadline,
                        bool *ret_stream, struct error *err)
{
    int type = address->kind == SYSLOG_UDP ? SOCK_DGRAM : SOCK_STREAM;
    struct addrinfo hints = {.ai_socktype = type};
    struct addrinfo *list = NULL;
    usec_t until;
    int r, fd = -ENOENT;

    r = getaddrinfo(address->host, address->port, &hints, &list);
    if (r != 0)
        return error_set(err, -EHOSTUNREACH, "cannot find an address of %s: %s",
                         address->host,
                         r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r));
    for (struct addrinfo *at = list; at && fd < 0; at = at->ai_next) {
        until = deadline;
        if (at->ai_next)
            until = MIN_OF(deadline, clock_monotonic() + NEXT_ADDRESS);
        fd = connect_to(at->ai_addr, at->ai_addrlen, type, until);
    }
    freeaddrinfo(list);
    *ret_stream = type == SOCK_STREAM;
    return fd;
}

int syslog_connect(const struct syslog_address *address, usec_t deadline,
                   int *ret_fd, bool *ret_stream, struct error *err)
{
    struct error why = {0};
    int fd;

    if (address->kind == SYSLOG_UNIX)
        fd = connect_unix(address, deadline, ret_stream);
    else
        fd = connect_host(address, deadline, ret_stream, &why);
    if (fd >= 0) {
        *ret_fd = fd;
        return 0;
    }
    if (why.text[0])
        return error_set(err, fd, "%s", why.text);
    if (address->kind == SYSLOG_UNIX)
        return error_set(err, fd, "cannot connect to %s: %s", address->path,
                         strerror(-fd));
    return error_set(err, fd, "cannot connect to %s, port %s: %s",
                     address->host, address->port, strerror(-fd));
}

static void set_int(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof(value));
}

void syslog_connect_watch(int fd, usec_t timeout)
{
    int seconds = (int)(timeout / USEC_PER_SEC);

    set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1); /* we gather by ourselves */
    set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, MAX_OF(seconds / 2, 1));
    set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, MAX_OF(seconds / 6, 1));
    set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)(timeout / USEC_PER_MSEC));
}
