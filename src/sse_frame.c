/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads an event stream line by line. Lines end with CR LF, LF or CR, and an
 * end may be cut in two by the pieces it arrives in. A line that lies whole in
 * one piece is read where it lies; only cut ones are copied.
 *
 * Deviations from the standard, each made for a BMC:
 * - A line that is no known field, while the data so far is JSON that has not
 *   ended, belongs to the data (OME-Modular puts "data:" on the first line
 *   only). Where the break fell inside a string it is written as an escape.
 * - One event's data is bounded; ids and types are, too.
 */
#include "sse_frame.h"

#include <string.h>

#include "util/alloc.h"
#include "util/buffer.h"

/* An id returns in a request header, a type is one word. */
#define ID_MAX 512u
#define TYPE_MAX 128u

/* A field name and the colon come on top of the data in a line. */
#define LINE_EXTRA 64u

/* What an idle stream may keep allocated. */
#define KEEP_MAX 4096u

#define RETRY_MAX_DIGITS 9u

static const char bom[3] = "\xef\xbb\xbf";

/* How far the data is as JSON; only asked for lines without a field. */
struct json_progress {
    size_t scanned;
    unsigned depth;
    bool begun, foreign, in_string, escaped;
};

struct sse_frame {
    struct sse_frame_callbacks callbacks;
    size_t limit;
    struct buffer line; /* the start of a line that is cut */
    bool line_cut;      /* more of it was dropped */
    bool skip_lf;       /* a CR ended the last line */
    unsigned bom_seen;  /* bytes of a byte order mark; 3 when decided */

    struct buffer data;
    struct json_progress json;
    bool has_data, overflow, continued;
    char type[TYPE_MAX + 1];
    char *next_id; /* becomes last_id when the event is complete */
    char *last_id;

    usec_t retry;
    uint64_t comments;
};

struct sse_frame *sse_frame_new(size_t limit,
                                const struct sse_frame_callbacks *callbacks)
{
    struct sse_frame *f = XNEW(struct sse_frame);

    f->limit = limit;
    f->callbacks = *callbacks;
    return f;
}

void sse_frame_free(struct sse_frame *f)
{
    if (!f)
        return;
    buffer_done(&f->line);
    buffer_done(&f->data);
    free(f->next_id);
    free(f->last_id);
    free(f);
}

static void release_buffer(struct buffer *b)
{
    if (b->cap > KEEP_MAX)
        buffer_done(b);
    else
        buffer_clear(b);
}

static void json_scan(struct json_progress *j, char c)
{
    if (j->in_string) {
        if (j->escaped)
            j->escaped = false;
        else if (c == '\\')
            j->escaped = true;
        else if (c == '"')
            j->in_string = false;
        return;
    }
    if (c == '{' || c == '[') {
        j->begun = true;
        j->depth++;
    } else if (!j->begun) {
        j->foreign |= c != ' ' && c != '\t' && c != '\n';
    } else if (c == '"') {
        j->in_string = true;
    } else if ((c == '}' || c == ']') && j->depth > 0) {
        j->depth--;
    }
}

/* The data is JSON that has begun and not ended. */
static bool json_unfinished(struct sse_frame *f)
{
    struct json_progress *j = &f->json;

    while (!j->foreign && j->scanned < f->data.len)
        json_scan(j, f->data.data[j->scanned++]);
    return j->begun && !j->foreign && (j->depth > 0 || j->in_string);
}

static void add_data(struct sse_frame *f, const char *joint, const char *text,
                     size_t len)
{
    size_t more = len + (f->has_data ? strlen(joint) : 0);

    if (f->line_cut || more > f->limit || f->data.len > f->limit - more)
        f->overflow = true;
    if (f->overflow) {
        buffer_done(&f->data);
        return;
    }
    if (f->has_data)
        buffer_add_text(&f->data, joint);
    buffer_add(&f->data, text, len);
    f->has_data = true;
}

static void add_continuation(struct sse_frame *f, const char *line, size_t len)
{
    if (!f->has_data || f->overflow || !json_unfinished(f))
        return;
    f->continued = true;
    add_data(f, f->json.in_string && !f->json.escaped ? "\\n" : "\n", line,
             len);
}

static void set_id(struct sse_frame *f, const char *value, size_t len)
{
    if (f->line_cut || len > ID_MAX || memchr(value, '\0', len))
        return;
    free(f->next_id);
    f->next_id = xstrndup(value, len);
}

static void set_type(struct sse_frame *f, const char *value, size_t len)
{
    len = MIN_OF(len, TYPE_MAX);
    memcpy(f->type, value, len);
    f->type[len] = '\0';
}

static void set_retry(struct sse_frame *f, const char *value, size_t len)
{
    usec_t ms = 0;

    if (len == 0 || len > RETRY_MAX_DIGITS)
        return;
    for (size_t i = 0; i < len; i++) {
        if (value[i] < '0' || value[i] > '9')
            return;
        ms = 10 * ms + (usec_t)(value[i] - '0');
    }
    f->retry = ms * USEC_PER_MSEC;
}

static bool is_name(const char *line, size_t len, const char *name)
{
    return len == strlen(name) && memcmp(line, name, len) == 0;
}

static void read_field(struct sse_frame *f, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    size_t name = colon ? (size_t)(colon - line) : len;
    size_t skip = MIN_OF(name + 1, len);

    if (skip < len && line[skip] == ' ')
        skip++;
    if (is_name(line, name, "data"))
        add_data(f, "\n", line + skip, len - skip);
    else if (is_name(line, name, "id"))
        set_id(f, line + skip, len - skip);
    else if (is_name(line, name, "event"))
        set_type(f, line + skip, len - skip);
    else if (is_name(line, name, "retry"))
        set_retry(f, line + skip, len - skip);
    else
        add_continuation(f, line, len);
}

static void begin_event(struct sse_frame *f)
{
    release_buffer(&f->data);
    f->json = (struct json_progress){0};
    f->has_data = f->overflow = f->continued = false;
    f->type[0] = '\0';
}

/* An empty line. */
static void end_event(struct sse_frame *f)
{
    const struct sse_frame_callbacks *c = &f->callbacks;

    if (f->next_id) {
        free(f->last_id);
        f->last_id = TAKE(f->next_id);
    }
    if (f->overflow) {
        if (c->on_oversize)
            c->on_oversize(c->userdata, f->limit);
    } else if (f->has_data) {
        struct sse_frame_event event = {
            .data = f->data.data,
            .len = f->data.len,
            .id = f->last_id,
            .type = f->type,
            .continued = f->continued,
        };

        c->on_event(c->userdata, &event);
    }
    begin_event(f);
}

static void read_line(struct sse_frame *f, const char *line, size_t len)
{
    if (len == 0)
        end_event(f);
    else if (line[0] == ':')
        f->comments++;
    else
        read_field(f, line, len);
}

/* Keeps a piece of a line; what exceeds any event's limit is not kept. */
static void keep_piece(struct sse_frame *f, const char *data, size_t len)
{
    size_t limit = f->limit + LINE_EXTRA;
    size_t room = limit - MIN_OF(f->line.len, limit);

    if (len > room)
        f->line_cut = true;
    buffer_add(&f->line, data, MIN_OF(len, room));
}

/* A line's end was found `len` bytes into `data`. */
static void finish_line(struct sse_frame *f, const char *data, size_t len)
{
    if (f->line.len == 0 && len <= f->limit + LINE_EXTRA) {
        read_line(f, data, len);
    } else {
        keep_piece(f, data, len);
        read_line(f, f->line.data, f->line.len);
        release_buffer(&f->line);
    }
    f->line_cut = false;
}

/* Skips a byte order mark, which may come in pieces, at the very start. */
static size_t skip_bom(struct sse_frame *f, const char *data, size_t len)
{
    size_t i = 0;

    while (f->bom_seen < sizeof(bom) && i < len &&
           data[i] == bom[f->bom_seen]) {
        f->bom_seen++;
        i++;
    }
    if (f->bom_seen == sizeof(bom) || i == len)
        return i;
    keep_piece(f, bom, f->bom_seen); /* it was the start of something else */
    f->bom_seen = sizeof(bom);
    return i;
}

/*
 * Up to the end of the line. Byte by byte: looking for the one end and then
 * for the other would read all of a piece again for each line it holds.
 */
static size_t line_length(const char *data, size_t len)
{
    size_t i = 0;

    while (i < len && data[i] != '\n' && data[i] != '\r')
        i++;
    return i;
}

void sse_frame_feed(struct sse_frame *f, const char *data, size_t len)
{
    size_t i = 0, n;

    if (f->bom_seen < sizeof(bom))
        i = skip_bom(f, data, len);
    while (i < len) {
        if (f->skip_lf && data[i] == '\n') {
            f->skip_lf = false;
            i++;
            continue;
        }
        f->skip_lf = false;
        n = line_length(data + i, len - i);
        if (i + n == len) {
            keep_piece(f, data + i, n);
            return;
        }
        f->skip_lf = data[i + n] == '\r';
        finish_line(f, data + i, n);
        i += n + 1;
    }
}

bool sse_frame_end(struct sse_frame *f)
{
    bool begun = f->has_data || f->overflow || f->line.len > 0 || f->next_id;

    begin_event(f);
    release_buffer(&f->line);
    free(f->next_id);
    f->next_id = NULL;
    f->line_cut = f->skip_lf = false;
    f->bom_seen = 0;
    return begun;
}

void sse_frame_reset(struct sse_frame *f)
{
    (void)sse_frame_end(f);
    free(f->last_id);
    f->last_id = NULL;
    f->retry = 0;
    f->comments = 0;
}

const char *sse_frame_last_id(const struct sse_frame *f)
{
    return f->last_id;
}

usec_t sse_frame_retry(const struct sse_frame *f)
{
    return f->retry;
}

uint64_t sse_frame_comments(const struct sse_frame *f)
{
    return f->comments;
}
