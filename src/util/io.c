/* SPDX-License-Identifier: Apache-2.0 */
/* System calls done whole, with room for faults; see io.h. */
#include "util/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

#include "util/macro.h"

#ifdef ENABLE_CRASH_POINTS
#include "util/io_fault.h"
#endif

/*
 * Mutable and of the file, against the rule: a fault has to hit whoever does
 * I/O, and a pointer through every signature would be there for tests only.
 */
static _Atomic(const struct io_hook *) current_hook;

void io_set_hook(const struct io_hook *hook)
{
    atomic_store(&current_hook, hook);
}

static int before(struct io_call *call)
{
    const struct io_hook *hook = atomic_load(&current_hook);
    int r = hook ? hook->before(hook->userdata, call) : 0;

#ifdef ENABLE_CRASH_POINTS
    if (r == 0)
        r = io_fault_before(call);
#endif
    return r;
}

int io_open(const char *path, int flags, mode_t mode)
{
    struct io_call call = {IO_OPEN, path, -1, flags, 0, NULL, 0};
    int r = before(&call);
    int fd;

    if (r < 0)
        return r;
    do {
        fd = open(path, flags | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

ssize_t io_read(int fd, void *data, size_t len, uint64_t offset)
{
    struct io_call call = {IO_READ, NULL, fd, 0, offset, NULL, len};
    int r = before(&call);
    size_t done = 0;
    ssize_t n;

    if (r < 0)
        return r;
    while (done < len) {
        n = pread(fd, (char *)data + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static int write_whole(int fd, const char *data, size_t len, uint64_t offset)
{
    ssize_t n;

    while (len > 0) {
        n = pwrite(fd, data, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        data += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

int io_write(int fd, const void *data, size_t len, uint64_t offset)
{
    struct io_call call = {IO_WRITE, NULL, fd, 0, offset, data, len};
    int r = before(&call);
    int w = write_whole(fd, data, MIN_OF(len, call.len), offset);

    return r < 0 ? r : w;
}

int io_sync(int fd)
{
    struct io_call call = {IO_SYNC, NULL, fd, 0, 0, NULL, 0};
    int r = before(&call);

    if (r < 0)
        return r;
    return fdatasync(fd) < 0 ? -errno : 0;
}

int io_sync_directory(const char *path)
{
    struct io_call call = {IO_SYNC_DIRECTORY, path, -1, 0, 0, NULL, 0};
    _cleanup_close_ int fd = -1;
    int r = before(&call);

    if (r < 0)
        return r;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

int io_allocate(int fd, uint64_t size)
{
    struct io_call call = {IO_ALLOCATE, NULL, fd, 0, 0, NULL, size};
    int r = before(&call);

    if (r < 0)
        return r;
    do {
        r = posix_fallocate(fd, 0, (off_t)size);
    } while (r == EINTR);
    return -r;
}

int io_truncate(int fd, uint64_t size)
{
    struct io_call call = {IO_TRUNCATE, NULL, fd, 0, size, NULL, 0};
    int r = before(&call);

    if (r < 0)
        return r;
    return ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
}

int io_unlink(const char *path)
{
    struct io_call call = {IO_UNLINK, path, -1, 0, 0, NULL, 0};
    int r = before(&call);

    if (r < 0)
        return r;
    return unlink(path) < 0 ? -errno : 0;
}
