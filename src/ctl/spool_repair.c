/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl spool repair: says what can be mended, and with --apply does it,
 * under the daemon's own lock. Of each segment that is changed the original
 * stays beside it: what seems damage to us may be worth something to others.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "ctl/say.h"
#include "ctl/spool_look.h"
#include "ctl/spool_parts.h"
#include "spool/lock.h"
#include "spool/repair.h"
#include "util/macro.h"

static void print_step(const struct repair_step *s, bool done)
{
    const char *what = done ? "done" : "would do";

    if (s->aside) {
        printf("%s: put segment %" PRIu64 " aside as %010" PRIu64
               ".seg.damaged: nothing in it can be read\n",
               what, s->number, s->number);
        return;
    }
    if (s->new_header)
        printf("%s: write the header of segment %" PRIu64 " anew, for the "
               "records from %" PRIu64 " on\n",
               what, s->number, s->header.first_seq);
    if (s->cut > 0)
        printf("%s: cut %" PRIu64 " bytes that are no whole record off the "
               "end of segment %" PRIu64 "\n",
               what, s->cut, s->number);
    printf("%s: keep the original as %010" PRIu64 ".seg" REPAIR_KEPT "\n", what,
           s->number);
}

static int apply(const char *directory, const struct repair *plan)
{
    struct error err = {""};

    for (size_t i = 0; i < plan->count; i++) {
        if (repair_apply(directory, &plan->steps[i], &err) < 0) {
            say(stderr, "trawlctl: %s", err.text);
            return -1;
        }
        print_step(&plan->steps[i], true);
    }
    return 0;
}

/* What no repair can help, or need not. */
static void print_rest(const struct spool_look *look)
{
    for (size_t i = 0; i < look->word_count; i++)
        if (look->words[i].is_problem)
            say(stdout, "problem: %s", look->words[i].text);
    if (look->problems == 0)
        puts("the spool is sound");
}

/* What there is to say after it, or in place of it. */
static enum spool_verdict conclude(const char *directory)
{
    struct spool_look look;
    struct error err = {""};
    enum spool_verdict verdict = SPOOL_UNREADABLE;
    int r = spool_look_run(directory, &look, &err);

    if (r < 0) {
        place_complain(r, &err);
        return verdict;
    }
    print_rest(&look);
    if (!look.unreadable)
        verdict = look.problems > 0 ? SPOOL_PROBLEMS : SPOOL_SOUND;
    spool_look_done(&look);
    return verdict;
}

static int make_plan(const char *directory, struct repair *plan)
{
    struct inspect in;
    struct error err = {""};
    int r = inspect_run(directory, &in, &err);

    if (r == 0) {
        r = repair_plan(directory, &in, plan, &err);
        inspect_done(&in);
    }
    if (r < 0)
        place_complain(r, &err);
    return r;
}

static enum spool_verdict repair(const struct spool_wishes *w,
                                 const char *directory)
{
    struct repair plan;
    bool some, failed = false;

    if (make_plan(directory, &plan) < 0)
        return SPOOL_UNREADABLE;
    some = plan.count > 0;
    if (w->apply)
        failed = apply(directory, &plan) < 0;
    else
        for (size_t i = 0; i < plan.count; i++)
            print_step(&plan.steps[i], false);
    repair_done(&plan);
    if (some && !w->apply) {
        puts("nothing was changed: --apply does it");
        return SPOOL_PROBLEMS;
    }
    return failed ? SPOOL_PROBLEMS : conclude(directory);
}

enum spool_verdict spool_repair(const struct spool_wishes *w)
{
    _cleanup_free_ char *directory = place_spool(&w->place);
    _cleanup_close_ int lock = -1;
    struct error err = {""};
    pid_t holder = lock_holder(directory);
    int r = 0;

    if (w->apply)
        r = lock_take(directory, &lock, &err);
    else if (holder > 0)
        r = error_set(&err, -EBUSY, "the spool %s is in use by process %d",
                      directory, (int)holder);
    if (r == 0)
        return repair(w, directory);
    place_complain(r, &err);
    if (r == -EBUSY)
        fputs("trawlctl: a running trawld keeps its spool sound itself; stop "
              "it to repair what it cannot\n",
              stderr);
    return SPOOL_UNREADABLE;
}
