/* SPDX-License-Identifier: Apache-2.0 */
/* See update.h. The kinds are a table; all go on by tenths, and part at the
 * one where the row says so. */
#include "update.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "emit.h"
#include "server.h"
#include "tasks.h"

#define DURATION (1000 * USEC_MSEC)
#define POWER_DOWN (100 * USEC_MSEC)
#define COMPONENT "HGX_FW_BMC_0"

enum outcome {
    IS_DONE,    /* all went well */
    IS_FAILED,  /* the task says what went wrong */
    IS_GONE,    /* the task cannot be found, the update goes on */
    IS_BROKEN,  /* the same, and connections break */
    IS_STUCK,   /* no progress, then gone, and never over */
    IS_OFF,     /* power is lost */
    IS_UNHEARD, /* the connection broke: no task at all */
};

static const struct update_kind {
    const char *name;
    enum outcome outcome;
    unsigned at; /* percent */
    const char *state, *message;
} kinds[] = {
    {"ok", IS_DONE, 100, "Completed", "Update.1.0.UpdateSuccessful"},
    {"second-update-refused", IS_DONE, 100, "Completed",
     "Update.1.0.UpdateSuccessful"},
    {"connection-breaks-in-transfer", IS_UNHEARD, 0, NULL, NULL},
    {"connection-breaks-in-update", IS_BROKEN, 50, NULL, NULL},
    {"hangs", IS_STUCK, 40, NULL, NULL},
    {"uri-gone", IS_GONE, 50, NULL, NULL},
    {"erot-failure", IS_FAILED, 30, "Exception", "Update.1.0.0.TransferFailed"},
    {"erot-silent", IS_FAILED, 30, "Cancelled",
     "ResourceEvent.1.0.ResourceErrorsDetected"},
    {"image-invalid", IS_FAILED, 50, "Exception",
     "Update.1.0.0.VerificationFailed"},
    {"update-failed", IS_FAILED, 70, "Exception",
     "ResourceEvent.1.0.ResourceErrorsDetected"},
    {"activation-failed", IS_FAILED, 90, "Exception",
     "Update.1.0.ActivateFailed"},
    {"power-loss", IS_OFF, 80, NULL, NULL},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct update_kind *find(const char *name)
{
    for (size_t i = 0; name && i < N_KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

char *update_kinds(void)
{
    struct buf names = {0};

    for (size_t i = 0; i < N_KINDS; i++)
        buf_format(&names, "%s%s", i ? ", " : "", kinds[i].name);
    return names.data;
}

/* ---- what is told --------------------------------------------------------
 */

static void tell_event(struct task *t, const char *message_id, json_t *args,
                       const char *severity)
{
    _cleanup_(freep) char *uri = task_uri(t);
    json_t *order = json_pack("{s{ss so ss ss}}", "event", "MessageId",
                              message_id, "MessageArgs", args, "Severity",
                              severity, "OriginOfCondition", uri);
    uint64_t pending;

    if (t->bmc->dialect.task_events)
        emit_order(t->bmc, order, &pending, NULL);
    json_decref(order);
}

/* An event of the TaskEvent registry, which has the Id for its argument. */
static void tell_task(struct task *t, const char *message_id,
                      const char *severity)
{
    char id[16];

    snprintf(id, sizeof(id), "%u", t->id);
    tell_event(t, message_id, json_pack("[s]", id), severity);
}

/* The step of the update that a tenth begins, in the task's messages. */
static void add_step(struct task *t)
{
    static const char *const steps[] = {
        [0] = "Update.1.0.TargetDetermined",
        [2] = "Update.1.0.TransferringToComponent",
        [4] = "Update.1.0.VerifyingAtComponent",
        [6] = "Update.1.0.InstallingOnComponent",
        [8] = "Update.1.0.ApplyingOnComponent",
        [10] = NULL,
    };
    const char *step = steps[t->percent / 10];

    if (step && t->percent == 0)
        task_add_message(t, step, "OK", COMPONENT, t->version);
    else if (step)
        task_add_message(t, step, "OK", t->version, COMPONENT);
}

/* ---- its way ---------------------------------------------------------------
 */

static void end(struct task *t, const char *state, const char *status)
{
    t->state = state;
    t->status = status;
    t->over = true;
    t->ended = bmc_clock(t->bmc);
}

/* The Manager has the new version at once. */
static void install(struct task *t)
{
    struct bmc *b = t->bmc;

    free(b->dialect.firmware);
    b->dialect.firmware = xstrdup(t->version);
}

/* TaskStatus is Warning, and the last message says what and where. */
static void fail(struct task *t)
{
    bool cancelled = strcmp(t->kind->state, "Cancelled") == 0;
    bool generic = is_prefix(t->kind->message, "ResourceEvent");

    end(t, cancelled ? t->bmc->dialect.task_cancelled : t->kind->state,
        "Warning");
    if (generic)
        task_add_message(t, t->kind->message, "Warning", COMPONENT,
                         cancelled ? "The ERoT does not respond."
                                   : "The update failed.");
    else
        task_add_message(t, t->kind->message, "Warning", t->version, COMPONENT);
    tell_task(t,
              cancelled ? "TaskEvent.1.0.TaskCancelled"
                        : "TaskEvent.1.0.TaskAborted",
              "Critical");
}

/* A reboot into the new firmware forgets the task. */
static void succeed(struct task *t)
{
    struct bmc *b = t->bmc;
    usec_t reboot = t->reboot;

    install(t);
    end(t, "Completed", "OK");
    task_add_message(t, t->kind->message, "OK", COMPONENT, t->version);
    tell_task(t, "TaskEvent.1.0.TaskCompletedOK", "OK");
    if (reboot)
        bmc_reboot(b, reboot, b->dialect.subs.keep);
}

/* Where the kind parts from the good way. True when there is no more to do. */
static bool part(struct task *t)
{
    struct bmc *b = t->bmc;

    switch (t->kind->outcome) {
    case IS_DONE:
        succeed(t);
        return true;
    case IS_FAILED:
        fail(t);
        return true;
    case IS_OFF:
        bmc_reboot(b, POWER_DOWN, b->dialect.subs.keep);
        return true;
    case IS_BROKEN:
        server_hang_up(b, true);
        t->gone = true;
        return false;
    case IS_GONE:
        t->gone = true;
        return false;
    case IS_STUCK:
    case IS_UNHEARD:
        return false;
    }
    return false;
}

/* One that hangs shows no progress, and is not found in the end. */
static void go_on_stuck(struct task *t)
{
    t->gone = t->gone || t->bmc->down || ++t->stuck > 3;
}

/* One step of the clock: ten percent, or none for one that hangs. */
static void on_tenth(void *arg)
{
    struct task *t = arg;

    if (t->kind->outcome == IS_STUCK && t->percent >= t->kind->at) {
        go_on_stuck(t);
        if (t->gone)
            return;
    } else {
        t->percent += 10;
        t->state = "Running";
        add_step(t);
        if (t->percent == t->kind->at && part(t))
            return;
        if (t->percent >= 100) {
            install(t);
            end(t, "Completed", "OK");
            return;
        }
    }
    clock_set(t->bmc->sim->clock, &t->timer, time_now() + t->step, on_tenth, t);
}

/* New, and on its way. */
static struct task *begin(struct bmc *b, const struct update_kind *kind,
                          json_t *order)
{
    json_t *duration = json_object_get(order, "duration_ms");
    const char *version = json_string_value(json_object_get(order, "version"));
    struct task *t = xcalloc(1, sizeof(*t));

    *t = (struct task){.next = b->tasks,
                       .bmc = b,
                       .id = ++b->last_task,
                       .kind = kind,
                       .state = "Starting",
                       .status = "OK",
                       .version = xstrdup(version ? version : "99.9.9"),
                       .begun = bmc_clock(b),
                       .messages = json_array()};
    t->step = (duration ? (usec_t)json_integer_value(duration) * USEC_MSEC
                        : DURATION) /
              10;
    t->reboot =
        (usec_t)json_integer_value(json_object_get(order, "reboot_ms")) *
        USEC_MSEC;
    b->tasks = t;
    add_step(t);
    tell_task(t, "TaskEvent.1.0.TaskStarted", "OK");
    clock_set(b->sim->clock, &t->timer, time_now() + t->step, on_tenth, t);
    return t;
}

int update_order(struct bmc *b, json_t *order, struct task **ret_task,
                 struct error *err)
{
    const char *next = json_string_value(json_object_get(order, "next"));
    const char *name = json_string_value(json_object_get(order, "kind"));
    const struct update_kind *kind = find(next ? next : name ? name : "ok");
    _cleanup_(freep) char *names = update_kinds();

    *ret_task = NULL;
    if (!kind)
        return error_set(err, -EINVAL, "'kind' is one of %s", names);
    if (next) {
        json_decref(b->next_update);
        b->next_update = json_pack("{ss}", "kind", next);
        json_object_update_missing(b->next_update, order);
        json_object_del(b->next_update, "next");
        return 0;
    }
    if (update_is_running(b))
        return error_set(err, -EBUSY, "an update is under way");
    if (kind->outcome == IS_UNHEARD)
        server_hang_up(b, true);
    else
        *ret_task = begin(b, kind, order);
    if (strcmp(kind->name, "second-update-refused") == 0)
        tell_event(*ret_task, "Update.1.0.UpdateInProgress", json_array(),
                   "Warning");
    return 0;
}

bool update_is_running(const struct bmc *b)
{
    for (const struct task *t = b->tasks; t; t = t->next)
        if (!t->over)
            return true;
    return false;
}

void update_clear(struct bmc *b)
{
    while (b->tasks) {
        struct task *t = b->tasks;

        b->tasks = t->next;
        clock_cancel(b->sim->clock, &t->timer);
        json_decref(t->messages);
        free(t->version);
        free(t);
    }
}
