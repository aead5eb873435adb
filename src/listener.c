/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets; see listener.h. */
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "util/alloc.h"

#define BACKLOG 4096

/* The descriptor that systemd passed under `name`, as one of our own. */
static int passed(const char *name, int *ret_fd, struct error *err)
{
    char **names = NULL;
    int count = sd_listen_fds_with_names(0, &names);
    int fd = -1;

    for (int i = 0; i < count; i++) {
        if (fd < 0 && strcmp(names[i], name) == 0)
            fd = fcntl(SD_LISTEN_FDS_START + i, F_DUPFD_CLOEXEC, 3);
        free(names[i]);
    }
    free(names);
    if (fd < 0)
        return error_set(err, -ENOENT,
                         "no socket named '%s' was passed by systemd: see "
                         "FileDescriptorName= in systemd.socket(5)",
                         name);
    if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
        close(fd);
        return error_set(err, -ENOTSOCK,
                         "the descriptor '%s' that was passed is no listening "
                         "stream socket: see ListenStream= in "
                         "systemd.socket(5)",
                         name);
    }
    *ret_fd = fd;
    return 0;
}

static int open_one(const struct addrinfo *ai)
{
    int fd = socket(ai->ai_family,
                    ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1, off = 0;

    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (ai->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
        int r = -errno;

        close(fd);
        return r;
    }
    return fd;
}

/* Splits "host:port" or "[v6]:port"; both are the caller's. */
static int split(const char *address, char **ret_host, char **ret_port)
{
    const char *colon = strrchr(address, ':');
    size_t len = colon ? (size_t)(colon - address) : 0;

    if (!colon || !colon[1])
        return -EINVAL;
    if (len >= 2 && address[0] == '[' && address[len - 1] == ']')
        *ret_host = xstrndup(address + 1, len - 2);
    else
        *ret_host = xstrndup(address, len);
    *ret_port = xstrdup(colon + 1);
    return 0;
}

/* For those who meet it at night. */
static const char *what_next(int code)
{
    switch (code) {
    case EADDRINUSE:
        return " (ss -ltnp says by whom)";
    case EACCES:
        return " (a port below 1024 is for trawld.socket to hold, see "
               "trawld(8))";
    case EADDRNOTAVAIL:
        return " (no address of this machine)";
    }
    return "";
}

int listener_open(const char *address, int *ret_fd, struct error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE};
    _cleanup_free_ char *host = NULL, *port = NULL;
    struct addrinfo *list = NULL;
    int r, fd = -EADDRNOTAVAIL;

    if (strncmp(address, "fd:", 3) == 0)
        return passed(address + 3, ret_fd, err);
    if (split(address, &host, &port) < 0)
        return error_set(err, -EINVAL, "'%s' is not host:port", address);
    r = getaddrinfo(*host ? host : NULL, port, &hints, &list);
    if (r != 0)
        return error_set(err, -EADDRNOTAVAIL, "cannot listen on %s: %s",
                         address, gai_strerror(r));
    for (const struct addrinfo *ai = list; ai && fd < 0; ai = ai->ai_next)
        fd = open_one(ai);
    freeaddrinfo(list);
    if (fd < 0)
        return error_set(err, fd, "cannot listen on %s: %s%s", address,
                         strerror(-fd), what_next(-fd));
    *ret_fd = fd;
    return 0;
}

unsigned listener_port(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);

    if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return 0;
}
