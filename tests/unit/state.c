/* SPDX-License-Identifier: Apache-2.0 */
/* The state's database: kept, lost, damaged, too new. */
#include "state.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

static void collect(void *userdata, const char *bmc, const char *name,
                    const char *value)
{
    buffer_printf(userdata, "%s.%s=%s;", bmc, name, value);
}

static char *marks(struct state *s)
{
    struct buffer out = {0};

    state_each_mark(s, collect, &out, NULL);
    return buffer_take_text(&out);
}

static void test_kept(const char *path)
{
    _cleanup_free_ char *ids = NULL;
    struct state *s = NULL;
    bool lost;

    is_int(state_open(path, &s, &lost, NULL), 0, "a new file is made");
    ok(!lost && state_applied(s) == 0, "... and has applied nothing");
    state_begin(s, NULL);
    state_set_mark(s, "a", "sse", "1", NULL);
    state_set_mark(s, "a", "sse", "2", NULL);
    state_set_mark(s, "b", "log /x y", "x'y", NULL);
    is_int(state_commit(s, 17, NULL), 0, "a transaction is kept");
    state_begin(s, NULL);
    state_set_mark(s, "a", "sse", "3", NULL);
    state_rollback(s);
    state_rollback(s);
    state_close(s);
    state_open(path, &s, &lost, NULL);
    is_int(state_applied(s), 17, "it knows how far it is");
    ids = marks(s);
    is_text(ids, "a.sse=2;b.log /x y=x'y;",
            "and the last marks, without what was rolled "
            "back");
    state_close(s);
}

static void test_damaged(const char *path)
{
    _cleanup_free_ char *aside = xasprintf("%s.broken", path);
    struct state *s = NULL;
    bool lost;

    file_write(path, "this is no database at all, is it?", 34, 0600, NULL);
    is_int(state_open(path, &s, &lost, NULL), 0,
           "a damaged file does not stop the start");
    ok(lost, "... but is told");
    is_int(state_applied(s), 0, "... and everything is applied again");
    is_int(access(aside, F_OK), 0, "what it was is set aside");
    state_close(s);
}

static void remember(struct state *s, const char *bmc, int from, int to)
{
    for (int i = from; i < to; i++)
        state_add_memory(s, bmc, (struct state_bytes){&i, sizeof(i)}, NULL);
}

/* "a 0-9;": what is remembered of whom, runs joined. */
static void collect_memory(void *userdata, struct state_bytes bmc,
                           struct state_bytes item)
{
    struct {
        char name[8];
        int first, last;
        struct buffer *out;
    } *run = userdata;
    int number;

    memcpy(&number, item.data, sizeof(number));
    if (strncmp(run->name, bmc.data, bmc.len) == 0 && number == run->last + 1) {
        run->last = number;
        return;
    }
    if (*run->name)
        buffer_printf(run->out, "%s %d-%d;", run->name, run->first, run->last);
    snprintf(run->name, sizeof(run->name), "%.*s", (int)bmc.len,
             (const char *)bmc.data);
    run->first = run->last = number;
}

static char *memories(struct state *s)
{
    struct buffer out = {0};
    struct {
        char name[8];
        int first, last;
        struct buffer *out;
    } run = {.out = &out};

    state_each_memory(s, collect_memory, &run, NULL);
    collect_memory(&run, (struct state_bytes){"", 0},
                   (struct state_bytes){&run.first, sizeof(int)});
    return buffer_take_text(&out);
}

static void is_remembered(struct state *s, const char *want, const char *what)
{
    _cleanup_free_ char *got = memories(s);

    is_text(got, want, "%s", what);
}

/* One that says much pushes out its own, not what others said before. */
static void test_fair(const char *path)
{
    struct state *s = NULL;
    bool lost;

    unlink(path);
    state_open(path, &s, &lost, NULL);
    state_begin(s, NULL);
    remember(s, "calm", 0, 10);
    remember(s, "loud", 0, 1000);
    remember(s, "late", 0, 90);
    is_int(state_trim_memory(s, 1100, 5, NULL), 0, "within its bound");
    is_remembered(s, "calm 0-9;loud 0-999;late 0-89;", "... all is kept");
    state_trim_memory(s, 500, 5, NULL);
    is_remembered(s, "calm 0-9;loud 600-999;late 0-89;",
                  "beyond it the one that has most gives up its oldest");
    state_commit(s, 1, NULL);
    state_begin(s, NULL);
    remember(s, "calm", 10, 900);
    state_rollback(s);
    state_begin(s, NULL);
    remember(s, "loud", 1000, 1010);
    state_trim_memory(s, 500, 5, NULL);
    is_remembered(s, "calm 0-9;loud 610-999;late 0-89;loud 1000-1009;",
                  "what was rolled back does not count");
    state_commit(s, 2, NULL);
    state_close(s);
    state_open(path, &s, &lost, NULL);
    state_begin(s, NULL);
    state_trim_memory(s, 30, 5, NULL);
    is_remembered(s, "calm 0-9;late 80-89;loud 1000-1009;",
                  "after a start it is counted; the share is as large as can "
                  "be");
    state_trim_memory(s, 3, 5, NULL);
    is_remembered(s, "calm 5-9;late 85-89;loud 1005-1009;",
                  "each may have a few, however little there is");
    state_commit(s, 3, NULL);
    state_close(s);
}

/* As the program before this one left it. */
static void test_older(const char *path)
{
    static const char sql[] =
        "CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER);"
        "CREATE TABLE sse(bmc TEXT PRIMARY KEY, id TEXT NOT NULL);"
        "INSERT INTO meta VALUES('version', 1), ('applied', 42);"
        "INSERT INTO sse VALUES('a', '7');";
    _cleanup_free_ char *ids = NULL;
    struct state *s = NULL;
    sqlite3 *db = NULL;
    bool lost;

    unlink(path);
    sqlite3_open(path, &db);
    is_int(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK,
           "a database of version 1");
    sqlite3_close(db);
    is_int(state_open(path, &s, &lost, NULL), 0, "an older one is opened");
    ok(!lost && state_applied(s) == 42, "... with what it had applied");
    ids = marks(s);
    is_text(ids, "a.sse=7;", "... and where streams go on");
    state_close(s);
    is_int(state_open(path, &s, &lost, NULL) + lost, 0, "... and again");
    state_close(s);
}

/* What SQLite rolled back by itself does not count either. */
static void test_full_disk(const char *path)
{
    struct rlimit before, small;
    struct state *s = NULL;
    bool lost;

    unlink(path);
    state_open(path, &s, &lost, NULL);
    state_begin(s, NULL);
    remember(s, "calm", 0, 90);
    state_commit(s, 1, NULL);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){.rlim_cur = 65536, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    state_begin(s, NULL);
    remember(s, "loud", 0, 9000);
    ok(state_commit(s, 2, NULL) < 0, "on a full disk nothing is kept");
    state_rollback(s);
    setrlimit(RLIMIT_FSIZE, &before);
    state_begin(s, NULL);
    state_trim_memory(s, 100, 5, NULL);
    is_int(state_commit(s, 2, NULL), 0, "... when there is room again it is");
    is_remembered(s, "calm 0-89;", "... and nobody pays for what was not");
    state_close(s);
}

int main(void)
{
    char folder[] = "/tmp/trawl-state.XXXXXX";
    _cleanup_free_ char *path = NULL;

    if (!mkdtemp(folder))
        abort();
    path = xasprintf("%s/state.db", folder);
    test_kept(path);
    test_damaged(path);
    test_older(path);
    test_fair(path);
    test_full_disk(path);
    return done_testing();
}
