/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sink `file`: one record per line in a file, on standard output ("-"), or in
 * whatever else can be opened for writing (a FIFO, a terminal).
 *
 * Records collect in a buffer and work() writes them in one go; those in a
 * regular file count as acknowledged once they are synced too. A line is
 * written whole or not at all: what a failed write left behind is cut off
 * again, also after a crash. A file that was moved away (logrotate) is noticed
 * before each write and opened anew, with or without SIGHUP.
 *
 * A pipe is never written to unless poll() says that there is room, and never
 * more than PIPE_BUF at once: its flags belong to all who share it, so it
 * cannot be made non-blocking.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "sinks/file_tail.h"
#include "sinks/sink.h"
#include "util/alloc.h"
#include "util/file.h"

#define BUFFER_LIMIT                                        \
    (1u << 20) /* then the sink is busy until it is written \
                */

struct file_options {
    char *path;
    bool sync;
};

struct file_sink {
    const struct file_options *options;
    int fd;
    bool regular;
    bool fresh;           /* open and not written to yet */
    bool reopen;          /* asked for */
    bool torn;            /* the stream's last line was left unfinished */
    bool blocked;         /* no room in the stream */
    struct buffer buffer; /* whole lines; of a stream, perhaps a rest first */
    uint64_t taken;       /* the last record in the buffer */
    uint64_t acked;
};

static const struct option file_table[] = {
    {
        .key = "path",
        .kind = OPTION_TEXT,
        .offset = offsetof(struct file_options, path),
        .meaning = "file to add lines to, or \"-\" for standard output",
        .required = true,
    },
    {
        .key = "sync",
        .kind = OPTION_BOOL,
        .offset = offsetof(struct file_options, sync),
        .standard = "true",
        .meaning = "sync the file before its records count as delivered",
    },
    {0},
};

static struct file_sink *file_of(const struct sink *s)
{
    return (struct file_sink *)s;
}

static bool is_stdout(const struct file_sink *s)
{
    return strcmp(s->options->path, "-") == 0;
}

static void file_format_options(const void *options, struct format_options *ret)
{
    const struct file_options *o = options;

    ret->colour = strcmp(o->path, "-") == 0 && isatty(STDOUT_FILENO);
}

static struct sink *file_create(const struct sink_setup *setup)
{
    struct file_sink *s = XNEW(struct file_sink);

    s->options = setup->options;
    s->fd = -1;
    return (struct sink *)s;
}

static int fail(const struct file_sink *s, const char *what, struct error *err)
{
    return error_set(err, -errno, "cannot %s %s: %s", what,
                     is_stdout(s) ? "standard output" : s->options->path,
                     strerror(errno));
}

/*
 * For reading too, to see how the last line ends; but a FIFO for writing only,
 * so that one without a reader is a sink that is down (ENXIO) and not a pipe
 * that swallows events. Not blocking, which regular files ignore.
 */
static int open_file(struct file_sink *s)
{
    int flags = O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    struct stat st;
    bool fifo = stat(s->options->path, &st) == 0 && S_ISFIFO(st.st_mode);

    s->fd = is_stdout(s) ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                         : open(s->options->path,
                                flags | (fifo ? O_WRONLY : O_RDWR), 0640);
    return s->fd;
}

static void close_file(struct file_sink *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

/* The name of a file just made must outlive a crash too. */
static int sync_name(const struct file_sink *s, struct error *err)
{
    const char *path = s->options->path;
    const char *slash = strrchr(path, '/');
    _cleanup_free_ char *parent = slash == path ? xstrdup("/")
                                  : slash
                                      ? xstrndup(path, (size_t)(slash - path))
                                      : xstrdup(".");
    int r;

    if (is_stdout(s) || !s->regular || !s->options->sync)
        return 0;
    r = file_sync_directory(parent, err);
    return r == -EACCES ? 0 : r; /* a folder we may write to, not read */
}

static int file_start(struct sink *sink, struct error *err)
{
    struct file_sink *s = file_of(sink);
    struct stat st;
    int r;

    if (open_file(s) < 0)
        return fail(s, "open", err);
    if (fstat(s->fd, &st) < 0) {
        r = fail(s, "look at", err);
        close_file(s);
        return r;
    }
    s->regular = S_ISREG(st.st_mode);
    s->fresh = true;
    r = st.st_size == 0 ? sync_name(s, err) : 0;
    if (r < 0)
        close_file(s);
    s->reopen = s->blocked = false;
    return r;
}

/* Whether the path leads to another file by now, or to none. */
static bool was_moved(const struct file_sink *s)
{
    struct stat ours, theirs;

    if (!s->regular || is_stdout(s))
        return false;
    if (stat(s->options->path, &theirs) < 0)
        return true;
    return fstat(s->fd, &ours) < 0 || ours.st_ino != theirs.st_ino ||
           ours.st_dev != theirs.st_dev;
}

/*
 * All that is in the buffer, or nothing: what a write that failed midway has
 * left is cut off. (Should even that fail, the next start does it.)
 */
static int write_regular(struct file_sink *s, struct error *err)
{
    size_t done = 0;
    ssize_t n;
    int r;

    if (s->fresh && !is_stdout(s) &&
        file_tail_mend(s->fd, s->buffer.data, s->buffer.len) < 0)
        return fail(s, "mend the last line of", err);
    s->fresh = false;
    while (done < s->buffer.len) {
        errno = EIO; /* what a write of nothing is; else it says why itself */
        n = write(s->fd, s->buffer.data + done, s->buffer.len - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            break;
    }
    if (done == s->buffer.len)
        return 0;
    r = fail(s, "write to", err);
    file_tail_cut(s->fd, done);
    return r;
}

static bool has_room(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};

    return poll(&p, 1, 0) > 0;
}

/* As much as the stream takes now; `blocked` tells if that was not all. */
static int write_stream(struct file_sink *s, struct error *err)
{
    size_t done = 0;
    ssize_t n;
    int r = 0;

    while (r == 0 && done < s->buffer.len && has_room(s->fd)) {
        n = write(s->fd, s->buffer.data + done,
                  MIN_OF(s->buffer.len - done, (size_t)PIPE_BUF));
        if (n >= 0)
            done += (size_t)n;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            r = fail(s, "write to", err);
    }
    if (done > 0)
        s->torn = s->buffer.data[done - 1] != '\n';
    buffer_consume(&s->buffer, done);
    s->blocked = s->buffer.len > 0;
    return r;
}

/* To the disk, unless the file cannot (/dev/null, some file systems). */
static int sync_file(struct file_sink *s, struct error *err)
{
    if (!s->options->sync || fdatasync(s->fd) == 0 || errno == EINVAL)
        return 0;
    return fail(s, "sync", err);
}

static int flush(struct file_sink *s, struct error *err)
{
    int r = s->regular ? write_regular(s, err) : write_stream(s, err);

    if (r < 0 || s->blocked)
        return r;
    r = s->regular ? sync_file(s, err) : 0;
    if (r < 0)
        return r;
    buffer_clear(&s->buffer);
    s->acked = s->taken;
    return 0;
}

static int file_work(struct sink *sink, _unused_ usec_t now, struct error *err)
{
    struct file_sink *s = file_of(sink);
    int r;

    if (s->reopen || (s->buffer.len > 0 && was_moved(s))) {
        if (!is_stdout(s)) {
            close_file(s);
            r = file_start(sink, err);
            if (r < 0)
                return r;
        }
        s->reopen = false;
    }
    return s->buffer.len > 0 ? flush(s, err) : 0;
}

static enum sink_result file_send(struct sink *sink,
                                  const struct sink_record *r,
                                  _unused_ struct error *err)
{
    struct file_sink *s = file_of(sink);

    if (s->buffer.len >= BUFFER_LIMIT)
        return SINK_BUSY;
    if (s->torn && s->buffer.len == 0) {
        buffer_add_char(&s->buffer, '\n');
        s->torn = false;
    }
    buffer_add(&s->buffer, r->text, r->len);
    buffer_add_char(&s->buffer, '\n');
    s->taken = r->seq;
    return SINK_TAKEN;
}

static uint64_t file_acked(const struct sink *sink)
{
    return file_of(sink)->acked;
}

static void file_wait(const struct sink *sink, struct pollfd *ret_fd,
                      usec_t *ret_deadline)
{
    const struct file_sink *s = file_of(sink);

    *ret_fd = (struct pollfd){.fd = -1};
    *ret_deadline = USEC_INFINITY;
    if (s->blocked)
        *ret_fd = (struct pollfd){.fd = s->fd, .events = POLLOUT};
    else if (s->buffer.len > 0 || s->reopen)
        *ret_deadline = 0;
}

static uint64_t file_stop(struct sink *sink, _unused_ bool clean)
{
    struct file_sink *s = file_of(sink);

    close_file(s);
    buffer_clear(&s->buffer);
    s->acked = 0;
    return 0;
}

static void file_reopen(struct sink *sink)
{
    file_of(sink)->reopen = true;
}

static void file_destroy(struct sink *sink)
{
    struct file_sink *s = file_of(sink);

    if (!s)
        return;
    close_file(s);
    buffer_done(&s->buffer);
    free(s);
}

const struct sink_type sink_file = {
    .name = "file",
    .options = file_table,
    .options_size = sizeof(struct file_options),
    .standard_format = &format_json,
    .format_options = file_format_options,
    .create = file_create,
    .start = file_start,
    .send = file_send,
    .work = file_work,
    .acked = file_acked,
    .wait = file_wait,
    .stop = file_stop,
    .reopen = file_reopen,
    .destroy = file_destroy,
};
