/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls by which spool, committer, recovery and cursors touch the
 * disk, each done whole or failed. They go through one place so that tests can
 * inject faults: a hook sees every call first and may fail it, shorten a
 * write, or note what a power cut would undo.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum io_op {
    IO_OPEN,
    IO_READ,
    IO_WRITE,
    IO_SYNC,
    IO_SYNC_DIRECTORY,
    IO_ALLOCATE,
    IO_TRUNCATE,
    IO_UNLINK,
    IO_OP_END
};

struct io_call {
    enum io_op op;
    const char *path; /* open, sync of a directory, unlink; else NULL */
    int fd;           /* the others; else -1 */
    int flags;        /* open */
    uint64_t offset;
    const void *data; /* write */
    size_t len;
};

struct io_hook {
    /*
     * 0 to go on. Negative to fail with that error; of a write the first
     * call->len bytes (which the hook may lower) are written before, so a
     * hook that wants none sets it to 0. Called on any thread.
     */
    int (*before)(void *userdata, struct io_call *call);
    void *userdata;
};

/* For unit tests. The hook must stay until another one, or NULL, is set. */
void io_set_hook(const struct io_hook *hook);

/* All return 0 (or what is said) or a negative errno; EINTR is retried. */

/* The descriptor, close-on-exec. */
int io_open(const char *path, int flags, mode_t mode);

/* Bytes read: `len`, or fewer at the end of the file. */
ssize_t io_read(int fd, void *data, size_t len, uint64_t offset);

/* Writes all bytes at `offset`; after an error any part may be written. */
int io_write(int fd, const void *data, size_t len, uint64_t offset);

/*
 * fdatasync(). After a failure the kernel forgets what was not written: the
 * file must not be trusted or synced again (reliability lesson 6).
 */
int io_sync(int fd);

int io_sync_directory(const char *path);

/* Reserves blocks so that writes below `size` cannot want for space. */
int io_allocate(int fd, uint64_t size);

int io_truncate(int fd, uint64_t size);

int io_unlink(const char *path);
