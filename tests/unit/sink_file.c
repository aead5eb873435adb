/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sink `file` by itself: whole lines whatever happens, acknowledged only when
 * they are written, in the right file after it was moved away, and never
 * blocking on a stream that nobody reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "sinks/sink.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/buffer.h"
#include "util/file.h"

static char directory[] = "/tmp/trawl-sink-file-XXXXXX";
static char path[64], moved[64];

/* The place of an option, found by its key as the configuration does. */
static void *option_at(void *base, const char *key)
{
    for (const struct option *o = sink_file.options; o->key; o++)
        if (strcmp(o->key, key) == 0)
            return (char *)base + o->offset;
    return NULL;
}

struct rig {
    void *options;
    struct sink_setup setup;
    struct sink *sink;
    struct error err;
};

static void rig_init(struct rig *rig, char *where)
{
    *rig = (struct rig){.options = xcalloc(1, sink_file.options_size)};
    *(char **)option_at(rig->options, "path") = where;
    *(bool *)option_at(rig->options, "sync") = true;
    rig->setup.options = rig->options;
    rig->sink = sink_file.create(&rig->setup);
}

static void rig_done(struct rig *rig)
{
    sink_file.stop(rig->sink, true);
    sink_file.destroy(rig->sink);
    free(rig->options);
}

static enum sink_result send_text(struct rig *rig, uint64_t seq,
                                  const char *text)
{
    struct sink_record r = {.seq = seq, .text = text, .len = strlen(text)};

    return sink_file.send(rig->sink, &r, &rig->err);
}

static int work(struct rig *rig)
{
    return sink_file.work(rig->sink, 0, &rig->err);
}

static void is_file(const char *name, const char *want, const char *sentence)
{
    _cleanup_(buffer_done) struct buffer text = {0};

    file_read(name, 1u << 20, &text, NULL);
    is_text(text.len > 0 ? text.data : "", want, "%s", sentence);
}

static void write_file(const char *name, const char *text)
{
    file_write(name, text, strlen(text), 0640, NULL);
}

static void test_lines(void)
{
    struct stat st = {0};
    struct rig rig;

    rig_init(&rig, path);
    is_int(sink_file.start(rig.sink, &rig.err), 0, "a new file is made");
    stat(path, &st);
    is_int(st.st_mode & 07777, 0640, "others cannot read it");
    is_int(send_text(&rig, 5, "one"), SINK_TAKEN, "a record is taken");
    is_int(send_text(&rig, 9, "two"), SINK_TAKEN, "and another");
    is_int(sink_file.acked(rig.sink), 0, "not acknowledged yet");
    is_int(work(&rig), 0, "then written");
    is_int(sink_file.acked(rig.sink), 9, "and acknowledged");
    is_file(path, "one\ntwo\n", "as lines");
    rig_done(&rig);

    rig_init(&rig, path);
    sink_file.start(rig.sink, &rig.err);
    send_text(&rig, 10, "three");
    work(&rig);
    rig_done(&rig);
    is_file(path, "one\ntwo\nthree\n", "a restart adds to them");
}

static void test_torn_line(void)
{
    struct rig rig;

    write_file(path, "one\n{\"half");
    rig_init(&rig, path);
    is_int(sink_file.start(rig.sink, &rig.err), 0, "a torn file is opened");
    send_text(&rig, 1, "two");
    work(&rig);
    is_file(path, "one\n{\"half\ntwo\n", "no two records share a line");
    rig_done(&rig);

    write_file(path, "{\"id\":\"one\"}\n{\"id\":\"tw");
    rig_init(&rig, path);
    sink_file.start(rig.sink, &rig.err);
    send_text(&rig, 1, "{\"id\":\"two\"}");
    work(&rig);
    is_file(path, "{\"id\":\"one\"}\n{\"id\":\"two\"}\n",
            "one of ours that was cut short is cut off: it is sent again");
    rig_done(&rig);
}

static void test_moved(void)
{
    struct rig rig;

    unlink(path);
    rig_init(&rig, path);
    sink_file.start(rig.sink, &rig.err);
    send_text(&rig, 1, "one");
    work(&rig);
    rename(path, moved);
    send_text(&rig, 2, "two");
    is_int(work(&rig), 0, "a file that was moved away is noticed");
    is_file(moved, "one\n", "the old one stays as it was");
    is_file(path, "two\n", "the new one takes over");
    unlink(path);
    send_text(&rig, 3, "three");
    work(&rig);
    is_file(path, "three\n", "and so when it was removed");
    rename(path, moved);
    sink_file.reopen(rig.sink);
    work(&rig);
    is_int(access(path, F_OK), 0, "SIGHUP makes the file at once");
    is_int(sink_file.acked(rig.sink), 3, "what was acknowledged stays so");
    rig_done(&rig);
}

static void limit_file_size(rlim_t size)
{
    struct rlimit limit;

    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = size;
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* A limit of the process fails a write midway, as a full disk does. */
static void test_full(void)
{
    struct rig rig;
    int r;

    write_file(path, "one\n");
    rig_init(&rig, path);
    sink_file.start(rig.sink, &rig.err);
    send_text(&rig, 1, "two");
    send_text(&rig, 2, "three");
    limit_file_size(10); /* which holds for our own output too */
    r = work(&rig);
    limit_file_size(RLIM_INFINITY);
    ok(r < 0, "a full disk is a failure");
    ok(strstr(rig.err.text, path), "with a text: %s", rig.err.text);
    is_int(sink_file.acked(rig.sink), 0, "nothing is acknowledged");
    is_file(path, "one\n", "no half a batch is left");
    is_int(sink_file.stop(rig.sink, false), 0, "it stops");
    is_int(sink_file.start(rig.sink, &rig.err), 0, "and starts again");
    send_text(&rig, 1, "two");
    send_text(&rig, 2, "three");
    is_int(work(&rig), 0, "now there is room");
    is_file(path, "one\ntwo\nthree\n", "each record is there once");
    rig_done(&rig);
}

static void test_no_folder(void)
{
    char nowhere[] = "/tmp/trawl-no-such-folder/events.jsonl";
    struct rig rig;

    rig_init(&rig, nowhere);
    is_int(sink_file.start(rig.sink, &rig.err), -ENOENT,
           "a missing folder is told");
    ok(strstr(rig.err.text, nowhere), "by name: %s", rig.err.text);
    rig_done(&rig);
}

/* Reads what is in the pipe into `out`. */
static void empty_pipe(int fd, struct buffer *out)
{
    ssize_t n;

    while ((n = read(fd, buffer_reserve(out, 65536), 65536)) > 0)
        out->len += (size_t)n;
}

/* Sends numbered lines until the sink is busy; returns the next number. */
static unsigned fill(struct rig *rig, unsigned from)
{
    char text[512];

    for (unsigned n = from; n < from + 100000; n++) {
        memset(text, 'x', sizeof(text) - 1);
        snprintf(text, sizeof(text), "%06u %500s", n, "x");
        if (send_text(rig, n, text) != SINK_TAKEN)
            return n;
        work(rig);
    }
    return 0;
}

/* Whether all lines are whole, and numbered 1 to `last`. */
static bool are_numbered(const struct buffer *b, unsigned last)
{
    unsigned n = 0, number;
    const char *at = b->data, *end;

    for (; at < b->data + b->len; at = end + 1) {
        end = memchr(at, '\n', (size_t)(b->data + b->len - at));
        if (!end || end - at != 507 || sscanf(at, "%6u", &number) != 1 ||
            number != ++n)
            return false;
    }
    return n == last;
}

static void check_stream(struct rig *rig, int reader, const char *what)
{
    _cleanup_(buffer_done) struct buffer got = {0};
    struct pollfd p;
    usec_t deadline;
    unsigned next = fill(rig, 1);

    ok(next > 1, "%s: one that nobody reads makes it busy", what);
    ok(sink_file.acked(rig->sink) < next - 1, "%s: not all are acknowledged",
       what);
    sink_file.wait(rig->sink, &p, &deadline);
    ok(p.fd >= 0 && p.events == POLLOUT && deadline == USEC_INFINITY,
       "%s: it waits for room", what);
    is_int(poll(&p, 1, 0), 0, "%s: which is not there", what);
    for (int i = 0; i < 10000 && sink_file.acked(rig->sink) < next - 1; i++) {
        empty_pipe(reader, &got);
        if (work(rig) < 0)
            break;
    }
    empty_pipe(reader, &got);
    is_int(sink_file.acked(rig->sink), next - 1, "%s: then all are", what);
    ok(are_numbered(&got, next - 1), "%s: whole and in order", what);
}

static void test_fifo(void)
{
    int reader;
    struct rig rig;

    unlink(path);
    mkfifo(path, 0600);
    rig_init(&rig, path);
    ok(sink_file.start(rig.sink, &rig.err) < 0,
       "a FIFO without a reader is a sink that is down: %s", rig.err.text);
    reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    is_int(sink_file.start(rig.sink, &rig.err), 0, "with one it is up");
    check_stream(&rig, reader, "a FIFO");
    close(reader);
    rig_done(&rig);
    unlink(path);
}

/* Standard output is a pipe for a while; TAP goes on afterwards. */
static void test_stdout(void)
{
    char dash[] = "-";
    int fds[2], saved, r;
    struct rig rig;

    fflush(stdout);
    saved = dup(STDOUT_FILENO);
    if (pipe2(fds, O_CLOEXEC) < 0)
        return;
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    dup2(fds[1], STDOUT_FILENO);
    rig_init(&rig, dash);
    r = sink_file.start(rig.sink, &rig.err);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(fds[1]);
    is_int(r, 0, "standard output opens");
    check_stream(&rig, fds[0], "standard output");

    close(fds[0]);
    send_text(&rig, 1000001, "nobody");
    ok(work(&rig) < 0, "a closed pipe is a failure");
    ok(rig.err.text[0], "with a text: %s", rig.err.text);
    rig_done(&rig);
}

int main(void)
{
    if (!mkdtemp(directory))
        skip_all("no temporary folder");
    snprintf(path, sizeof(path), "%s/events.jsonl", directory);
    snprintf(moved, sizeof(moved), "%s/events.jsonl.1", directory);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    umask(022);
    test_lines();
    test_torn_line();
    test_moved();
    test_full();
    test_no_folder();
    test_fifo();
    test_stdout();
    unlink(moved);
    unlink(path);
    rmdir(directory);
    return done_testing();
}
