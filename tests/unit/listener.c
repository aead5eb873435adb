/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening sockets on the loopback: both families, both in one, addresses
 * that are taken or bad, and sockets passed as systemd does it.
 */
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tap.h"
#include "util/macro.h"

#define PASSED 3 /* descriptors from SD_LISTEN_FDS_START on */

/*
 * Whether `listener` gets who connects to its port by that family. Somebody
 * else may have the same port of the other family.
 */
static bool can_connect(int family, int listener)
{
    in_port_t port = htons((uint16_t)listener_port(listener));
    struct sockaddr_in v4 = {.sin_family = AF_INET,
                             .sin_port = port,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = port,
                              .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    _cleanup_close_ int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    _cleanup_close_ int accepted = -1;
    int r = family == AF_INET ? connect(fd, (struct sockaddr *)&v4, sizeof(v4))
                              : connect(fd, (struct sockaddr *)&v6, sizeof(v6));

    if (r == 0)
        accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    return accepted >= 0;
}

static bool has_ipv6(void)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    _cleanup_close_ int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd >= 0 && bind(fd, (struct sockaddr *)&v6, sizeof(v6)) == 0;
}

static const struct {
    const char *address;
    bool ipv4, ipv6; /* who gets through */
} good[] = {
    {"127.0.0.1:0", true, false},
    {"0.0.0.0:0", true, false},
    {"[::1]:0", false, true},
    {"[::]:0", true, true},
};

static void test_good(void)
{
    bool ipv6 = has_ipv6();

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct error err = {""};
        int fd = -1;

        if (good[i].ipv6 && !ipv6) {
            diag("%s: no IPv6 here", good[i].address);
            continue;
        }
        if (!ok(listener_open(good[i].address, &fd, &err) == 0,
                "listens on %s %s", good[i].address, err.text))
            continue;
        ok(listener_port(fd) > 0, "... on a port of its own");
        ok(fcntl(fd, F_GETFL) & O_NONBLOCK, "... without blocking");
        ok(fcntl(fd, F_GETFD) & FD_CLOEXEC, "... and hands it to nobody");
        is_int(can_connect(AF_INET, fd), good[i].ipv4, "... for IPv4, or not");
        if (ipv6)
            is_int(can_connect(AF_INET6, fd), good[i].ipv6,
                   "... for IPv6, or not");
        close(fd);
    }
}

static void test_taken(void)
{
    struct error err = {""};
    char address[32];
    int fd = -1, second = -1;

    listener_open("127.0.0.1:0", &fd, &err);
    snprintf(address, sizeof(address), "127.0.0.1:%u", listener_port(fd));
    is_int(listener_open(address, &second, &err), -EADDRINUSE,
           "an address that is taken is refused");
    ok(strstr(err.text, address), "... and named");
    close(fd);
    is_int(listener_open(address, &second, &err), 0,
           "... and free again at once");
    close(second);
}

static const char *const bad[] = {
    "",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:no-such-service",
    "256.256.256.256:80",
    "[::1",
    "fd:",
    "fd:nobody",
};

static void test_bad(void)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error err = {""};
        int fd = -1;

        ok(listener_open(bad[i], &fd, &err) < 0 && fd == -1 && *err.text,
           "'%s' is refused: %s", bad[i], err.text);
    }
    is_int(listener_port(-1), 0, "no socket, no port");
}

/* As systemd does it: descriptors from 3 on, and their names. */
static int pass_sockets(int listening, int file)
{
    char pid[24];

    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "2", 1);
    setenv("LISTEN_FDNAMES", "hooks:other", 1);
    return dup2(listening, PASSED) < 0 || dup2(file, PASSED + 1) < 0 ? -1 : 0;
}

static void test_passed(void)
{
    struct error err = {""};
    int listening = -1, fd = -1, again = -1;
    unsigned port;

    listener_open("127.0.0.1:0", &listening, &err);
    port = listener_port(listening);
    if (pass_sockets(listening, open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
        return;
    is_int(listener_open("fd:hooks", &fd, &err), 0, "a passed socket %s",
           err.text);
    is_int(listener_port(fd), port, "... is the one of that name");
    ok(fd > PASSED + 1, "... as a descriptor of our own");
    is_int(listener_open("fd:hooks", &again, &err), 0,
           "... that can be had "
           "again");
    ok(fd != again, "... as another");
    close(fd);
    close(again);
    is_int(listener_open("fd:other", &fd, &err), -ENOTSOCK,
           "what is no listening socket is refused");
    ok(strstr(err.text, "other"), "... by its name");
    is_int(listener_open("fd:missing", &fd, &err), -ENOENT,
           "a name that was not passed is told");
    ok(strstr(err.text, "missing"), "... as well");
    setenv("LISTEN_PID", "1", 1);
    is_int(listener_open("fd:hooks", &fd, &err), -ENOENT,
           "sockets for another process are not ours");
    close(listening);
}

int main(void)
{
    /* Keeps the numbers that test_passed() needs from being used before. */
    for (int fd = PASSED; fd <= PASSED + 1; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            dup2(STDOUT_FILENO, fd);
    test_good();
    test_taken();
    test_bad();
    test_passed();
    return done_testing();
}
