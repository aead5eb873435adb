/* SPDX-License-Identifier: Apache-2.0 */
/* What a condition is about, and what few of them have beside it. */
#include "correlate/condition_about.h"

#include <string.h>

#include "util/alloc.h"
#include "util/utf8.h"

bool conditions_can_keep(const struct event *about)
{
    static const enum event_field fields[] = {
        EVENT_ORIGIN, EVENT_ARG, EVENT_MESSAGE_ID, EVENT_REGISTRY, EVENT_KEY};
    size_t sum = 0;

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        size_t cursor = 0, len;

        while (event_next(about, fields[i], &cursor, &len))
            sum += len + 1;
    }
    return sum <= CONDITION_ABOUT_MAX;
}

/* In one piece of memory, each text behind its NUL: there may be a million. */
void condition_pack(struct buffer *out, const struct event *e,
                    size_t *ret_origin, size_t *ret_args)
{
    const char *origin = event_text(e, EVENT_ORIGIN, NULL), *arg;
    const char *text = event_text(e, EVENT_MESSAGE, NULL);
    size_t cursor = 0, len = text ? strlen(text) : 0;

    buffer_add_text(out, origin ? origin : "");
    *ret_origin = out->len;
    buffer_add(out, "", 1);
    while ((arg = event_next(e, EVENT_ARG, &cursor, NULL)))
        buffer_add(out, arg, strlen(arg) + 1);
    *ret_args = out->len - *ret_origin - 1;
    len = text ? utf8_cut(text, len, CONDITION_TEXT_MAX) : 0;
    buffer_add(out, text ? text : "", len);
    buffer_add(out, "", 1);
}

void condition_describe(const struct condition *c, struct event *e)
{
    const char *arg = c->text + c->origin_len + 1;
    const char *text = arg + c->args_len;

    if (*c->bmc->name)
        event_set(e, EVENT_BMC_NAME, c->bmc->name);
    if (*c->message->parts[0])
        event_set(e, EVENT_MESSAGE_ID, c->message->parts[0]);
    if (c->origin_len > 0)
        event_set(e, EVENT_ORIGIN, c->text);
    for (; arg < text; arg += strlen(arg) + 1)
        event_add(e, EVENT_ARG, arg, strlen(arg));
    if (c->text_len > 0)
        event_set(e, EVENT_MESSAGE, text);
    event_set_int(e, EVENT_SEVERITY, c->row.severity);
}

void condition_get(const struct condition *c, struct condition_whole *ret)
{
    *ret = (struct condition_whole){
        .row = c->row,
        .times = c->more ? c->more->times : NULL,
        .time_count = c->more ? c->more->time_count : 0,
        .sinks = c->sinks ? c->sinks->name : NULL,
        .sinks_len = c->sinks ? strlen(c->sinks->name) : 0,
    };
}

void condition_more_free(struct condition_more *more)
{
    if (!more)
        return;
    event_free(more->held);
    free(more->times);
    free(more);
}

struct condition_more *condition_more(struct condition *c)
{
    if (!c->more)
        c->more = XNEW(struct condition_more);
    return c->more;
}

/* A copy of all of it: what it came in is let go. */
void conditions_hold(struct condition *c, const struct event *e)
{
    if (!e && !c->more)
        return;
    event_free(condition_more(c)->held);
    c->more->held = NULL;
    if (!e)
        return;
    c->more->held = event_new();
    buffer_add(&c->more->held->own, e->data, e->len);
    memcpy(c->more->held->first, e->first, sizeof(e->first));
    c->more->held->data = c->more->held->own.data;
    c->more->held->len = e->len;
}
