/* SPDX-License-Identifier: Apache-2.0 */
/* See lock.h. */
#include "spool/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "util/alloc.h"
#include "util/io.h"

/*
 * The file stays when the lock is let go: if it went, two programs could hold
 * two files of one name.
 */
static char *lock_path(const char *directory)
{
    return xasprintf("%s/lock", directory);
}

int lock_take(const char *directory, int *ret_fd, struct error *err)
{
    _cleanup_free_ char *path = lock_path(directory);
    _cleanup_close_ int fd = io_open(path, O_RDWR | O_CREAT, 0640);

    if (fd < 0)
        return error_set(err, fd, "cannot open %s: %s", path, strerror(-fd));
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *ret_fd = TAKE_FD(fd);
        return 0;
    }
    if (errno == EWOULDBLOCK)
        return error_set(err, -EBUSY,
                         "the spool %s is in use by another process (it holds "
                         "%s)",
                         directory, path);
    return error_set(err, -errno, "cannot lock %s: %s", path, strerror(errno));
}

/* "1: FLOCK  ADVISORY  WRITE 123 fe:00:4711 0 EOF" */
static pid_t holder_in(const char *line, ino_t inode)
{
    unsigned long long its;
    int pid;

    if (sscanf(line, "%*s FLOCK %*s WRITE %d %*x:%*x:%llu", &pid, &its) != 2)
        return 0;
    return its == inode ? pid : 0;
}

/*
 * F_GETLK knows nothing of flock(), and to try the lock would turn a daemon
 * away that starts just then: the kernel's list of locks tells. Its device is
 * not compared, for on btrfs it is another than that of stat().
 */
pid_t lock_holder(const char *directory)
{
    _cleanup_free_ char *path = lock_path(directory);
    FILE *locks = fopen("/proc/locks", "re");
    struct stat st;
    char line[256];
    pid_t holder = 0;

    while (locks && stat(path, &st) == 0 && holder == 0 &&
           fgets(line, sizeof(line), locks))
        holder = holder_in(line, st.st_ino);
    if (locks)
        fclose(locks);
    return holder;
}
