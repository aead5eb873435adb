/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a BMC's logs from time to time (receive: poll), also as the last
 * resort of receive: auto. The reading is backfill's; here stands when: every
 * poll_interval, each time a little earlier or later, so that thousands do
 * not come at once. A way of keep.h: a BMC that does not answer is its matter.
 */
#include "sources/source.h"

#include <errno.h>

#include "backfill.h"
#include "keep.h"
#include "log.h"
#include "util/alloc.h"
#include "util/hashmap.h"
#include "util/random.h"

struct poll {
    struct source_host *host;
    struct hashmap *pollers; /* by BMC name */
};

struct poller {
    struct poll *owner;
    struct bmc *bmc;
    struct backfill_run *run;
    sd_event_source *timer;
    bool up;
    bool told; /* that some of its logs cannot be read */
};

static void read_logs(struct poller *p, const char *why);

static int on_timer(sd_event_source *source _unused_, uint64_t now _unused_,
                    void *userdata)
{
    read_logs(userdata, "the interval is over");
    return 0;
}

static void poller_free(struct poller *p)
{
    if (!p)
        return;
    backfill_cancel(p->run);
    sd_event_source_disable_unref(p->timer);
    free(p);
}

/* From nine to eleven tenths of the interval. */
static usec_t next_delay(const struct bmc *bmc)
{
    usec_t tenth = bmc->config->poll_interval / 10;

    return 9 * tenth + random_part(2 * tenth);
}

static void read_again(struct poller *p)
{
    sd_event_source_disable_unref(p->timer);
    p->timer = NULL;
    sd_event_add_time_relative(p->owner->host->loop, &p->timer, CLOCK_MONOTONIC,
                               next_delay(p->bmc), 0, on_timer, p);
}

/* It is stopped before keep hears of it. */
static void give_up(struct poller *p, const struct backfill_result *r)
{
    struct keep *keep = p->owner->host->keep;
    struct bmc *bmc = p->bmc;
    struct error err = *r->err;
    struct keep_end end = {
        .status = r->status, .brought = r->missed > 0, .err = &err};

    hashmap_remove(p->owner->pollers, bmc->name);
    poller_free(p);
    keep_down(keep, bmc, WAY_POLL, &end);
}

static void give_up_for_long(struct poller *p)
{
    struct keep *keep = p->owner->host->keep;
    struct bmc *bmc = p->bmc;
    struct error err;

    error_set(&err, -ENOENT, "it has no log of events");
    hashmap_remove(p->owner->pollers, bmc->name);
    poller_free(p);
    keep_absent(keep, bmc, WAY_POLL, &err);
}

/* Some logs may be broken for good: what can be read is what there is. */
static void on_read(void *userdata, const struct backfill_result *r)
{
    struct poller *p = userdata;
    bool first = !p->up;

    p->run = NULL;
    if (r->ok && r->logs == 0) {
        give_up_for_long(p);
        return;
    }
    if (!r->ok && r->logs == 0) {
        give_up(p, r);
        return;
    }
    if (!r->ok && !p->told)
        log_warning("%s: %s; its other logs are read", p->bmc->name,
                    r->err->text);
    p->told = !r->ok;
    p->up = true;
    read_again(p);
    /* The first reading is the proof that this way works. */
    if (first)
        keep_up(p->owner->host->keep, p->bmc, WAY_POLL, "its logs are read",
                false);
}

/* At first what nobody pushed; then all that there is. */
static void read_logs(struct poller *p, const char *why)
{
    /*
     * The first one has a window, so that a log new to us is read back to the
     * last event that was pushed, and not only followed from here on.
     */
    usec_t since = p->up ? BACKFILL_ALL : BACKFILL_GAP;

    /*
     * One at a time: a check comes before the interval is over, and of two
     * runs only one could be cancelled when the poller goes.
     */
    p->timer = sd_event_source_disable_unref(p->timer);
    p->run = backfill_start(p->owner->host->backfill, p->bmc, since, why,
                            on_read, p);
}

/* ---- a way of keep.h */

static void way_stop(void *way, struct bmc *bmc)
{
    struct poll *o = way;

    poller_free(hashmap_remove(o->pollers, bmc->name));
}

static void way_start(void *way, struct bmc *bmc)
{
    struct poll *o = way;
    struct poller *p;

    way_stop(o, bmc);
    p = XNEW(struct poller);
    p->owner = o;
    p->bmc = bmc;
    hashmap_set(o->pollers, bmc->name, p);
    read_logs(p, "they are what it is listened to by");
}

static void way_check(void *way, struct bmc *bmc)
{
    struct poll *o = way;
    struct poller *p = hashmap_find(o->pollers, bmc->name);

    if (p && !p->run)
        read_logs(p, "it may have rebooted");
}

static const struct way_type poll_way = {
    .name = "log reading",
    .verb = "read its logs",
    .start = way_start,
    .stop = way_stop,
    .check = way_check,
};

/* ---- a source */

static int poll_prepare(struct source *source _unused_,
                        const struct config *config _unused_,
                        struct error *err _unused_)
{
    return 0;
}

static void poll_abandon(struct source *source _unused_)
{
}

/* The interval is read each time it begins. */
static void poll_adopt(struct source *source _unused_,
                       const struct config *config _unused_)
{
}

static void poll_remove_bmc(struct source *source, struct bmc *bmc)
{
    way_stop(source, bmc);
}

static void poll_spool_changed(struct source *source, uint64_t durable _unused_,
                               enum spool_state state _unused_)
{
    backfill_spool_changed(((struct poll *)source)->host->backfill);
}

static void poll_quiesce(struct source *source)
{
    struct poll *o = (struct poll *)source;
    size_t cursor = 0;
    void *poller;

    while (hashmap_next(o->pollers, &cursor, NULL, &poller))
        poller_free(poller);
    hashmap_free(o->pollers);
    o->pollers = hashmap_new();
}

static size_t poll_waiting(const struct source *source _unused_)
{
    return 0; /* nobody waits for an answer */
}

static struct source *poll_create(struct source_host *host)
{
    struct poll *o = XNEW(struct poll);

    o->host = host;
    o->pollers = hashmap_new();
    keep_add_way(host->keep, WAY_POLL, &poll_way, o);
    return (struct source *)o;
}

static void poll_destroy(struct source *source)
{
    struct poll *o = (struct poll *)source;

    poll_quiesce(source);
    hashmap_free(o->pollers);
    free(o);
}

const struct source_type source_poll = {
    .name = "poll",
    .create = poll_create,
    .prepare = poll_prepare,
    .adopt = poll_adopt,
    .abandon = poll_abandon,
    .remove_bmc = poll_remove_bmc,
    .spool_changed = poll_spool_changed,
    .quiesce = poll_quiesce,
    .waiting = poll_waiting,
    .destroy = poll_destroy,
};
