/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deliveries come and go here; see outlets.h. On a reload each running one is
 * asked to end; a short timer looks which have, frees them and starts their
 * successors, which find their place by the cursor.
 */
#include "outlets.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "outlets/outlets_private.h"
#include "util/alloc.h"
#include "voice.h"

#define LOOK_EVERY (20 * USEC_PER_MSEC)

struct outlet *outlets_find(const struct outlets *o, const char *name)
{
    for (size_t i = 0; i < o->count; i++)
        if (strcmp(o->items[i].name, name) == 0)
            return &o->items[i];
    return NULL;
}

/* We said so, maybe before a restart, and have not said otherwise. */
static bool was_down(const struct outlets *o, const char *name)
{
    _cleanup_free_ char *origin = xasprintf("%s%s", VOICE_ORIGIN_SINK, name);

    return o->setup.correlator &&
           correlate_has_own(o->setup.correlator, "", VOICE_SINK_UNREACHABLE,
                             origin);
}

static void resume_replay(struct outlet *outlet)
{
    for (size_t i = 0; i < outlet->replay.count; i++)
        deliver_replay(outlet->running, &outlet->replay.windows[i]);
    replay_done(&outlet->replay);
}

static void start(struct outlets *o, struct outlet *outlet)
{
    struct deliver_options options = {
        .spool = o->setup.spool,
        .sink = outlet->config,
        .directory = o->directory,
        .quarantine = o->setup.quarantine,
        .notices = o->setup.notices,
        .was_down = was_down(o, outlet->name),
        .start_seq = 0, /* records name their sinks: a new one finds none */
    };
    struct error err = {""};

    if (deliver_start(&options, &outlet->running, &err) == 0) {
        outlet->complained = false;
        resume_replay(outlet);
        return;
    }
    if (!outlet->complained)
        log_error("sink %s cannot start: %s; it is tried again, and its "
                  "events wait in the spool",
                  outlet->name, err.text);
    outlet->complained = true;
}

static void say(struct outlets *o, const struct notice *n, const char *key,
                const char *second)
{
    _cleanup_free_ char *origin = xasprintf("%s%s", VOICE_ORIGIN_SINK, n->sink);

    pipeline_say(o->setup.pipeline, NULL, key, origin, n->sink, second);
}

/*
 * The last words of a delivery may come when its sink has left the
 * configuration: raised then, it would stand for ever.
 */
static void say_down(struct outlets *o, const struct notice *n)
{
    const struct outlet *outlet = outlets_find(o, n->sink);

    if (outlet && outlet->config)
        say(o, n, VOICE_SINK_UNREACHABLE, n->text);
}

/*
 * An event about a refusal may be refused in its turn: one a minute and sink
 * is said, the rest is in the log and in the figures.
 */
static void say_refusal(struct outlets *o, const struct notice *n)
{
    struct outlet *outlet = outlets_find(o, n->sink);

    if (outlet && log_limit_pass(&outlet->refusals, clock_monotonic(), NULL))
        say(o, n, VOICE_EVENT_REFUSED, n->text);
}

/*
 * Sinks skip while the spool is full, so it is told when it takes events
 * again, with the sum.
 */
static void say_skipped(struct outlets *o, struct outlet *outlet)
{
    _cleanup_free_ char *origin =
        xasprintf("%s%s", VOICE_ORIGIN_SINK, outlet->name);
    char count[24];

    if (outlet->skipped == 0 || spool_state(o->setup.spool) != SPOOL_OK)
        return;
    snprintf(count, sizeof(count), "%" PRIu64, outlet->skipped);
    outlet->skipped = 0;
    pipeline_say(o->setup.pipeline, NULL, VOICE_EVENTS_SKIPPED, origin,
                 outlet->name, count);
}

static void heed_skipped(struct outlets *o, const struct notice *n)
{
    struct outlet *outlet = outlets_find(o, n->sink);

    if (!outlet)
        return;
    outlet->skipped += n->count;
    say_skipped(o, outlet);
}

static void heed(struct outlets *o, const struct notice *n)
{
    switch (n->kind) {
    case NOTICE_SINK_DOWN:
        log_warning("sink %s: %s", n->sink, n->text);
        say_down(o, n);
        return;
    case NOTICE_SINK_BACK:
        log_info("sink %s: %s", n->sink, n->text);
        say(o, n, VOICE_SINK_REACHABLE, NULL);
        return;
    case NOTICE_REFUSED:
        log_warning("sink %s: %s", n->sink, n->text);
        say_refusal(o, n);
        return;
    case NOTICE_SKIPPED:
        log_warning("sink %s: %s", n->sink, n->text);
        heed_skipped(o, n);
        return;
    case NOTICE_REPLAYED:
        log_info("sink %s: %s", n->sink, n->text);
        return;
    case NOTICE_QUARANTINE:
    case NOTICE_CURSOR_LOST:
    case NOTICE_CURSOR_SAVE:
    case NOTICE_RECORDS_LOST:
    case NOTICE_RECORD_BROKEN:
    case NOTICE_SPOOL_READ:
        break;
    }
    log_warning("%s%s%s", n->sink, *n->sink ? ": " : "", n->text);
}

static int on_notices(sd_event_source *source _unused_, int fd _unused_,
                      uint32_t events _unused_, void *userdata)
{
    struct outlets *o = userdata;
    struct notice notice;

    while (notice_take(o->setup.notices, &notice))
        heed(o, &notice);
    return 0;
}

int outlets_new(const struct outlets_setup *setup, struct outlets **ret,
                struct error *err)
{
    struct outlets *o = XNEW(struct outlets);
    int r;

    o->setup = *setup;
    r = sd_event_add_io(setup->loop, &o->notices, notice_fd(setup->notices),
                        EPOLLIN, on_notices, o);
    if (r < 0) {
        free(o);
        return error_set(err, r, "cannot watch the notices: %s", strerror(-r));
    }
    o->directory = xstrdup(setup->directory);
    *ret = o;
    return 0;
}

/* A replay ends with the program: what is left of it is to be asked anew. */
static void free_outlet(struct outlet *outlet)
{
    struct deliver_stats stats = {0};

    if (outlet->running)
        deliver_stats(outlet->running, &stats);
    if (stats.replaying)
        log_warning("sink %s: not all that was asked for once more has been "
                    "sent; ask again after the start",
                    outlet->name);
    deliver_free(outlet->running);
    replay_done(&outlet->replay);
    free(outlet->name);
}

void outlets_free(struct outlets *o)
{
    if (!o)
        return;
    for (size_t i = 0; i < o->count; i++)
        if (o->items[i].running)
            deliver_stop(o->items[i].running, true);
    for (size_t i = 0; i < o->count; i++)
        free_outlet(&o->items[i]);
    sd_event_source_disable_unref(o->notices);
    sd_event_source_disable_unref(o->look);
    free(o->items);
    free(o->directory);
    free(o);
}

/* What it was still to send again goes to its successor. */
static void hand_over_replay(struct outlet *outlet)
{
    struct replay left;

    deliver_take_replay(outlet->running, &left);
    deliver_free(TAKE(outlet->running));
    for (size_t i = 0; i < left.count; i++)
        replay_add(&outlet->replay, &left.windows[i], 0);
    replay_done(&left);
}

/* Frees what has ended and starts what is wanted; true when all is done. */
static bool hand_over(struct outlets *o)
{
    bool done = true;

    for (size_t i = 0; i < o->count; i++) {
        struct outlet *outlet = &o->items[i];

        if (outlet->ending && !deliver_is_over(outlet->running)) {
            done = false;
            continue;
        }
        if (outlet->ending) {
            hand_over_replay(outlet);
            outlet->ending = false;
        }
        if (!outlet->running && outlet->config)
            start(o, outlet);
    }
    return done;
}

static void forget_unwanted(struct outlets *o)
{
    size_t kept = 0;

    for (size_t i = 0; i < o->count; i++) {
        if (o->items[i].config) {
            o->items[kept++] = o->items[i];
        } else {
            replay_done(&o->items[i].replay);
            free(o->items[i].name);
        }
    }
    o->count = kept;
}

static int on_look(sd_event_source *source, uint64_t now _unused_,
                   void *userdata)
{
    struct outlets *o = userdata;

    if (!hand_over(o)) {
        sd_event_source_set_time_relative(source, LOOK_EVERY);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    }
    forget_unwanted(o);
    outlets_end_gone(o);
    o->look = sd_event_source_disable_unref(o->look);
    o->setup.on_adopted(o->setup.userdata);
    return 0;
}

static void want(struct outlets *o, const struct config_sink *config)
{
    struct outlet *outlet = outlets_find(o, config->name);

    if (!outlet) {
        o->items = xgrow(o->items, &o->cap, o->count + 1, sizeof(*o->items));
        outlet = &o->items[o->count++];
        outlet->name = xstrdup(config->name);
        outlet->running = NULL;
        outlet->replay = (struct replay){0};
        outlet->ending = outlet->complained = false;
        outlet->skipped = outlet->skip_to = 0;
        outlet->skip_settled = true;
        outlet->refusals =
            (struct log_limit){.interval = USEC_PER_MINUTE, .burst = 1};
    }
    outlet->config = config;
}

void outlets_adopt(struct outlets *o, const struct config *config)
{
    for (size_t i = 0; i < o->count; i++) {
        o->items[i].config = NULL;
        o->items[i].ending = o->items[i].running != NULL;
        if (o->items[i].running)
            deliver_stop(o->items[i].running, true);
    }
    for (size_t i = 0; i < config->sink_count; i++)
        want(o, &config->sinks[i]);
    hand_over(o);
    /* The look of the start may still be to come when a reload is quick. */
    o->look = sd_event_source_disable_unref(o->look);
    sd_event_add_time_relative(o->setup.loop, &o->look, CLOCK_MONOTONIC, 0, 0,
                               on_look, o);
}

int outlets_replay(struct outlets *o, const char *sink,
                   const struct replay_window *window)
{
    struct outlet *outlet = outlets_find(o, sink);

    if (!outlet || !outlet->config)
        return -ENOENT;
    if (outlet->running && !outlet->ending)
        deliver_replay(outlet->running, window);
    else
        replay_add(&outlet->replay, window, 0);
    return 0;
}

void outlets_reopen(struct outlets *o)
{
    for (size_t i = 0; i < o->count; i++)
        if (o->items[i].running)
            deliver_reopen(o->items[i].running);
}

bool outlets_next(const struct outlets *o, size_t *cursor,
                  const char **ret_name, struct deliver_stats *ret)
{
    for (; *cursor < o->count; ++*cursor) {
        const struct outlet *outlet = &o->items[*cursor];

        if (!outlet->running)
            continue;
        *ret_name = outlet->name;
        deliver_stats(outlet->running, ret);
        ++*cursor;
        return true;
    }
    return false;
}

void outlets_tend(struct outlets *o)
{
    for (size_t i = 0; i < o->count; i++) {
        if (o->items[i].config && !o->items[i].running)
            start(o, &o->items[i]);
        say_skipped(o, &o->items[i]);
    }
    spool_release(o->setup.spool, outlets_least_needed(o));
    if (spool_state(o->setup.spool) == SPOOL_FULL)
        outlets_skip_some(o);
}
