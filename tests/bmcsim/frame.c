/* SPDX-License-Identifier: Apache-2.0 */
/* See frame.h. */
#include "frame.h"

#include <string.h>

static void end_line(const struct dialect *d, struct buf *ret)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};

    buf_text(ret, ends[d->sse_eol]);
}

static void field(const struct dialect *d, const char *name, struct buf *ret)
{
    buf_format(ret, "%s:%s", name, d->sse_space ? " " : "");
}

/* The text over as many data lines as it has lines. */
static void data_lines(const struct dialect *d, const char *text, size_t len,
                       struct buf *ret)
{
    const char *end = text + len;

    for (;;) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));

        field(d, "data", ret);
        buf_add(ret, text, (size_t)((stop ? stop : end) - text));
        end_line(d, ret);
        if (!stop)
            return;
        text = stop + 1;
    }
}

static void make_pretty(struct buf *body)
{
    json_t *json = json_loadb(body->data ? body->data : "", body->len, 0, NULL);
    char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;

    json_decref(json);
    if (!text)
        return;
    body->len = 0;
    buf_text(body, text);
    free(text);
}

void frame_event(struct bmc *b, const struct event *e, bool bare,
                 struct buf *ret)
{
    const struct dialect *d = &b->dialect;
    struct buf body = {0};

    if (bare && e->kind == EVENT_RECORDS)
        buf_add(&body, e->text, e->len);
    else
        event_format(b, e, NULL, &body);
    if (d->sse_pretty)
        make_pretty(&body);
    if (d->sse_id) {
        field(d, "id", ret);
        buf_format(ret, "%llu", (unsigned long long)e->sse_id);
        end_line(d, ret);
    }
    data_lines(d, body.data ? body.data : "", body.len, ret);
    end_line(d, ret);
    buf_done(&body);
}

void frame_exceeded(const struct dialect *d, struct buf *ret)
{
    static const char text[] =
        "{\"@odata.type\":\"#Message.v1_1_1.Message\","
        "\"MessageId\":\"Base.1.19.EventBufferExceeded\","
        "\"Message\":\"Undelivered events may have been lost: the buffer "
        "of the service was too small.\",\"MessageArgs\":[],"
        "\"MessageSeverity\":\"Critical\",\"Resolution\":\"None.\"}";

    data_lines(d, text, strlen(text), ret);
    end_line(d, ret);
}

void frame_comment(const struct dialect *d, const char *text, struct buf *ret)
{
    buf_format(ret, ": %s", text);
    end_line(d, ret);
    end_line(d, ret);
}

void frame_retry(const struct dialect *d, struct buf *ret)
{
    field(d, "retry", ret);
    buf_format(ret, "%ld", d->sse_retry_ms);
    end_line(d, ret);
    end_line(d, ret);
}
