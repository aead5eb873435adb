/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may have been missed of one BMC is read from its logs: when it is first
 * heard after our start, and whenever its way says that there was a gap. The
 * log knows where it was last read, so an attempt that fails is only made
 * again, and covers what was missed since.
 */
#include "backfill.h"
#include "keep/keep_private.h"
#include "log.h"
#include "util/random.h"

/*
 * The BMC does listen to us meanwhile, so there is no hurry; but an old entry
 * is lost for good once its log wraps.
 */
#define AGAIN_FIRST (30 * USEC_PER_SEC)
#define AGAIN_CEILING (10 * USEC_PER_MINUTE)

static int on_again(sd_event_source *source _unused_, uint64_t now _unused_,
                    void *userdata)
{
    life_catch_up(userdata, "not read before");
    return 0;
}

static void try_again(struct life *l)
{
    l->gap.backoff.first = AGAIN_FIRST;
    l->gap.backoff.ceiling = AGAIN_CEILING;
    sd_event_add_time_relative(
        l->owner->host->loop, &l->gap.timer, CLOCK_MONOTONIC,
        backoff_next(&l->gap.backoff, (uint32_t)random_bits()), 0, on_again, l);
}

static void on_read(void *userdata, const struct backfill_result *result)
{
    struct life *l = userdata;

    l->gap.run = NULL;
    if (!result->ok) {
        if (!l->gap.told)
            log_info("%s: its logs could not be read for what was missed: %s; "
                     "trying again",
                     l->bmc->name, result->err->text);
        l->gap.told = true;
        try_again(l);
        return;
    }
    l->caught_up = true;
    l->gap.told = false;
    backoff_reset(&l->gap.backoff);
    if (result->missed > 0)
        log_info("%s: %zu events that were missed came from its logs",
                 l->bmc->name, result->missed);
}

void life_catch_up(struct life *l, const char *why)
{
    life_stop_catching_up(l);
    if (!l->owner->host->backfill)
        return;
    l->gap.run =
        backfill_start(l->owner->host->backfill, l->bmc, 0, why, on_read, l);
}

void life_stop_catching_up(struct life *l)
{
    if (l->gap.run || l->gap.timer)
        l->caught_up = false; /* it has to be done yet */
    backfill_cancel(TAKE(l->gap.run));
    sd_event_source_disable_unref(TAKE(l->gap.timer));
}
