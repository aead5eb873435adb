/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See spool_look.h. Each thing is read first and judged then, by what the next
 * start would make of it: what that mends by itself is a note, what it cannot
 * mend, or what is lost, is a problem.
 */
#include "ctl/spool_look.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/spool_parts.h"
#include "spool/lock.h"
#include "state.h"
#include "util/alloc.h"
#include "util/ends_in.h"
#include "util/file.h"

#define CURSOR "cursor-"
#define DAMAGED ".damaged"

char *spool_beside(const char *directory, const char *name)
{
    _cleanup_free_ char *copy = xstrdup(directory);

    return xasprintf("%s/%s", dirname(copy), name);
}

static _printf_(3, 4) void say(struct spool_look *l, bool is_problem,
                               const char *format, ...)
{
    struct spool_look_word word = {.is_problem = is_problem};
    va_list args;

    va_start(args, format);
    word.text = xvasprintf(format, args);
    va_end(args);
    l->words =
        xgrow(l->words, &l->word_cap, l->word_count + 1, sizeof(*l->words));
    l->words[l->word_count++] = word;
    l->problems += is_problem;
}

static void judge_header(struct spool_look *l, const struct inspect_segment *s)
{
    uint64_t n = s->file.number;

    switch (s->file.kind) {
    case SEGMENT_VALID:
    case SEGMENT_BLANK:
        return;
    case SEGMENT_NEWER:
    case SEGMENT_SWAPPED:
        say(l, true,
            "segment %" PRIu64 " was written by %s: trawld does not start "
            "with it; nothing is known of what is in it",
            n,
            s->file.kind == SEGMENT_NEWER ? "a newer version of Trawl"
                                          : "a machine of another byte order");
        l->unreadable = true;
        return;
    case SEGMENT_BROKEN:
        break;
    }
    if (s->file.first_seq > 0)
        say(l, true,
            "segment %" PRIu64 ": its header is damaged, its records are not "
            "affected; repair writes it anew",
            n);
    else
        say(l, true,
            "segment %" PRIu64 ": nothing in it can be read; repair, or the "
            "next start, puts it aside",
            n);
}

/* The end of what is written: a daemon may be at it just now. */
static void judge_end(struct spool_look *l, const struct inspect_segment *s)
{
    if (!s->newest || s->torn == 0 || l->holder > 0)
        return;
    if (s->unvouched > 0)
        say(l, true,
            "segment %" PRIu64 ": %" PRIu64 " records stand behind a gap in "
            "its unfinished end; no BMC was answered for them, and the next "
            "start cuts them off: export them first if you want them",
            s->file.number, s->unvouched);
    else
        say(l, false,
            "segment %" PRIu64 ": %" PRIu64 " bytes at its end are an "
            "unfinished write, for which no BMC was answered; the next start "
            "cuts them off",
            s->file.number, s->torn);
}

/* The first good header counts for all, as it does at a start. */
static const uint8_t *uuid_of(const struct inspect *in)
{
    for (size_t i = 0; i < in->count; i++)
        if (in->segments[i].file.kind == SEGMENT_VALID)
            return in->segments[i].uuid;
    return NULL;
}

static void judge_segments(struct spool_look *l)
{
    const uint8_t *uuid = uuid_of(&l->in);

    for (size_t i = 0; i < l->in.count; i++) {
        const struct inspect_segment *s = &l->in.segments[i];

        judge_header(l, s);
        if (s->file.kind == SEGMENT_VALID &&
            memcmp(uuid, s->uuid, SEGMENT_UUID_LEN) != 0)
            say(l, true,
                "segment %" PRIu64 " is of another spool: trawld does not "
                "start with it; move it away",
                s->file.number);
        if (s->missing > 0)
            say(l, true,
                "segment %" PRIu64 ": %" PRIu64 " records cannot be read; the "
                "disk has lost them, all others are good",
                s->file.number, s->missing);
        judge_end(l, s);
    }
}

static uint64_t first_of(const struct inspect *in)
{
    for (size_t i = 0; i < in->count; i++)
        if (in->segments[i].file.first_seq > 0)
            return in->segments[i].file.first_seq;
    return 0;
}

static uint64_t last_of(const struct inspect *in)
{
    uint64_t last = 0;

    for (size_t i = 0; i < in->count; i++)
        last = MAX_OF(last, in->segments[i].last_seq);
    return last;
}

/*
 * The cursors were read after the segments: beside a daemon they may be ahead
 * of what was seen.
 */
static void judge_cursor(struct spool_look *l,
                         const struct spool_look_cursor *c)
{
    uint64_t first = first_of(&l->in), last = last_of(&l->in);

    if (c->found != CURSOR_READ)
        say(l, true,
            "sink %s: its cursor is damaged; the next start sends it "
            "everything that the spool has",
            c->sink);
    else if (last > 0 && c->state.seq > last && l->holder == 0)
        say(l, true,
            "sink %s: its cursor is of another spool, at record %" PRIu64
            " of %" PRIu64 "; the next start sends it everything",
            c->sink, c->state.seq, last);
    else if (first > c->state.seq + 1 && l->holder == 0)
        say(l, true,
            "sink %s: records %" PRIu64 " to %" PRIu64
            " have left the spool before it had dealt with them",
            c->sink, c->state.seq + 1, first - 1);
}

static void look_at_cursor(struct spool_look *l, const char *sink)
{
    struct spool_look_cursor c = {.found = CURSOR_LOST};
    struct error err = {""};
    int r = cursor_look(l->directory, sink, &c.state, &c.found, &err);

    if (r < 0) {
        say(l, true, "%s", err.text);
        l->unreadable |= r == -EPROTONOSUPPORT;
        return;
    }
    c.sink = xstrdup(sink);
    l->cursors[l->cursor_count++] = c;
    judge_cursor(l, &c);
}

/* The other files of the folder. */
static int look_at_folder(struct spool_look *l, struct error *err)
{
    char **names;
    size_t count;
    int r = file_list(l->directory, "", &names, &count, err);

    if (r < 0)
        return r;
    l->cursors = xcalloc(count + 1, sizeof(*l->cursors));
    for (size_t i = 0; i < count; i++) {
        if (strncmp(names[i], CURSOR, strlen(CURSOR)) == 0)
            look_at_cursor(l, names[i] + strlen(CURSOR));
        else if (ends_in(names[i], DAMAGED))
            say(l, false, "%s was put aside by an earlier start", names[i]);
        free(names[i]);
    }
    free(names);
    return 0;
}

/*
 * The state is made again from the spool if need be. While a daemon has it,
 * or when one died with it, its last word is not in the file alone.
 */
static void look_at_state(struct spool_look *l)
{
    _cleanup_free_ char *path = spool_beside(l->directory, "state.db");
    _cleanup_free_ char *log = xasprintf("%s-wal", path);
    struct error err = {""};

    if (access(path, F_OK) < 0 || access(log, F_OK) == 0 || l->holder > 0)
        return;
    if (state_look(path, &l->state_version, &l->state_applied, &err) < 0)
        say(l, true, "%s: %s; the next start makes it again from the spool",
            path, err.text);
}

static void look_at_quarantine(struct spool_look *l)
{
    _cleanup_free_ char *folder = spool_beside(l->directory, "quarantine");
    struct stat st;
    char **names;
    size_t count;

    if (file_list(folder, ".json", &names, &count, NULL) < 0)
        return;
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", folder, names[i]);

        if (stat(path, &st) == 0)
            l->quarantine_size += (uint64_t)st.st_size;
        free(names[i]);
    }
    l->quarantine_count = count;
    free(names);
}

int spool_look_run(const char *directory, struct spool_look *ret,
                   struct error *err)
{
    struct spool_look l = {.directory = directory};
    int r = inspect_run(directory, &l.in, err);

    l.holder = lock_holder(directory);
    /* trawlctl spool repair holds the lock itself while it looks. */
    if (l.holder == getpid())
        l.holder = 0;
    if (r == 0) {
        judge_segments(&l);
        r = look_at_folder(&l, err);
    }
    if (r < 0) {
        spool_look_done(&l);
        return r;
    }
    look_at_state(&l);
    look_at_quarantine(&l);
    *ret = l;
    return 0;
}

void spool_look_done(struct spool_look *l)
{
    inspect_done(&l->in);
    for (size_t i = 0; i < l->cursor_count; i++)
        free(l->cursors[i].sink);
    for (size_t i = 0; i < l->word_count; i++)
        free(l->words[i].text);
    free(l->cursors);
    free(l->words);
}
