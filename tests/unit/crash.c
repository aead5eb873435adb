/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiled-in crash points of the spool: a child process works until it
 * dies at one of them, with and without its unsynced writes; what it had
 * reported as durable must be there.
 */
#include "util/crash.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "spool_fixture.h"

#ifdef ENABLE_CRASH_POINTS

static const char *const points[] = {
    "append",       "spare-allocated",  "spare-ready",   "segment-opened",
    "commit-begin", "commit-written",   "commit-synced", "before-unlink",
    "after-unlink", "commit-published", "seal-written",
};

static void child(struct fixture *f, int report)
{
    uint64_t durable;

    if (fixture_open(f) < 0)
        _exit(3);
    for (unsigned i = 0; i < 60; i++) {
        fixture_fill(f, 10, 5);
        durable = spool_durable(f->s);
        if (write(report, &durable, sizeof(durable)) != sizeof(durable))
            _exit(4);
        spool_release(f->s, durable / 2);
    }
    fixture_close(f);
    _exit(0);
}

/* The last sequence that the child called durable before it died. */
static uint64_t run_child(struct fixture *f, int *ret_status)
{
    uint64_t durable = 0, got;
    int ends[2];
    pid_t pid;

    if (pipe(ends) < 0 || (pid = fork()) < 0)
        abort();
    if (pid == 0)
        child(f, ends[1]);
    close(ends[1]);
    while (read(ends[0], &got, sizeof(got)) == sizeof(got))
        durable = got;
    close(ends[0]);
    waitpid(pid, ret_status, 0);
    return durable;
}

static void test_point(const char *name, unsigned count, const char *loss)
{
    char at[64];
    struct fixture f;
    uint64_t durable, from;
    int status = 0;

    fixture_init(&f);
    f.options.keep = 0;
    snprintf(at, sizeof(at), "%s:%u", name, count);
    setenv("TRAWL_CRASH_AT", at, 1);
    if (loss)
        setenv("TRAWL_POWER_LOSS", loss, 1);
    durable = run_child(&f, &status);
    unsetenv("TRAWL_CRASH_AT");
    unsetenv("TRAWL_POWER_LOSS");
    ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "%s kills", at);
    is_int(fixture_open(&f), 0, "the spool opens (unsynced lost: %s)",
           loss ? loss : "no");
    from = MAX_OF(durable / 2, 1u);
    ok(f.recovery.last_seq >= durable && f.recovery.bad_records == 0 &&
           (durable == 0 || fixture_has(f.s, from, f.recovery.last_seq)),
       "with the %d records that were durable", (int)durable);
    fixture_done(&f);
}

int main(void)
{
    static const char *const losses[] = {NULL, "all", "some"};

    for (size_t i = 0; i < ARRAY_LEN(points); i++)
        for (size_t k = 0; k < ARRAY_LEN(losses); k++) {
            test_point(points[i], 1, losses[k]);
            if (strcmp(points[i], "seal-written") != 0)
                test_point(points[i], 3, losses[k]);
        }
    return done_testing();
}

#else

int main(void)
{
    skip_all("crash points are for builds with --enable-crash-points");
}

#endif
