/* SPDX-License-Identifier: Apache-2.0 */
/* Reading tasks; see task_view.h. The rows of what goes wrong are those of the
 * catalogue FirmwareUpdate. */
#include "tasks/task_view.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "util/macro.h"

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(text, list[i]) == 0)
            return true;
    return false;
}

/* DSP2046, Task.TaskState. Cancelled is spelt with one l, too (seeds, ERoT). */
static bool has_ended(const char *state)
{
    static const char *const ends[] = {"Completed", "Killed", "Exception",
                                       "Cancelled", "Canceled"};

    return is_one_of(state, ends, ARRAY_LEN(ends));
}

static bool names_update(const char *text)
{
    return text &&
           (strcasestr(text, "UpdateService") || strcasestr(text, "firmware") ||
            strcasestr(text, "SimpleUpdate"));
}

size_t task_view_count(const struct task_view *v)
{
    return json_is_object(v->messages) ? 1 : json_array_size(v->messages);
}

const json_t *task_view_at(const struct task_view *v, size_t i)
{
    return json_is_object(v->messages) ? v->messages
                                       : json_array_get(v->messages, i);
}

static bool has_update_message(const struct task_view *v)
{
    for (size_t i = 0; i < task_view_count(v); i++) {
        const char *id = text_of(task_view_at(v, i), "MessageId");

        /* The standard's registry of updates. */
        if (id && strncasecmp(id, "Update.", 7) == 0)
            return true;
    }
    return false;
}

static bool is_update(const json_t *task, const struct task_view *v)
{
    const json_t *payload = json_object_get(task, "Payload");

    /*
     * Payload.TargetUri is what the task was made by, and says it surely; but
     * it is optional, and many have only a name for people.
     */
    return names_update(text_of(payload, "TargetUri")) ||
           names_update(text_of(task, "Name")) ||
           names_update(text_of(task, "Description")) || has_update_message(v);
}

/* A number that is no percentage is no news, and may not even fit an int. */
static int percent_of(const json_t *document)
{
    const json_t *percent = json_object_get(document, "PercentComplete");
    json_int_t n = json_is_integer(percent) ? json_integer_value(percent) : -1;

    return n >= 0 && n <= 100 ? (int)n : -1;
}

bool task_view_read(const json_t *document, struct task_view *ret)
{
    const char *id = text_of(document, "Id");

    *ret = (struct task_view){
        .id = id ? id : "?",
        .state = text_of(document, "TaskState"),
        .status = text_of(document, "TaskStatus"),
        .percent = percent_of(document),
        .messages = json_object_get(document, "Messages"),
    };
    if (!ret->state)
        return false;
    ret->runs = !has_ended(ret->state);
    ret->well = strcasecmp(ret->state, "Completed") == 0 &&
                (!ret->status || strcasecmp(ret->status, "Critical") != 0);
    ret->is_update = is_update(document, ret);
    return true;
}

void task_view_message(const char *message_id, char *ret, size_t size)
{
    const char *dot = strchr(message_id, '.');
    const char *last = strrchr(message_id, '.');

    if (dot)
        snprintf(ret, size, "%.*s%s", (int)(dot - message_id), message_id,
                 last);
    else
        snprintf(ret, size, "%s", message_id);
}

/* The last message says most of what went wrong; each is tried. */
const struct catalogue_entry *task_view_diagnose(const struct catalogue *c,
                                                 const struct task_view *v)
{
    struct catalogue_symptoms seen = {
        .task_state = v->state,
        .task_status = v->status ? v->status : "Warning",
    };
    const struct catalogue_entry *found = NULL, *generic;
    char message[128];

    generic = catalogue_diagnose(c, &seen);
    for (size_t i = task_view_count(v); i > 0; i--) {
        const char *id = text_of(task_view_at(v, i - 1), "MessageId");

        if (!id)
            continue;
        task_view_message(id, message, sizeof(message));
        seen.message = message;
        found = catalogue_diagnose(c, &seen);
        if (found && found != generic)
            return found;
    }
    return found ? found : generic;
}

const char *task_view_gone(const struct task_history *h)
{
    /*
     * From the surest sign to the weakest. Tasks do not outlive a reboot on
     * many BMCs, and an update of the BMC itself ends with one: that its task
     * is gone and the firmware another is success.
     */
    if (h->was_renewed)
        return "TaskEvent.1.0.TaskCompletedOK";
    if (h->percent >= 100) /* it ended, and was cleared away */
        return "TaskEvent.1.0.TaskRemoved";
    if (h->was_reset && !h->goes_on)
        return "FirmwareUpdate.PowerLost";
    if (h->was_away || h->was_reset)
        return "FirmwareUpdate.UpdateInterrupted";
    return "FirmwareUpdate.TaskHangs";
}
