/* SPDX-License-Identifier: Apache-2.0 */
/* The committer on a disk that fails: nothing lost, doubled or reordered. */
#include "committer.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "spool_fixture.h"
#include "util/io.h"

/* Fails chosen calls of one operation; counts what it saw. */
struct faults {
    struct io_hook hook;
    pthread_mutex_t lock;
    enum io_op op;
    int error;
    unsigned from, count; /* from the from-th call on (1 is the next) */
    size_t part;          /* so much of a failed write is written */
    unsigned seen, failed;
    ino_t bad_inode;  /* a file whose sync failed … */
    unsigned touched; /* … and that was written or synced again */
};

static ino_t inode_of(int fd)
{
    struct stat st;

    return fd >= 0 && fstat(fd, &st) == 0 ? st.st_ino : 0;
}

/* A removed file's number may come back as another file's. */
static void forget_removed(struct faults *f, const struct io_call *call)
{
    struct stat st;

    if (call->op == IO_UNLINK && stat(call->path, &st) == 0 &&
        st.st_ino == f->bad_inode)
        f->bad_inode = 0;
}

static int on_call(void *userdata, struct io_call *call)
{
    struct faults *f = userdata;
    bool fails;

    pthread_mutex_lock(&f->lock);
    forget_removed(f, call);
    if ((call->op == IO_WRITE || call->op == IO_SYNC) && f->bad_inode != 0 &&
        inode_of(call->fd) == f->bad_inode)
        f->touched++;
    fails = call->op == f->op && ++f->seen >= f->from &&
            f->seen < f->from + f->count;
    if (fails) {
        f->failed++;
        if (call->op == IO_WRITE)
            call->len = MIN_OF(call->len, f->part);
        if (call->op == IO_SYNC)
            f->bad_inode = inode_of(call->fd);
    }
    pthread_mutex_unlock(&f->lock);
    return fails ? f->error : 0;
}

static void inject(struct faults *f, enum io_op op, int error, unsigned from,
                   unsigned count)
{
    *f = (struct faults){.hook = {on_call, f},
                         .op = op,
                         .error = error,
                         .from = from,
                         .count = count,
                         .part = 1000};
    pthread_mutex_init(&f->lock, NULL);
    io_set_hook(&f->hook);
}

static unsigned failures(struct faults *f)
{
    unsigned n;

    pthread_mutex_lock(&f->lock);
    n = f->failed;
    pthread_mutex_unlock(&f->lock);
    return n;
}

struct fault_case {
    const char *what;
    enum io_op op;
    int error;
    unsigned from, count;
};

static const struct fault_case cases[] = {
    {"one write fails", IO_WRITE, -EIO, 5, 1},
    {"the first write of a segment fails", IO_WRITE, -EIO, 1, 1},
    {"several writes fail", IO_WRITE, -EIO, 3, 4},
    {"a write finds no space", IO_WRITE, -ENOSPC, 7, 2},
    {"one sync fails", IO_SYNC, -EIO, 4, 1},
    {"the first sync fails", IO_SYNC, -EIO, 1, 1},
    {"several syncs fail", IO_SYNC, -EIO, 6, 5},
    {"preparing a segment fails", IO_ALLOCATE, -EIO, 1, 3},
    {"preparing finds no space", IO_ALLOCATE, -ENOSPC, 1, 2},
    {"a folder cannot be synced", IO_SYNC_DIRECTORY, -EIO, 1, 3},
    {"a file cannot be opened", IO_OPEN, -EMFILE, 1, 3},
    {"nothing can be cut or removed", IO_TRUNCATE, -EIO, 1, 100},
};

static void test_fault(const struct fault_case *c)
{
    struct faults faults;
    struct fixture f;
    struct error trouble;
    bool shrinks = c->op == IO_TRUNCATE;

    fixture_init(&f);
    fixture_open(&f);
    fixture_fill(&f, 20, 1);
    inject(&faults, c->op, c->error, c->from, c->count);
    fixture_fill(&f, 400, 5);
    ok(failures(&faults) > 0, "%s", c->what);
    is_int(spool_durable(f.s), 420, "all becomes durable nevertheless");
    fixture_wait_state(&f, SPOOL_OK);
    spool_trouble(f.s, &trouble);
    ok(shrinks || trouble.text[0] != '\0', "the trouble is told: %s",
       trouble.text);
    ok(fixture_has(f.s, 1, 420), "once each and in order");
    is_int(faults.touched, 0, "no file is trusted after a failed sync");
    io_set_hook(NULL);
    fixture_close(&f);
    fixture_open(&f);
    is_int(f.recovery.last_seq, 420, "as many after a start");
    is_int(f.recovery.bad_records, 0, "none of them bad");
    ok(fixture_has(f.s, 1, 420), "and once each again");
    fixture_fill(&f, 10, 5);
    ok(fixture_has(f.s, 1, 430), "and it goes on");
    fixture_done(&f);
}

/* While it lasts the spool is sick; nothing becomes durable. */
static void test_sick(void)
{
    struct faults faults;
    struct fixture f;

    fixture_init(&f);
    fixture_open(&f);
    fixture_fill(&f, 20, 1);
    inject(&faults, IO_SYNC, -EIO, 1, 1000000);
    fixture_append(&f);
    spool_flush(f.s);
    fixture_wait_state(&f, SPOOL_SICK);
    is_int(spool_durable(f.s), 20, "what is not synced is not durable");
    ok(fixture_has(f.s, 1, 20), "readers do not see it");
    fixture_append(&f);
    spool_flush(f.s);
    io_set_hook(NULL);
    fixture_wait_durable(&f);
    fixture_wait_state(&f, SPOOL_OK);
    ok(fixture_has(f.s, 1, 22), "when it works again all is there");
    inject(&faults, IO_WRITE, -EIO, 1, 1000000);
    fixture_append(&f);
    fixture_close(&f);
    ok(true, "a sick spool can be closed");
    io_set_hook(NULL);
    fixture_open(&f);
    is_int(f.recovery.last_seq, 22, "what was safe is there");
    ok(fixture_has(f.s, 1, 22), "and can be read");
    fixture_done(&f);
}

/* A full disk shows before the segment is full, and heals by itself. */
static void test_disk_full(void)
{
    struct faults faults;
    struct fixture f;
    uint64_t last = 0;
    size_t before;

    fixture_init(&f);
    fixture_open(&f);
    fixture_fill(&f, 20, 1);
    inject(&faults, IO_ALLOCATE, -ENOSPC, 1, 1000000);
    while (spool_state(f.s) == SPOOL_OK)
        fixture_fill(&f, 1, 1);
    is_int(spool_state(f.s), SPOOL_FULL, "a full disk is told as full");
    before = fixture_count(&f);
    last = spool_appended(f.s);
    fixture_fill(&f, 10, 1);
    ok(spool_durable(f.s) == last + 10, "while what comes still fits");
    while (fixture_count(&f) > before)
        sched_yield(); /* the committer is just trying again */
    ok(true, "no piece of a file is left behind");
    fixture_close(&f);
    is_int(fixture_open(&f), 0, "a start on a full disk works");
    is_int(spool_state(f.s), SPOOL_FULL, "and is full at once");
    ok(fixture_has(f.s, 1, last + 10), "but delivers");
    fixture_append(&f);
    spool_flush(f.s);
    io_set_hook(NULL);
    fixture_wait_durable(&f);
    fixture_wait_state(&f, SPOOL_OK);
    ok(fixture_has(f.s, 1, last + 11), "when there is space it goes on");
    fixture_done(&f);
}

/* A reader whose disk gives an error gets it, and later the record. */
static void test_read_error(void)
{
    struct faults faults;
    struct fixture f;
    struct spool_reader *r;
    struct spool_record record;
    struct error err = {""};

    fixture_init(&f);
    fixture_open(&f);
    fixture_fill(&f, 10, 5);
    r = spool_reader_new(f.s, 1);
    inject(&faults, IO_READ, -EIO, 1, 2);
    is_int(spool_reader_next(r, &record, &err), -EIO, "a read error is told");
    ok(err.text[0] != '\0', "with a text: %s", err.text);
    is_int(spool_reader_next(r, &record, &err), -EIO, "again");
    ok(spool_reader_next(r, &record, &err) == 1 && record.seq == 1,
       "and then the record comes");
    is_int(spool_reader_skipped(r), 0, "nothing was skipped");
    io_set_hook(NULL);
    spool_reader_free(r);
    fixture_done(&f);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        test_fault(&cases[i]);
    test_sick();
    test_disk_full();
    test_read_error();
    return done_testing();
}
