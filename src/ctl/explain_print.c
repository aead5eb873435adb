/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See explain_print.h. For people a line for each thing there is to say, and
 * none for what there is not; for scripts each fact under the name that it has
 * in format json, so that what reads Trawl's events can read this.
 */
#include "ctl/explain_print.h"

#include <string.h>
#include <strings.h>

#include "ctl/explain_facts.h"
#include "formats/text.h"
#include "resolve.h"
#include "util/alloc.h"

/* In the order in which they are printed; names as in format json. */
static const enum event_field json_fields[] = {
    EVENT_MESSAGE_ID, EVENT_REGISTRY,    EVENT_REGISTRY_VERSION,
    EVENT_KEY,        EVENT_SEVERITY,    EVENT_MESSAGE,
    EVENT_ARG,        EVENT_RESOLUTION,  EVENT_RESOLVED_FROM,
    EVENT_ORIGIN,     EVENT_ORIGIN_TYPE, EVENT_EVENT_TYPE,
    EVENT_EVENT_ID,   EVENT_GROUP_ID,    EVENT_MEMBER_ID,
    EVENT_LOG_ENTRY,  EVENT_OEM,
};

/* "Registry.Key", as in a route; "Registry.*" where it clears all of it. */
static void write_targets(struct json_writer *w, const char *key,
                          const struct clearing_answer *a,
                          const struct event *e)
{
    _cleanup_(buffer_done) struct buffer name = {0};

    if (a->count == 0 && !a->clears_all)
        return;
    json_writer_key(w, key);
    json_writer_open_array(w);
    if (a->clears_all) {
        buffer_printf(&name, "%s.*", event_text(e, EVENT_REGISTRY, NULL));
        json_writer_text(w, name.data, name.len);
    }
    for (size_t i = 0; i < a->count; i++) {
        buffer_clear(&name);
        buffer_printf(&name, "%s.%s", a->targets[i].registry,
                      a->targets[i].key);
        json_writer_text(w, name.data, name.len);
    }
    json_writer_close_array(w);
}

static void write_diagnosis(struct json_writer *w,
                            const struct catalogue_entry *d)
{
    if (!d)
        return;
    json_writer_key(w, "diagnosis");
    json_writer_open_object(w);
    json_writer_member(w, "code", d->code);
    json_writer_member(w, "message", d->text);
    json_writer_member(w, "explanation", d->explanation);
    json_writer_member(w, "server_state", d->server_state);
    json_writer_member(w, "resolution", d->action);
    json_writer_close_object(w);
}

/* "StorageDevice 1.5.0": which version the words are of. */
static void add_answerer(struct buffer *out, const struct explain_facts *f)
{
    const struct registry *r = f->hit.registry;
    char version[REGISTRY_VERSION_MAX];

    if (!f->hit.message) {
        buffer_add_text(out, f->code ? f->code->catalogue : "nobody");
        return;
    }
    buffer_add_text(out, r->prefix);
    if (registry_version_text(r, version))
        buffer_printf(out, " %s", version);
}

static void write_list(struct json_writer *w, const char *key, char **texts)
{
    if (!texts)
        return;
    json_writer_key(w, key);
    json_writer_open_array(w);
    for (char **text = texts; *text; text++)
        json_writer_text(w, *text, strlen(*text));
    json_writer_close_array(w);
}

static void print_json(const struct explain_found *found,
                       const struct explain_facts *f, struct buffer *out)
{
    const struct event *e = found->event;
    _cleanup_(buffer_done) struct buffer name = {0};
    struct json_writer w;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    if (event_int(e, EVENT_TIME, 0) != event_int(e, EVENT_RECEIVED, 0))
        text_json_member(&w, "time", e, EVENT_TIME); /* what was sent */
    for (size_t i = 0; i < ARRAY_LEN(json_fields); i++)
        text_json_member(&w, event_field_name(json_fields[i]), e,
                         json_fields[i]);
    if (f->hit.message || f->code) {
        add_answerer(&name, f);
        json_writer_member(&w, "known_by", name.data);
    }
    json_writer_key(&w, "raises");
    json_writer_bool(&w, f->raises);
    write_targets(&w, "clears", &f->clears, e);
    write_targets(&w, "cleared_by", &f->cleared_by, e);
    write_diagnosis(&w, f->diagnosis);
    json_writer_member(&w, "where",
                       found->where && *found->where ? found->where : NULL);
    write_list(&w, event_field_name(EVENT_QUIRK), f->quirks.texts);
    write_list(&w, "odd", f->odd.texts);
    json_writer_close_object(&w);
    buffer_add_char(out, '\n');
}

/*
 * For terminals: what a BMC wrote goes through text_add_line(), which lets no
 * control character pass.
 */
static void print_line(struct buffer *out, const char *label, const char *text)
{
    if (!text || !*text)
        return;
    buffer_printf(out, "  %-12s ", label);
    text_add_line(out, text, strlen(text));
    buffer_add_char(out, '\n');
}

/* Without the registry where it is the message's own, as mostly. */
static void print_targets(struct buffer *out, const char *label,
                          const struct clearing_answer *a,
                          const struct event *e)
{
    const char *registry = event_text(e, EVENT_REGISTRY, NULL);
    _cleanup_(buffer_done) struct buffer text = {0};

    if (a->clears_all)
        buffer_printf(&text, "everything of %s%s", registry,
                      a->all_same_origin ? " (of its origin)" : "");
    for (size_t i = 0; i < a->count; i++) {
        const struct clearing_target *t = &a->targets[i];

        buffer_add_text(&text, text.len > 0 ? ", " : "");
        if (strcasecmp(t->registry, registry) != 0)
            buffer_printf(&text, "%s.", t->registry);
        buffer_printf(&text, "%s%s%s", t->key,
                      t->same_origin ? "" : " (whatever its origin)",
                      t->repaired ? " (by a repair)" : "");
    }
    print_line(out, label, text.data);
}

static void print_text(const struct explain_found *found,
                       const struct explain_facts *f, struct buffer *out)
{
    const struct event *e = found->event;
    _cleanup_(buffer_done) struct buffer from = {0};
    const char *id = event_text(e, EVENT_MESSAGE_ID, NULL);

    buffer_printf(
        out, "%s  ",
        event_severity_name((enum severity)event_int(e, EVENT_SEVERITY, 0)));
    if (id)
        text_add_line(out, id, strlen(id));
    else
        buffer_add_text(out, "(no MessageId)");
    buffer_add_char(out, '\n');
    print_line(out, "", event_text(e, EVENT_MESSAGE, NULL));
    print_line(out, "Resolution:", event_text(e, EVENT_RESOLUTION, NULL));
    if (f->diagnosis) {
        print_line(out, "Diagnosis:", f->diagnosis->text);
        print_line(out, "What to do:", f->diagnosis->action);
    }
    print_line(out, "Origin:", event_text(e, EVENT_ORIGIN, NULL));
    print_targets(out, "Clears:", &f->clears, e);
    print_targets(out, "Cleared by:", &f->cleared_by, e);
    buffer_printf(&from, "%s; known by ",
                  event_text(e, EVENT_RESOLVED_FROM, NULL));
    add_answerer(&from, f);
    print_line(out, "Text from:", from.data);
    print_line(out, "Found at:", found->where);
    for (size_t i = 0; i < f->odd.count; i++)
        print_line(out, "Odd:", f->odd.texts[i]);
}

void explain_print(const struct registry_view *view,
                   struct explain_found *found, bool as_json,
                   struct buffer *out)
{
    struct explain_facts facts;

    explain_facts_gather(view, found, &facts);
    if (as_json)
        print_json(found, &facts, out);
    else
        print_text(found, &facts, out);
    explain_facts_done(&facts);
}
