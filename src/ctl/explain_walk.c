/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every object that has a MessageId, or is a log entry, is a message; the
 * `code` of an error answer is one where it says more than "see below". Where
 * it stands matters as well: the same message is a diagnosis below a task that
 * failed, and nothing to speak of in an answer that tells of a success.
 */
#include "ctl/explain_walk.h"

#include <string.h>
#include <strings.h>

#include "decode/decode_record.h"
#include "util/alloc.h"
#include "util/clock.h"

/* What the objects around a message say about it. */
struct context {
    struct explain_list *list;
    const struct quirks *quirks;
    const char *task_state, *task_status;
    bool in_update, in_error;
};

/* A member of an object, whatever the case of its name. */
static const struct json_value *member(const struct json_value *object,
                                       const char *name)
{
    struct json_walk walk = json_in_walk(object);
    const struct json_value *v;
    const char *key;

    while ((v = json_in_next(&walk, &key, NULL)))
        if (key && strcasecmp(key, name) == 0)
            return v;
    return NULL;
}

static const char *member_text(const struct json_value *object,
                               const char *name)
{
    const struct json_value *v = object ? member(object, name) : NULL;
    size_t len;

    return v && json_in_type(v) == JSON_IN_TEXT ? json_in_text(v, &len) : NULL;
}

/* By its type, or by what only log entries have beside a text. */
static bool is_log_entry(const struct json_value *object)
{
    const char *type = member_text(object, "@odata.type");
    const char *dot = type ? strrchr(type, '.') : NULL;

    return (dot && strcmp(dot, ".LogEntry") == 0) ||
           (member_text(object, "Message") &&
            (member_text(object, "EntryType") ||
             member_text(object, "Created")));
}

static bool is_message(const struct json_value *object)
{
    const char *id = member_text(object, "MessageId");

    return (id && *id) || is_log_entry(object);
}

static void place(const struct context *c, struct explain_found *f,
                  const char *where)
{
    f->where = xstrdup(where);
    f->in_error = c->in_error;
    f->in_update = c->in_update;
    f->task_state = xstrdup(c->task_state);
    f->task_status = xstrdup(c->task_status);
}

static void add_message(const struct context *c,
                        const struct json_value *object, const char *where)
{
    struct decode_options options = {.received = clock_real(),
                                     .log = is_log_entry(object)};
    struct decode_envelope envelope = {.options = &options,
                                       .quirks = *c->quirks};

    place(c, explain_list_add(c->list, decode_record(&envelope, object)),
          where);
}

/* Tasks have no kind: their name, or what they were made by, must tell. */
static bool says_update(const char *text)
{
    return text && (strstr(text, "Update") || strstr(text, "update") ||
                    strstr(text, "irmware"));
}

/* A task passes its state on to its messages. */
static void enter_task(struct context *c, const struct json_value *object)
{
    const char *state = member_text(object, "TaskState");

    if (!state)
        return;
    c->task_state = state;
    c->task_status = member_text(object, "TaskStatus");
    c->in_update =
        says_update(member_text(object, "Name")) ||
        says_update(member_text(member(object, "Payload"), "TargetUri"));
}

/* Whether a code only points at the messages below it. */
static bool is_pointer(const char *code)
{
    const char *dot = strrchr(code, '.');
    const char *key = dot ? dot + 1 : code;

    return strcasecmp(key, "ExtendedInfo") == 0 ||
           strcasecmp(key, "GeneralError") == 0;
}

/* Whether one of the messages found since `from` has that id. */
static bool is_found(const struct explain_list *list, size_t from,
                     const char *code)
{
    for (size_t i = from; i < list->count; i++) {
        const char *id =
            event_text(list->items[i].event, EVENT_MESSAGE_ID, NULL);

        if (id && strcasecmp(id, code) == 0)
            return true;
    }
    return false;
}

/* The code of an error answer, unless what stands below says it better. */
static void add_code(const struct context *c, const struct json_value *error,
                     const char *where, size_t from)
{
    const char *code = member_text(error, "code");
    _cleanup_free_ char *path = NULL;

    if (!code || (c->list->count > from &&
                  (is_pointer(code) || is_found(c->list, from, code))))
        return;
    path = xasprintf("%s/code", where);
    place(c,
          explain_list_add(
              c->list,
              explain_make(code, member_text(error, "message"), NULL, 0)),
          path);
}

static void walk_value(const struct context *c, const struct json_value *v,
                       const char *where);

/* A task that ended badly and does not say why has its state to tell. */
static void add_silent_task(const struct context *c, const char *where)
{
    static const char *const bad[] = {"Exception", "Cancelled", "Canceled",
                                      "Killed", "Interrupted"};
    _cleanup_free_ char *text =
        xasprintf("The task is in state %s%s%s", c->task_state,
                  c->task_status ? ", status " : "", c->task_status ?: "");

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (strcasecmp(bad[i], c->task_state) == 0)
            place(c,
                  explain_list_add(c->list, explain_make(NULL, text, NULL, 0)),
                  where);
}

static void walk_members(const struct context *c, const struct json_value *v,
                         const char *where, bool in_message)
{
    struct json_walk walk = json_in_walk(v);
    const struct json_value *inner;
    const char *key;

    for (size_t i = 0; (inner = json_in_next(&walk, &key, NULL)); i++) {
        _cleanup_free_ char *path = key ? xasprintf("%s/%s", where, key)
                                        : xasprintf("%s/%zu", where, i);
        struct context below = *c;
        size_t from = c->list->count;

        /* What a vendor adds to a message is no message of its own. */
        if (json_in_count(inner) == 0 ||
            (in_message && key && strcmp(key, "Oem") == 0))
            continue;
        below.in_error |= key && strcasecmp(key, "error") == 0;
        walk_value(&below, inner, path);
        if (below.in_error && !c->in_error)
            add_code(&below, inner, path, from);
    }
}

/* The depth of the document was checked before it was read. */
static void walk_value(const struct context *c, const struct json_value *v,
                       const char *where)
{
    struct context inside = *c;
    size_t from = c->list->count;
    bool message;

    if (json_in_type(v) != JSON_IN_OBJECT && json_in_type(v) != JSON_IN_ARRAY)
        return;
    message = json_in_type(v) == JSON_IN_OBJECT && is_message(v);
    if (message)
        add_message(c, v, where);
    if (json_in_type(v) == JSON_IN_OBJECT)
        enter_task(&inside, v);
    walk_members(&inside, v, where, message);
    if (inside.task_state != c->task_state && c->list->count == from)
        add_silent_task(&inside, where);
}

void explain_walk(const struct json_value *root, const struct quirks *quirks,
                  struct explain_list *ret)
{
    struct context c = {.list = ret, .quirks = quirks};

    walk_value(&c, root, "");
}
