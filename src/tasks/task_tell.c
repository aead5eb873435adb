/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of an update goes through the pipeline as a payload that the
 * BMC might have sent: messages of the registries TaskEvent and Update, and
 * the diagnoses of the catalogue FirmwareUpdate.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tasks/tasks_private.h"
#include "util/alloc.h"

#define PROGRESS_STEP 10 /* percent: ten events for an update */
#define MESSAGES_MAX 64  /* told for one answer: none has a fraction of it */

static void take(struct task_watch *w, json_t *record)
{
    json_t *payload = json_pack("{s[o]}", "Events", record);
    char *text = payload ? json_dumps(payload, JSON_COMPACT) : NULL;
    struct pipeline_intake intake = {
        .bmc = w->bmc,
        .source = "task",
        .bytes = text,
        .len = text ? strlen(text) : 0,
        .received = clock_real(),
    };

    /* task_watch.c has asked before; the spool may have failed since. */
    if (text && spool_state(w->owner->host->spool) == SPOOL_OK)
        pipeline_take(w->owner->host->pipeline, &intake);
    free(text);
    json_decref(payload);
}

static const char *path_of(const struct task_watch *w, const char *url)
{
    size_t len = strlen(w->bmc->config->url);

    return strncmp(url, w->bmc->config->url, len) == 0 ? url + len : url;
}

static json_t *record_of(const struct task_watch *w, const char *url,
                         const char *message_id)
{
    char now[CLOCK_TEXT_MAX];

    clock_format(clock_real(), 3, now);
    /* Dated by our clock: messages of a Task bear no time. */
    return json_pack("{ss ss s{ss}}", "MessageId", message_id, "EventTimestamp",
                     now, "OriginOfCondition", "@odata.id", path_of(w, url));
}

void task_tell(struct task_watch *w, const char *url, const char *message_id,
               const char *first, const char *second)
{
    json_t *record = record_of(w, url, message_id), *args = json_array();

    if (first)
        json_array_append_new(args, json_string(first));
    if (second)
        json_array_append_new(args, json_string(second));
    json_object_set_new(record, "MessageArgs", args);
    take(w, record);
}

/* A message of the task as the BMC wrote it, dated and placed. */
static void tell_message(struct task_watch *w, const struct tracked *t,
                         const json_t *message)
{
    static const char *const kept[] = {"MessageArgs", "Message", "Severity",
                                       "MessageSeverity", "Resolution"};
    /* Without it nothing can be resolved, routed or cleared by. */
    const char *id = json_string_value(json_object_get(message, "MessageId"));
    json_t *record;

    if (!id)
        return;
    record = record_of(w, t->url, id);
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        if (json_object_get(message, kept[i]))
            json_object_set(record, kept[i], json_object_get(message, kept[i]));
    take(w, record);
}

bool task_tell_messages(struct task_watch *w, struct tracked *t,
                        const struct task_view *v)
{
    size_t count = task_view_count(v), end;

    if (count < t->messages)
        t->messages = 0; /* it keeps only the last ones: all of them are new */
    end = MIN_OF(count, t->messages + MESSAGES_MAX);
    while (t->messages < end)
        tell_message(w, t, task_view_at(v, t->messages++));
    return end == count;
}

void task_tell_progress(struct task_watch *w, struct tracked *t,
                        const struct task_view *v)
{
    char percent[16];

    if (w->speaks_progress || v->percent < t->told + PROGRESS_STEP)
        return;
    t->told = v->percent;
    snprintf(percent, sizeof(percent), "%d", v->percent);
    task_tell(w, t->url, "TaskEvent.1.0.TaskProgressChanged", v->id, percent);
}

static const char *end_of(const struct task_view *v)
{
    /* TaskStatus beside Completed: it was done, with something to look at. */
    if (v->well)
        return v->status && strcasecmp(v->status, "OK") != 0
                   ? "TaskEvent.1.0.TaskCompletedWarning"
                   : "TaskEvent.1.0.TaskCompletedOK";
    return strncasecmp(v->state, "Cancel", 6) == 0
               ? "TaskEvent.1.0.TaskCancelled"
               : "TaskEvent.1.0.TaskAborted";
}

void task_tell_end(struct task_watch *w, struct tracked *t,
                   const struct task_view *v)
{
    const struct catalogue_entry *why;

    /*
     * A BMC that sends TaskEvents has said so itself; the diagnosis is ours
     * alone.
     */
    if (!w->speaks)
        task_tell(w, t->url, end_of(v), v->id, NULL);
    if (v->well)
        return;
    why = task_view_diagnose(registry_set_catalogue(w->owner->registries), v);
    if (why)
        task_tell(w, t->url, why->code, v->id, NULL);
}
