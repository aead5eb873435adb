/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files of schema "trawl.catalogue/1"; see catalogue.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "registry/catalogue_private.h"
#include "registry/own_file.h"
#include "util/alloc.h"

#define SCHEMA "trawl.catalogue/1"

struct loading {
    struct catalogue *catalogue;
    enum registry_origin origin;
    void (*on_problem)(void *userdata, const char *text);
    void *userdata;
};

static bool is_true(const struct json_value *v, const char *name,
                    bool otherwise)
{
    const struct json_value *member = own_file_member(v, name, JSON_IN_BOOL);
    size_t len;

    return member ? json_in_text(member, &len)[0] == 't' : otherwise;
}

static char *copy_text(const struct json_value *v, const char *name)
{
    return xstrdup(own_file_text(v, name));
}

static void read_when(const struct json_value *v, struct catalogue_entry *e)
{
    const struct json_value *when = own_file_member(v, "when", JSON_IN_OBJECT);

    if (!when)
        return;
    e->has_when = true;
    e->task_states = own_file_texts(json_in_find(when, "task_state"));
    e->task_statuses = own_file_texts(json_in_find(when, "task_status"));
    e->message = copy_text(when, "message");
    e->refused = is_true(when, "refused", false);
    /* A task that is gone shows nothing to compare with. */
    if (!e->task_states && !e->message)
        e->has_when = false;
}

/*
 * One that is wrong is told and left out; the others count, as in
 * clearing_load.c.
 */
static int check_entry(const struct json_value *v, struct error *err)
{
    const char *severity;

    if (json_in_type(v) != JSON_IN_OBJECT)
        return error_set(err, -EINVAL, "it is no object");
    if (!own_file_text(v, "code") || !*own_file_text(v, "code"))
        return error_set(err, -EINVAL, "it has no code");
    if (!own_file_text(v, "text"))
        return error_set(err, -EINVAL, "%s has no text",
                         own_file_text(v, "code"));
    severity = own_file_text(v, "severity");
    if (severity &&
        event_severity_parse(severity, strlen(severity)) == SEVERITY_UNKNOWN)
        return error_set(err, -EINVAL,
                         "%s: '%s' is no severity (OK, Warning, "
                         "Critical)",
                         own_file_text(v, "code"), severity);
    return 0;
}

static struct catalogue_entry *read_entry(const struct loading *l,
                                          const char *name, bool in_text,
                                          const struct json_value *v)
{
    struct catalogue_entry *e = XNEW(struct catalogue_entry);
    const char *severity = own_file_text(v, "severity");

    e->catalogue = name;
    e->origin = l->origin;
    e->code = copy_text(v, "code");
    e->text = copy_text(v, "text");
    e->explanation = copy_text(v, "explanation");
    e->action = copy_text(v, "action");
    e->server_state = copy_text(v, "server_state");
    if (severity)
        e->severity = event_severity_parse(severity, strlen(severity));
    e->ignore = is_true(v, "ignore", false);
    e->user_defined = is_true(v, "user_defined", false);
    e->in_text = is_true(v, "in_text", in_text);
    read_when(v, e);
    return e;
}

static void on_document(void *userdata, const char *path,
                        const struct json_value *root)
{
    struct loading *l = userdata;
    struct json_walk walk = json_in_walk(json_in_find(root, "entries"));
    const char *name =
        catalogue_name(l->catalogue, own_file_text(root, "name") ?: "local");
    bool in_text = is_true(root, "in_text", false);
    const struct json_value *v;

    for (unsigned i = 1;
         i <= CATALOGUE_ENTRIES_MAX && (v = json_in_next(&walk, NULL, NULL));
         i++) {
        struct error err = {""};

        if (check_entry(v, &err) == 0) {
            catalogue_add(l->catalogue, read_entry(l, name, in_text, v));
        } else if (l->on_problem) {
            error_prefix(&err, -EINVAL, "%s: entry %u is skipped", path, i);
            l->on_problem(l->userdata, err.text);
        }
    }
}

void catalogue_load_document(
    struct catalogue *c, const char *path, const struct json_value *root,
    enum registry_origin origin,
    void (*on_problem)(void *userdata, const char *text), void *userdata)
{
    struct loading l = {c, origin, on_problem, userdata};

    on_document(&l, path, root);
}

void catalogue_entry_free(struct catalogue_entry *e)
{
    free(e->code);
    free(e->text);
    free(e->explanation);
    free(e->action);
    free(e->server_state);
    free(e->message);
    own_file_texts_free(e->task_states);
    own_file_texts_free(e->task_statuses);
    free(e);
}

void catalogue_load(struct catalogue *c, const char *directory,
                    enum registry_origin origin,
                    void (*on_problem)(void *userdata, const char *text),
                    void *userdata)
{
    struct loading l = {c, origin, on_problem, userdata};
    struct own_file_reader reader = {SCHEMA, on_document, &l};

    own_file_load(directory, &reader);
}
