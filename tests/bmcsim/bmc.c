/* SPDX-License-Identifier: Apache-2.0 */
/* See bmc.h. */
#include "bmc.h"

#include <unistd.h>

#include "accounts.h"
#include "emit.h"
#include "ledger.h"
#include "logs.h"
#include "server.h"
#include "sessions.h"
#include "stream.h"
#include "subscriptions.h"
#include "update.h"

#define REOPEN_AGAIN (50 * USEC_MSEC)

void bmc_free(struct bmc *b)
{
    if (b->reserve_fd >= 0)
        close(b->reserve_fd);
    logs_free(b);
    ledger_clear(b);
    stream_forget(b);
    sessions_clear(b);
    accounts_clear(b);
    json_decref(b->next_update);
    json_decref(b->overrides);
    json_decref(b->records);
    dialect_done(&b->dialect);
    knob_done(behave_knobs, &b->behave);
    free(b->name);
    free(b->url);
    free(b);
}

/* A number from the name: the same BMC has the same identity in every run. */
static uint64_t hash_of(const char *name)
{
    uint64_t h = 14695981039346656037u;

    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 1099511628211u;
    return h;
}

static void make_identity(struct bmc *b)
{
    uint64_t h = hash_of(b->name);

    free(b->dialect.serial);
    free(b->dialect.uuid);
    b->dialect.serial =
        xasprintf("SIM%010llu", (unsigned long long)(h % 10000000000u));
    b->dialect.uuid =
        xasprintf("%08x-b5c5-4000-8000-%012llx", (unsigned)(h >> 32),
                  (unsigned long long)(h & 0xffffffffffffu));
}

struct bmc *bmc_new(struct sim *sim, const char *name, const char *vendor,
                    struct error *err)
{
    struct bmc *b = xcalloc(1, sizeof(*b));

    b->sim = sim;
    b->listen_fd = b->reserve_fd = -1;
    b->name = xstrdup(name);
    b->booted = time_now();
    b->overrides = json_object();
    b->records = json_array();
    knob_init(behave_knobs, &b->behave);
    if (dialect_init(&b->dialect, vendor, err) < 0) {
        bmc_free(b);
        return NULL;
    }
    make_identity(b);
    return b;
}

static usec_t bmc_wall(const struct bmc *b)
{
    double now =
        (double)time_wall() + b->behave.clock_offset_s * (double)USEC_SEC;

    return now < 0 ? 0 : (usec_t)now;
}

usec_t bmc_clock(const struct bmc *b)
{
    usec_t up = time_now() - b->booted;

    return up < (usec_t)b->behave.clock_lost_ms * USEC_MSEC ? up : bmc_wall(b);
}

/* Its port may be held by a socket in TIME-WAIT: then again. */
static void on_up(void *arg)
{
    struct bmc *b = arg;

    if (server_reopen(b) < 0) {
        clock_set(b->sim->clock, &b->up, time_now() + REOPEN_AGAIN, on_up, b);
        return;
    }
    b->down = false;
    b->booted = time_now();
}

void bmc_reboot(struct bmc *b, usec_t down, bool keep)
{
    b->counters.reboots++;
    b->down = true;
    server_close(b);
    server_hang_up(b, false);
    subscriptions_reboot(b, keep);
    b->last_test = 0;
    sessions_clear(b);
    accounts_clear(b);
    update_clear(b);
    stream_forget(b);
    b->event_no = 0;
    clock_set(b->sim->clock, &b->up, time_now() + down, on_up, b);
}

json_t *bmc_describe(struct bmc *b, bool full)
{
    _cleanup_(freep) char *clock = event_time(TIMESTAMP_Z, bmc_clock(b));
    json_t *doc =
        json_pack("{ss ss sb ss sf sI sI sI so}", "name", b->name, "url",
                  b->url, "up", !b->down, "clock", clock, "uptime_s",
                  (double)(time_now() - b->booted) / (double)USEC_SEC,
                  "sse_clients", (json_int_t)stream_count(b), "emitting",
                  (json_int_t)emit_pending(b->sim, b), "sessions",
                  (json_int_t)sessions_count(b), "counters",
                  counters_describe(&b->counters));
    json_t *settings;

    if (!full) {
        json_object_set_new(doc, "subscriptions",
                            json_integer((json_int_t)subscriptions_count(b)));
        return doc;
    }
    settings = knob_dump(dialect_knobs, &b->dialect);
    json_object_del(settings, "password");
    json_object_set_new(doc, "subscriptions", subscriptions_describe(b));
    json_object_set_new(doc, "updating", json_boolean(update_is_running(b)));
    json_object_set_new(doc, "load", load_describe(&b->load));
    json_object_set_new(doc, "session_list", sessions_describe(b));
    json_object_set_new(doc, "accounts", accounts_describe(b));
    json_object_set_new(doc, "settings", settings);
    json_object_set_new(doc, "behave", knob_dump(behave_knobs, &b->behave));
    return doc;
}
