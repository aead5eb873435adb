/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl spool check: every segment, how far each sink is, the formats'
 * versions, and below it what is wrong and what to do. The end of the newest
 * segment is judged as the next start would; an unfinished write there is no
 * problem, for nobody was told that it was safe.
 */
#include <inttypes.h>
#include <stdio.h>

#include "ctl/spool_look.h"
#include "ctl/spool_parts.h"
#include "ctl/table.h"
#include "util/alloc.h"
#include "util/json_writer.h"

static const char *const kinds[] = {
    [SEGMENT_VALID] = "sound",     [SEGMENT_BLANK] = "prepared",
    [SEGMENT_BROKEN] = "damaged",  [SEGMENT_NEWER] = "newer",
    [SEGMENT_SWAPPED] = "foreign",
};

/* What it is for people: a good header alone makes no good segment. */
static const char *state_of(const struct inspect_segment *s)
{
    if (s->file.kind == SEGMENT_VALID && s->missing > 0)
        return "damaged";
    if (s->file.kind == SEGMENT_VALID && s->newest && !s->sealed)
        return "open";
    return kinds[s->file.kind];
}

static void add_cell(struct table *t, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, number);
    table_add(t, text);
}

static void add_time(struct table *t, usec_t time)
{
    char text[CLOCK_TEXT_MAX] = "";

    if (time > 0)
        clock_format(time, 0, text);
    table_add(t, text);
}

static void print_segments(const struct inspect *in, struct buffer *out)
{
    static const char *const headings[] = {
        "SEGMENT", "BYTES", "RECORDS", "FIRST", "LAST",
        "FROM",    "TO",    "SUMS",    "STATE", NULL};
    _cleanup_(table_freep) struct table *t = table_new(headings);

    for (size_t i = 0; i < in->count; i++) {
        const struct inspect_segment *s = &in->segments[i];

        add_cell(t, s->file.number);
        add_cell(t, s->file.size);
        add_cell(t, s->records);
        add_cell(t, s->first_seq);
        add_cell(t, s->last_seq);
        add_time(t, s->first_time);
        add_time(t, s->last_time);
        add_cell(t, s->checkpoint_seq);
        table_add(t, state_of(s));
    }
    table_write(t, out);
}

static void print_cursors(const struct spool_look *look, struct buffer *out)
{
    static const char *const headings[] = {
        "SINK", "CURSOR", "DELIVERED", "REFUSED", "SKIPPED", "STATE", NULL};
    _cleanup_(table_freep) struct table *t = table_new(headings);

    for (size_t i = 0; i < look->cursor_count; i++) {
        const struct spool_look_cursor *c = &look->cursors[i];

        table_add(t, c->sink);
        add_cell(t, c->state.seq);
        add_cell(t, c->state.delivered);
        add_cell(t, c->state.refused);
        add_cell(t, c->state.skipped);
        table_add(t, c->found == CURSOR_READ ? "sound" : "damaged");
    }
    if (look->cursor_count > 0)
        buffer_add_char(out, '\n');
    table_write(t, out);
}

static void print_formats(const struct spool_look *look, struct buffer *out)
{
    buffer_printf(out, "\nformats: segments %u, cursors %d", SEGMENT_VERSION,
                  CURSOR_VERSION);
    if (look->state_version > 0)
        buffer_printf(out, ", state %" PRId64 " (up to record %" PRIu64 ")",
                      look->state_version, look->state_applied);
    buffer_printf(out,
                  "\nquarantine: %" PRIu64 " files, %" PRIu64 " bytes; they "
                  "count against spool.max_size\n",
                  look->quarantine_count, look->quarantine_size);
    if (look->holder > 0)
        buffer_printf(out, "in use by process %d\n", (int)look->holder);
}

static void print_words(const struct spool_look *look, struct buffer *out)
{
    for (size_t i = 0; i < look->word_count; i++)
        buffer_printf(out, "%s: %s\n",
                      look->words[i].is_problem ? "problem" : "note",
                      look->words[i].text);
    if (look->problems == 0)
        buffer_add_text(out, "the spool is sound\n");
}

static void print_for_people(const struct spool_look *look)
{
    _cleanup_(buffer_done) struct buffer out = {0};

    print_segments(&look->in, &out);
    print_cursors(look, &out);
    print_formats(look, &out);
    print_words(look, &out);
    fputs(out.data, stdout);
}

static void number(struct json_writer *w, const char *key, uint64_t value)
{
    json_writer_key(w, key);
    json_writer_u64(w, value);
}

static void time_member(struct json_writer *w, const char *key, usec_t time)
{
    char text[CLOCK_TEXT_MAX];

    if (time > 0)
        json_writer_member(w, key, (clock_format(time, 6, text), text));
}

/* Each thing is a line of its own and says what kind it is. */
static void begin(struct json_writer *w, struct buffer *out, const char *kind)
{
    json_writer_init(w, out);
    json_writer_open_object(w);
    json_writer_member(w, "kind", kind);
}

static void end(struct json_writer *w)
{
    json_writer_close_object(w);
    buffer_add_char(w->out, '\n');
}

static void write_segment(const struct inspect_segment *s, struct buffer *out)
{
    struct json_writer w;

    begin(&w, out, "segment");
    number(&w, "number", s->file.number);
    json_writer_member(&w, "state", state_of(s));
    number(&w, "bytes", s->file.size);
    number(&w, "records", s->records);
    number(&w, "missing", s->missing);
    number(&w, "first", s->first_seq);
    number(&w, "last", s->last_seq);
    time_member(&w, "from", s->first_time);
    time_member(&w, "to", s->last_time);
    time_member(&w, "created", s->file.created);
    number(&w, "sums", s->checkpoint_seq);
    number(&w, "torn", s->torn);
    end(&w);
}

static void write_cursor(const struct spool_look_cursor *c, struct buffer *out)
{
    struct json_writer w;

    begin(&w, out, "cursor");
    json_writer_member(&w, "sink", c->sink);
    json_writer_member(&w, "state",
                       c->found == CURSOR_READ ? "sound" : "damaged");
    number(&w, "sequence", c->state.seq);
    number(&w, "delivered", c->state.delivered);
    number(&w, "refused", c->state.refused);
    number(&w, "skipped", c->state.skipped);
    end(&w);
}

static void write_rest(const struct spool_look *look, struct buffer *out)
{
    struct json_writer w;

    for (size_t i = 0; i < look->word_count; i++) {
        begin(&w, out, look->words[i].is_problem ? "problem" : "note");
        json_writer_member(&w, "text", look->words[i].text);
        end(&w);
    }
    begin(&w, out, "spool");
    json_writer_member(&w, "directory", look->directory);
    number(&w, "segment_format", SEGMENT_VERSION);
    number(&w, "cursor_format", CURSOR_VERSION);
    number(&w, "state_format", (uint64_t)look->state_version);
    number(&w, "state_sequence", look->state_applied);
    number(&w, "quarantine_files", look->quarantine_count);
    number(&w, "quarantine_bytes", look->quarantine_size);
    number(&w, "holder", (uint64_t)look->holder);
    number(&w, "problems", look->problems);
    end(&w);
}

static void print_json(const struct spool_look *look)
{
    _cleanup_(buffer_done) struct buffer out = {0};

    for (size_t i = 0; i < look->in.count; i++)
        write_segment(&look->in.segments[i], &out);
    for (size_t i = 0; i < look->cursor_count; i++)
        write_cursor(&look->cursors[i], &out);
    write_rest(look, &out);
    fputs(out.data, stdout);
}

enum spool_verdict spool_check(const struct spool_wishes *w)
{
    _cleanup_free_ char *directory = place_spool(&w->place);
    struct spool_look look;
    struct error err = {""};
    enum spool_verdict verdict;
    int r = place_check(directory, &err);

    r = r < 0 ? r : spool_look_run(directory, &look, &err);
    if (r < 0) {
        place_complain(r, &err);
        return SPOOL_UNREADABLE;
    }
    if (w->json)
        print_json(&look);
    else
        print_for_people(&look);
    /*
     * The worse one counts: of what cannot be read nobody knows whether it is
     * sound.
     */
    verdict = look.unreadable     ? SPOOL_UNREADABLE
              : look.problems > 0 ? SPOOL_PROBLEMS
                                  : SPOOL_SOUND;
    spool_look_done(&look);
    return verdict;
}
