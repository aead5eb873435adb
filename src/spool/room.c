/* SPDX-License-Identifier: Apache-2.0 */
/* The prepared segment and the removal of history; see room.h. */
#include "spool/room.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "spool/spool_internal.h"
#include "util/crash.h"
#include "util/io.h"

#define SEGMENT_MODE 0640

/* EFBIG: beyond the process's limit on files there is no room either. */
static bool is_no_space(int r)
{
    return r == -ENOSPC || r == -EDQUOT || r == -EFBIG;
}

/* Takes one segment out of the chain and deletes it: 1, or 0 if none may go. */
static int remove_one(struct spool *s, bool need_room, struct error *err)
{
    _cleanup_free_ char *path = NULL;
    uint64_t number;
    bool found;
    int r;

    pthread_mutex_lock(&s->lock);
    /*
     * Out of the chain first, so that no reader begins in a file that goes; who
     * reads it already has it open.
     */
    found = chain_take_oldest(&s->chain, clock_real(), need_room, &number);
    if (found)
        path = chain_path(&s->chain, number);
    pthread_mutex_unlock(&s->lock);
    if (!found)
        return 0;
    crash_point("before-unlink");
    r = io_unlink(path);
    if (r < 0 && r != -ENOENT)
        return error_set(err, r, "cannot remove %s: %s", path, strerror(-r));
    crash_point("after-unlink");
    return 1;
}

int room_prune(struct spool *s, struct error *err)
{
    int removed = 0;
    int r;

    while ((r = remove_one(s, false, err)) > 0)
        removed++;
    /* A power cut before this brings them back, and they go again. */
    if (r == 0 && removed > 0)
        r = io_sync_directory(s->chain.directory);
    pthread_mutex_lock(&s->lock);
    spool_tell(s);
    pthread_mutex_unlock(&s->lock);
    return r;
}

/*
 * A file that could not be made whole is removed: a failed allocation leaves
 * one that occupies what it got (pitfall 21).
 */
static int make_file(struct spool *s, const char *path, struct error *err)
{
    _cleanup_close_ int fd =
        io_open(path, O_RDWR | O_CREAT | O_EXCL, SEGMENT_MODE);
    int r = fd < 0 ? fd : io_allocate(fd, s->chain.segment_size);

    crash_point("spare-allocated");
    if (r == 0)
        r = io_sync(fd);
    if (r == 0)
        r = io_sync_directory(s->chain.directory);
    crash_point("spare-ready");
    if (r == 0)
        return 0;
    if (fd >= 0)
        io_unlink(path);
    return error_set(err, is_no_space(r) ? -ENOSPC : r,
                     "cannot prepare the segment %s: %s%s", path, strerror(-r),
                     is_no_space(r) ? "; waiting for space" : "");
}

/*
 * A number is used up also when its file could not be made: no name ever means
 * two files.
 */
static int try_prepare(struct spool *s, struct error *err)
{
    _cleanup_free_ char *path = NULL;
    uint64_t number;
    bool fits;
    int r;

    pthread_mutex_lock(&s->lock);
    fits = chain_has_room(&s->chain);
    number = fits ? ++s->chain.last_number : 0;
    path = chain_path(&s->chain, number);
    pthread_mutex_unlock(&s->lock);
    if (!fits)
        return error_set(err, -ENOSPC,
                         "spool %s: max_size leaves no room for another "
                         "segment: what is there is not delivered yet",
                         s->chain.directory);
    r = make_file(s, path, err);
    if (r < 0)
        return r;
    pthread_mutex_lock(&s->lock);
    s->chain.has_spare = true;
    s->chain.spare_number = number;
    pthread_mutex_unlock(&s->lock);
    return 0;
}

int room_prepare(struct spool *s, struct error *err)
{
    int r = 0;

    if (s->chain.has_spare)
        return 0;
    /* Delivered history goes before any BMC is made to wait. */
    do {
        r = try_prepare(s, err);
    } while (r == -ENOSPC && remove_one(s, true, NULL) > 0);
    pthread_mutex_lock(&s->lock);
    s->refused = r;
    spool_tell(s);
    pthread_mutex_unlock(&s->lock);
    return r;
}

int room_take(struct spool *s, bool counts, int *ret_fd, uint64_t *ret_number,
              struct error *err)
{
    _cleanup_free_ char *path = NULL;
    int r = room_prepare(s, err);
    int fd;

    if (r < 0)
        return r;
    path = chain_path(&s->chain, s->chain.spare_number);
    fd = io_open(path, O_RDWR, 0);
    pthread_mutex_lock(&s->lock);
    /* Who removed the file has us prepare another at the next call. */
    if (fd >= 0 || fd == -ENOENT)
        s->chain.has_spare = false;
    if (fd >= 0)
        s->chain.is_opening = true;
    if (fd >= 0 && counts)
        s->plan_opens--;
    pthread_mutex_unlock(&s->lock);
    if (fd < 0)
        return error_set(err, fd, "cannot open the segment %s: %s", path,
                         strerror(-fd));
    *ret_fd = fd;
    *ret_number = s->chain.spare_number;
    return 0;
}

/* Half a segment: more than the largest record. */
static uint64_t headroom(const struct spool *s)
{
    return spool_capacity(s) / 2;
}

enum spool_state room_state(const struct spool *s)
{
    uint64_t segments = s->chain.has_spare;
    uint64_t room;

    if (s->sick)
        return SPOOL_SICK;
    if (s->plan_opens <= segments && s->plan_free >= headroom(s))
        return SPOOL_OK;
    /* What could be prepared counts too, unless it was refused just now. */
    if (s->refused == 0)
        segments += chain_allowance(&s->chain);
    room = s->plan_free + segments * spool_capacity(s);
    if (room >= s->plan_opens * spool_capacity(s) + headroom(s))
        return SPOOL_OK;
    return s->refused == 0 || s->refused == -ENOSPC ? SPOOL_FULL : SPOOL_SICK;
}
