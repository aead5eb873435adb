/* SPDX-License-Identifier: Apache-2.0 */
/* See action.h. */
#include "action.h"

#include <errno.h>
#include <string.h>

#include "accounts.h"
#include "emit.h"
#include "logs.h"
#include "overrides.h"
#include "server.h"
#include "sessions.h"
#include "stream.h"
#include "subscriptions.h"
#include "tasks.h"

static void add_to(json_t *result, const char *key, json_int_t n)
{
    json_int_t before = json_integer_value(json_object_get(result, key));

    json_object_set_new(result, key, json_integer(before + n));
}

static int do_emit(struct bmc *b, json_t *body, json_t *result,
                   struct error *err)
{
    uint64_t pending;
    long n = emit_order(b, body, &pending, err);

    if (n < 0)
        return (int)n;
    add_to(result, "emitted", n);
    add_to(result, "pending", (json_int_t)pending);
    return 0;
}

static int do_behave(struct bmc *b, json_t *body, json_t *result,
                     struct error *err)
{
    int r = knob_apply(behave_knobs, &b->behave, body, NULL, err);

    if (r < 0)
        return r;
    if (b->behave.reset_connections)
        server_hang_up(b, true);
    server_let_go(b);
    stream_wake(b);
    if (!json_object_get(result, "behave"))
        json_object_set_new(result, "behave",
                            knob_dump(behave_knobs, &b->behave));
    return 0;
}

static int do_set(struct bmc *b, json_t *body, json_t *result,
                  struct error *err)
{
    int r = knob_apply(dialect_knobs, &b->dialect, body, NULL, err);

    /* Who had the old password is logged out, as bmcweb does. */
    if (r >= 0 && json_object_get(body, "password"))
        sessions_clear(b);
    add_to(result, "changed", 1);
    return r;
}

static int do_reboot(struct bmc *b, json_t *body, json_t *result,
                     struct error *err)
{
    json_int_t down = json_integer_value(json_object_get(body, "down_ms"));
    json_t *keep = json_object_get(body, "keep_subscriptions");

    if (down < 0)
        return error_set(err, -EINVAL, "'down_ms' is not negative");
    bmc_reboot(b, (usec_t)down * USEC_MSEC,
               keep ? json_is_true(keep) : b->dialect.subs.keep);
    add_to(result, "rebooted", 1);
    return 0;
}

static int do_reset(struct bmc *b, json_t *body, json_t *result,
                    struct error *err)
{
    (void)body;
    (void)err;
    server_hang_up(b, true);
    add_to(result, "reset", 1);
    return 0;
}

static int do_stop(struct bmc *b, json_t *body, json_t *result,
                   struct error *err)
{
    (void)body;
    (void)err;
    add_to(result, "stopped", (json_int_t)emit_pending(b->sim, b));
    emit_stop(b->sim, b);
    return 0;
}

static int do_resource(struct bmc *b, json_t *body, json_t *result,
                       struct error *err)
{
    add_to(result, "changed", 1);
    return overrides_set(b, body, err);
}

static int do_log(struct bmc *b, json_t *body, json_t *result,
                  struct error *err)
{
    add_to(result, "changed", 1);
    return logs_order(b, body, err);
}

static int do_subscribe(struct bmc *b, json_t *body, json_t *result,
                        struct error *err)
{
    add_to(result, "subscribed", 1);
    return subscriptions_plant(b, body, err);
}

static int do_logout(struct bmc *b, json_t *body, json_t *result,
                     struct error *err)
{
    (void)body;
    (void)err;
    add_to(result, "ended", (json_int_t)sessions_count(b));
    sessions_clear(b);
    accounts_clear(b);
    return 0;
}

static int do_update(struct bmc *b, json_t *body, json_t *result,
                     struct error *err)
{
    struct task *task;
    int r = update_order(b, body, &task, err);

    if (r < 0)
        return r;
    add_to(result, "begun", 1);
    if (task) {
        _cleanup_(freep) char *uri = task_uri(task);

        json_object_set_new(result, "task", json_string(uri));
    }
    return 0;
}

static int do_recount(struct bmc *b, json_t *body, json_t *result,
                      struct error *err)
{
    (void)body;
    (void)err;
    load_reset(&b->load);
    load_reset(&b->sim->load);
    add_to(result, "recounted", 1);
    return 0;
}

static const struct action {
    const char *verb;
    int (*run)(struct bmc *b, json_t *body, json_t *result, struct error *err);
} actions[] = {
    {"emit", do_emit},
    {"behave", do_behave},
    {"set", do_set},
    {"reboot", do_reboot},
    {"reset", do_reset},
    {"stop", do_stop},
    {"resource", do_resource},
    {"log", do_log},
    {"subscribe", do_subscribe},
    {"logout", do_logout},
    {"recount", do_recount},
    {"update", do_update},
};

static const struct action *find(const char *verb)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (strcmp(actions[i].verb, verb) == 0)
            return &actions[i];
    return NULL;
}

bool action_exists(const char *verb)
{
    return find(verb) != NULL;
}

int action_run(struct sim *sim, struct bmc *b, const char *verb, json_t *body,
               json_t **ret_result, struct error *err)
{
    const struct action *action = find(verb);
    json_t *result = json_object();
    int r = 0;

    if (!action)
        r = error_set(err, -EINVAL, "there is no action '%s'", verb);
    else if (b)
        r = action->run(b, body, result, err);
    for (size_t i = 0; !b && r >= 0 && i < sim->n_bmcs; i++)
        r = action->run(sim->bmcs[i], body, result, err);
    if (r < 0) {
        json_decref(result);
        result = NULL;
    }
    *ret_result = result;
    return r;
}
