/* SPDX-License-Identifier: Apache-2.0 */
/* See watch.h. */
#include "spool/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define CHANGES (IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE)

/* What no event tells of, a look after this time does. */
#define SWEEP_MS 10000

int watch_open(const char *directory, int *ret_fd, struct error *err)
{
    int fd = inotify_init1(IN_CLOEXEC), r = 0;

    if (fd < 0 || inotify_add_watch(fd, directory, CHANGES) < 0)
        r = error_set(err, -errno, "cannot watch the spool %s: %s", directory,
                      strerror(errno));
    if (r == 0)
        *ret_fd = fd;
    else if (fd >= 0)
        close(fd);
    return r;
}

/* Whether one of the events is about a segment. */
static bool is_about_segment(const char *bytes, ssize_t len)
{
    const struct inotify_event *e;
    const char *end;

    for (ssize_t at = 0; at < len; at += (ssize_t)(sizeof(*e) + e->len)) {
        e = (const struct inotify_event *)(const void *)(bytes + at);
        end = e->len > 0 ? strrchr(e->name, '.') : NULL;
        if (!end || strcmp(end, ".seg") == 0)
            return true;
    }
    return false;
}

/* One wait: 1 if there may be something new, 0 if it was about other files. */
static int wait_once(const char *directory, int fd, struct error *err)
{
    char bytes[4096] __attribute__((aligned(8)));
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int r = poll(&p, 1, SWEEP_MS);
    ssize_t n;

    if (r == 0 || (r < 0 && errno == EINTR))
        return 1;
    n = r < 0 ? -1 : read(fd, bytes, sizeof(bytes));
    if (n < 0)
        return error_set(err, -errno, "cannot watch the spool %s: %s",
                         directory, strerror(errno));
    return is_about_segment(bytes, n);
}

int watch_wait(const char *directory, int fd, struct error *err)
{
    int r = 0;

    while (r == 0)
        r = wait_once(directory, fd, err);
    /* While a file of it is open, the folder's end is no event. */
    if (r > 0 && access(directory, F_OK) < 0)
        return error_set(err, -ENOENT, "the spool %s was removed", directory);
    return r < 0 ? r : 0;
}
