/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The faults of io_fault.h. Everything here belongs to the process under test
 * and so does its state; a normal build compiles nothing of it.
 */
#include "util/io_fault.h"

#ifdef ENABLE_CRASH_POINTS

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/macro.h"

#define SECTOR 512
#define FAULTS_MAX 16

struct fault {
    enum io_op op;
    int error;
    long first, count;
};

/* What a range of a file held before an unsynced write. */
struct undo {
    struct undo *next; /* older */
    int fd;            /* ours: the writer may close its own */
    dev_t dev;
    ino_t ino;
    uint64_t offset;
    size_t len;
    char old[];
};

static struct {
    pthread_mutex_t lock;
    struct fault faults[FAULTS_MAX];
    size_t fault_count;
    long done[IO_OP_END];
    const char *power_loss;
    struct undo *undo;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static const char *const op_names[IO_OP_END] = {
    "open",           "read",     "write",    "sync",
    "sync-directory", "allocate", "truncate", "unlink",
};

static int error_of(const char *name)
{
    static const struct {
        const char *name;
        int error;
    } errors[] = {{"EIO", EIO},     {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT},
                  {"EROFS", EROFS}, {"EMFILE", EMFILE}, {"EACCES", EACCES}};

    for (size_t i = 0; i < ARRAY_LEN(errors); i++)
        if (strcmp(errors[i].name, name) == 0)
            return errors[i].error;
    return EIO;
}

static void add_fault(char *text)
{
    char *save = NULL;
    char *op = strtok_r(text, ":", &save);
    char *error = strtok_r(NULL, ":", &save);
    char *first = strtok_r(NULL, ":", &save);
    char *count = strtok_r(NULL, ":", &save);

    for (int i = 0; op && error && i < IO_OP_END; i++)
        if (strcmp(op_names[i], op) == 0 && state.fault_count < FAULTS_MAX)
            state.faults[state.fault_count++] =
                (struct fault){(enum io_op)i, error_of(error),
                               first ? strtol(first, NULL, 10) : 1,
                               count ? strtol(count, NULL, 10) : 1};
}

static void read_environment(void)
{
    const char *text = getenv("TRAWL_IO_FAULTS");
    _cleanup_free_ char *copy = xstrdup(text ? text : "");
    char *save = NULL;

    state.power_loss = getenv("TRAWL_POWER_LOSS");
    for (char *p = strtok_r(copy, ",", &save); p;
         p = strtok_r(NULL, ",", &save))
        add_fault(p);
}

static void remember(const struct io_call *call)
{
    struct undo *u = xcalloc(1, sizeof(*u) + call->len);
    struct stat st;
    ssize_t n;

    if (fstat(call->fd, &st) < 0) {
        free(u);
        return;
    }
    u->fd = fcntl(call->fd, F_DUPFD_CLOEXEC, 0);
    u->dev = st.st_dev;
    u->ino = st.st_ino;
    u->offset = call->offset;
    u->len = call->len;
    n = pread(u->fd, u->old, u->len, (off_t)u->offset);
    u->len = n < 0 ? 0 : (size_t)n;
    u->next = state.undo;
    state.undo = u;
}

static void forget(int fd)
{
    struct undo **p = &state.undo;
    struct undo *u;
    struct stat st;

    if (fstat(fd, &st) < 0)
        return;
    while ((u = *p)) {
        if (u->dev != st.st_dev || u->ino != st.st_ino) {
            p = &u->next;
            continue;
        }
        *p = u->next;
        close(u->fd);
        free(u);
    }
}

static int fault_of(const struct io_call *call)
{
    long n = ++state.done[call->op];

    for (size_t i = 0; i < state.fault_count; i++) {
        const struct fault *f = &state.faults[i];

        if (f->op == call->op && n >= f->first &&
            (f->count == 0 || n < f->first + f->count))
            return -f->error;
    }
    return 0;
}

int io_fault_before(struct io_call *call)
{
    int r;

    pthread_once(&once, read_environment);
    pthread_mutex_lock(&state.lock);
    r = fault_of(call);
    if (r < 0 && call->op == IO_WRITE)
        call->len /= 2;
    if (state.power_loss && call->op == IO_WRITE)
        remember(call);
    /* A sync that a crash point follows has happened for the disk. */
    if (state.power_loss && call->op == IO_SYNC && r == 0 &&
        fdatasync(call->fd) == 0)
        forget(call->fd);
    pthread_mutex_unlock(&state.lock);
    return r;
}

static void take_back(const struct undo *u, bool all, unsigned *seed)
{
    size_t n;

    for (size_t at = 0; at < u->len; at += n) {
        n = MIN_OF(SECTOR - (u->offset + at) % SECTOR, u->len - at);
        if ((all || rand_r(seed) % 2) &&
            pwrite(u->fd, u->old + at, n, (off_t)(u->offset + at)) < 0)
            return;
    }
}

void io_fault_lose_power(void)
{
    unsigned seed = (unsigned)time(NULL) ^ (unsigned)getpid();

    pthread_once(&once, read_environment);
    pthread_mutex_lock(&state.lock); /* for good: nobody writes after this */
    for (struct undo *u = state.undo; u; u = u->next)
        take_back(u, strcmp(state.power_loss, "some") != 0, &seed);
}

#endif
