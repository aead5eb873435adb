/* SPDX-License-Identifier: Apache-2.0 */
/* An event's envelope; see cloud_event.h. */
#include "sinks/cloud_event.h"

#include "formats/text.h"
#include "util/buffer.h"
#include "util/clock.h"

/* The text of a field, or something that stands in for it. */
static void add_or(struct buffer *out, const struct event *e,
                   enum event_field f, const char *otherwise)
{
    if (!text_add_field(out, e, f))
        buffer_add_text(out, otherwise);
}

/* Headers must be UTF-8 without control characters. */
static const char *clean(struct buffer *text, const struct event *e,
                         enum event_field f)
{
    buffer_clear(text);
    text_add_field(text, e, f);
    return text->len > 0 ? text->data : NULL;
}

static const char *source(struct buffer *text, const struct event *e)
{
    buffer_clear(text);
    if (!text_add_field(text, e, EVENT_BMC_URL)) {
        buffer_add_text(text, "https://");
        add_or(text, e, EVENT_BMC_NAME, "bmc");
    }
    buffer_add_text(text, "/redfish/v1");
    return text->data;
}

static const char *type(struct buffer *text, const struct event *e)
{
    buffer_clear(text);
    buffer_add_text(text, "org.dmtf.redfish.");
    add_or(text, e, EVENT_REGISTRY, "Event");
    buffer_add_char(text, '.');
    add_or(text, e, EVENT_KEY, "Event");
    return text->data;
}

void cloud_event_headers(const struct event *e, const char *content_type,
                         void (*add)(void *userdata, const char *name,
                                     const char *value),
                         void *userdata)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    char time[CLOCK_TEXT_MAX];
    const char *value;

    add(userdata, "ce_specversion", "1.0");
    if ((value = clean(&text, e, EVENT_ID)))
        add(userdata, "ce_id", value);
    add(userdata, "ce_source", source(&text, e));
    add(userdata, "ce_type", type(&text, e));
    if ((value = clean(&text, e, EVENT_ORIGIN)))
        add(userdata, "ce_subject", value);
    clock_format((usec_t)event_int(e, EVENT_TIME, 0), 3, time);
    add(userdata, "ce_time", time);
    add(userdata, "content-type", content_type);
}
