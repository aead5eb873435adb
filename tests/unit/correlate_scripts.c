/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stories of conditions as scripts, tests/conditions/NAME.script; adding a
 * case is adding a script. A line of a script is one of
 *
 *   rule {…}, route {…}, correlate {…}   of the configuration, at the top
 *   served {…}                           a registry that all BMCs serve
 *   TIME BMC MESSAGE "ARGUMENT"… [WORD VALUE]…     an event arrives ("-": it
 *        has no MessageId)
 *        at ORIGIN, id EVENTID, via SOURCE, severity S, entry LOGENTRY,
 *        number LOGNUMBER, repaired yes (a log entry that says it is over),
 *        wide N (its origin has so many bytes), says TEXT (with _ for blanks),
 *        dated TIME (when the BMC says it happened; "never": it says nothing)
 *   TIME                                 time goes on until then
 *   > LINE                               what comes out of the line before
 *   open LINE                            and all that is open then, in order
 *   save                                 the projector keeps all there is
 *   restart, restart saved               a crash; from the spool, or from
 *                                        what was saved and the spool after
 *   lose N                               the spool's first N records are gone
 *   remove BMC                           it leaves the configuration
 *   close "WHY"                          an operator closes what is open
 *
 * TIME is 1d12:30:00 or 12:30:00. What comes out is one line for each record:
 * its number, what became of it, state, key, arguments, xCOUNT, what it
 * clears (numbers of records), how long that lasted, the sinks if there are
 * routes, and the quirks in parentheses.
 */
#include <ctype.h>

#include "virtual.h"

#define WORDS_MAX 24

struct script {
    const char *name;
    struct virtual_world w;
    struct buffer got, wanted; /* of the step that runs */
    struct buffer removed;     /* names of BMCs */
    struct buffer rules, routes, correlate;
    unsigned step, line;
    size_t shown; /* records that were compared */
    usec_t begin;
    bool begun, failed;
};

static const char *const bmcs[] = {"n1", "n2", "n3"};

static void configure(struct script *s, struct buffer *out)
{
    buffer_add_text(out, "bmcs:\n");
    for (size_t i = 0; i < ARRAY_LEN(bmcs); i++)
        if (!s->removed.len || strcmp(s->removed.data, bmcs[i]) != 0)
            buffer_printf(out,
                          "- {name: %s, url: \"http://10.0.0.%zu\","
                          " receive: sse}\n",
                          bmcs[i], i + 1);
    buffer_add_text(out, "sinks: {one: {type: file, path: \"-\"},"
                         " two: {type: file, path: \"-\"}}\nroutes:\n");
    buffer_add_text(out, s->routes.len ? s->routes.data : "- {to: one}\n");
    if (s->rules.len)
        buffer_printf(out, "conditions:\n%s", s->rules.data);
    if (s->correlate.len)
        buffer_printf(out, "correlate: %s\n", s->correlate.data);
}

static void begin(struct script *s)
{
    _cleanup_(buffer_done) struct buffer yaml = {0};

    if (s->begun)
        return;
    configure(s, &yaml);
    virtual_begin(&s->w, yaml.data);
    s->begin = s->w.now;
    s->begun = true;
}

/* The number of the first record with that id. */
static size_t number_of(const struct script *s, const char *id)
{
    for (size_t i = 0; i < s->w.count; i++)
        if (strcmp(event_text(s->w.records[i], EVENT_ID, NULL) ?: "", id) == 0)
            return i + 1;
    return 0;
}

static void add_list(struct buffer *out, const struct event *e,
                     enum event_field f, const char *format)
{
    size_t cursor = 0;
    const char *text;

    while ((text = event_next(e, f, &cursor, NULL)))
        buffer_printf(out, format, text);
}

static void add_cleared(const struct script *s, const struct event *e,
                        struct buffer *out)
{
    size_t cursor = 0;
    const char *id;

    if (!event_has(e, EVENT_CONDITION_CLEARS))
        return;
    buffer_add_text(out, " clears");
    while ((id = event_next(e, EVENT_CONDITION_CLEARS, &cursor, NULL)))
        buffer_printf(out, " %zu", number_of(s, id));
}

static void add_record(const struct script *s, size_t i, struct buffer *out)
{
    const struct event *e = s->w.records[i];
    enum outcome o = (enum outcome)event_int(e, EVENT_OUTCOME, 0);
    int64_t count = event_int(e, EVENT_CONDITION_COUNT, 0);
    int64_t duration = event_int(e, EVENT_CONDITION_DURATION, -1);

    buffer_printf(out, "%zu %s", i + 1,
                  ledger_outcome_reason(o) ?: ledger_outcome_kind(o));
    if (o != OUTCOME_SUPPRESSED_DUPLICATE)
        buffer_printf(out, " %s",
                      event_text(e, EVENT_CONDITION_STATE, NULL) ?: "-");
    buffer_printf(out, " %s", event_text(e, EVENT_KEY, NULL) ?: "-");
    add_list(out, e, EVENT_ARG, " \"%s\"");
    if (count > 0)
        buffer_printf(out, " x%lld", (long long)count);
    add_cleared(s, e, out);
    if (duration >= 0)
        buffer_printf(out, " after %llds", (long long)duration);
    if (s->routes.len) {
        buffer_add_text(out, event_has(e, EVENT_SINK) ? " to" : "");
        add_list(out, e, EVENT_SINK, " %s");
    }
    add_list(out, e, EVENT_QUIRK, " (%s)");
    buffer_add_char(out, '\n');
}

/* What came out and what was wanted, before the next step. */
static void compare(struct script *s)
{
    if (!s->begun)
        return;
    for (; s->shown < s->w.count; s->shown++)
        add_record(s, s->shown, &s->got);
    if (s->step > 0)
        s->failed |= !is_text(s->got.data ?: "", s->wanted.data ?: "", "%s:%u",
                              s->name, s->step);
    buffer_clear(&s->got);
    buffer_clear(&s->wanted);
    s->got.len = s->wanted.len = 0;
    if (s->got.data)
        *s->got.data = '\0';
    if (s->wanted.data)
        *s->wanted.data = '\0';
}

static bool read_time(const char *text, usec_t *ret)
{
    unsigned d = 0, h, m, sec;
    int len = 0;

    if (sscanf(text, "%ud%u:%u:%u%n", &d, &h, &m, &sec, &len) == 4 ||
        (d = 0, sscanf(text, "%u:%u:%u%n", &h, &m, &sec, &len) == 3)) {
        *ret = d * USEC_PER_DAY + h * USEC_PER_HOUR + m * USEC_PER_MINUTE +
               sec * USEC_PER_SEC;
        return text[len] == '\0';
    }
    return false;
}

/* Words, and "quoted words" without their quotes but with a mark. */
static size_t split(char *line, char *words[WORDS_MAX], bool *quoted)
{
    size_t count = 0;

    while (*(line += strspn(line, " ")) && count < WORDS_MAX) {
        quoted[count] = *line == '"';
        line += quoted[count];
        words[count] = line;
        line += strcspn(line, quoted[count] ? "\"" : " ");
        if (*line)
            *line++ = '\0';
        count++;
    }
    return count;
}

static void set_wide(struct event *e, const char *size)
{
    size_t len = strtoul(size, NULL, 10);
    _cleanup_free_ char *origin = xcalloc(1, len + 1);

    memset(origin, '/', len);
    event_set_text(e, EVENT_ORIGIN, origin, len);
}

static void set_text(struct event *e, const char *value)
{
    _cleanup_free_ char *text = xstrdup(value);

    for (char *c = text; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    event_set(e, EVENT_MESSAGE, text);
}

static void set_word(struct script *s, struct event *e, const char *word,
                     const char *value)
{
    usec_t time;

    if (strcmp(word, "at") == 0)
        event_set(e, EVENT_ORIGIN, value);
    else if (strcmp(word, "wide") == 0)
        set_wide(e, value);
    else if (strcmp(word, "id") == 0)
        event_set(e, EVENT_EVENT_ID, value);
    else if (strcmp(word, "via") == 0)
        event_set(e, EVENT_SOURCE, value);
    else if (strcmp(word, "entry") == 0)
        event_set(e, EVENT_LOG_ENTRY, value);
    else if (strcmp(word, "number") == 0)
        event_set(e, EVENT_LOG_NUMBER, value);
    else if (strcmp(word, "says") == 0)
        set_text(e, value);
    else if (strcmp(word, "repaired") == 0)
        event_set_int(e, EVENT_REPAIRED, 1);
    else if (strcmp(word, "severity") == 0)
        event_set_int(e, EVENT_SEVERITY,
                      event_severity_parse(value, strlen(value)));
    else if (strcmp(word, "dated") == 0 && read_time(value, &time))
        event_set_int(e, EVENT_TIME, (int64_t)(s->begin + time));
    else if (strcmp(word, "dated") == 0)
        event_set_int(e, EVENT_TIME, (int64_t)(s->w.now));
    else
        s->failed |=
            !ok(false, "%s:%u: '%s' is a word", s->name, s->line, word);
}

/* BMCs count in seconds; what they say takes half of one to arrive. */
static void take(struct script *s, char **words, const bool *quoted,
                 size_t count)
{
    _cleanup_(event_freep) struct event *e = event_new();

    event_set(e, EVENT_BMC_NAME, words[0]);
    if (strcmp(words[1], "-") != 0)
        event_set(e, EVENT_MESSAGE_ID, words[1]);
    event_set(e, EVENT_SOURCE, "webhook");
    event_set_int(e, EVENT_RECEIVED, (int64_t)s->w.now);
    event_set_int(e, EVENT_TIME, (int64_t)(s->w.now - USEC_PER_SEC / 2));
    for (size_t i = 2; i < count; i++)
        if (quoted[i])
            event_add(e, EVENT_ARG, words[i], strlen(words[i]));
    for (size_t i = 2; i + 1 < count; i++)
        if (!quoted[i]) {
            set_word(s, e, words[i], words[i + 1]);
            i++;
        }
    virtual_resolve(&s->w, e);
    virtual_take(&s->w, e);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted: no order is promised. */
static void show_open(struct script *s, struct buffer *out)
{
    const struct conditions *t = correlate_conditions(s->w.correlator);
    const struct condition_bmc *bmc;
    size_t cursor = 0, count = 0, cap = 0;
    char **lines = NULL;

    while ((bmc = conditions_next_bmc(t, &cursor)))
        for (const struct condition *c = bmc->list; c; c = c->next) {
            const char *quote = c->args_len ? "\"" : "";

            if (!condition_is_open(&c->row))
                continue;
            lines = xgrow(lines, &cap, count + 1, sizeof(*lines));
            lines[count++] =
                xasprintf("open %s %s%s%s%s%s x%llu\n", bmc->name,
                          c->message->parts[2], c->args_len ? " " : "", quote,
                          c->args_len ? c->text + c->origin_len + 1 : "", quote,
                          (unsigned long long)c->row.count);
        }
    if (count > 0)
        qsort(lines, count, sizeof(*lines), by_text);
    for (size_t i = 0; i < count; i++) {
        buffer_add_text(out, lines[i]);
        free(lines[i]);
    }
    free(lines);
}

static void remove_bmc(struct script *s, const char *name)
{
    _cleanup_(buffer_done) struct buffer yaml = {0};
    struct config *before = s->w.config;

    buffer_add_text(&s->removed, name);
    configure(s, &yaml);
    virtual_read_config(&s->w, yaml.data);
    virtual_connect(&s->w);
    config_free(before);
    virtual_advance(&s->w, s->w.now);
}

static void close_open(struct script *s, const char *why)
{
    const struct conditions *t = correlate_conditions(s->w.correlator);
    const struct condition_bmc *bmc;
    size_t cursor = 0;
    uint8_t id[CONDITION_KEY_LEN];
    char hex[2 * CONDITION_KEY_LEN + 1];

    while ((bmc = conditions_next_bmc(t, &cursor)))
        if (bmc->list) {
            condition_id(&bmc->list->row, id);
            digest_hex(id, sizeof(id), hex);
            ok(!correlate_clear(s->w.correlator, "no such id", why, s->w.now),
               "%s: an id that nobody has closes nothing", s->name);
            correlate_clear(s->w.correlator, hex, why, s->w.now);
            return;
        }
}

static void run_step(struct script *s, char *line)
{
    char *words[WORDS_MAX];
    bool quoted[WORDS_MAX];
    size_t count;
    usec_t time;

    begin(s);
    compare(s);
    s->step = s->line;
    count = split(line, words, quoted);
    if (count > 0 && read_time(words[0], &time)) {
        virtual_advance(&s->w, s->begin + time);
        if (count > 2)
            take(s, words + 1, quoted + 1, count - 1);
    } else if (strcmp(words[0], "save") == 0) {
        virtual_save(&s->w);
    } else if (strcmp(words[0], "restart") == 0) {
        virtual_restart(&s->w, count > 1);
        virtual_advance(&s->w, s->w.now);
    } else if (strcmp(words[0], "lose") == 0 && count > 1) {
        s->w.first = strtoul(words[1], NULL, 10);
    } else if (strcmp(words[0], "remove") == 0 && count > 1) {
        remove_bmc(s, words[1]);
    } else if (strcmp(words[0], "close") == 0 && count > 1) {
        close_open(s, words[1]);
    } else {
        ok(false, "%s:%u: '%s' is understood", s->name, s->line, words[0]);
    }
}

/* "open" alone means that nothing is. */
static void want_open(struct script *s, const char *line)
{
    bool again = s->wanted.len > 0 && s->got.len > 0 &&
                 strncmp(s->got.data, "open", 4) == 0;

    if (!again) {
        compare(s);
        s->step = s->line;
        show_open(s, &s->got);
    }
    if (line[4])
        buffer_printf(&s->wanted, "%s\n", line);
}

static void serve(struct script *s, const char *json)
{
    begin(s);
    if (!virtual_serve(&s->w, json))
        s->failed |= !ok(false, "%s:%u: it is a registry", s->name, s->line);
}

static void run_line(struct script *s, char *line)
{
    size_t len = strlen(line);

    while (len > 0 && isspace((unsigned char)line[len - 1]))
        line[--len] = '\0';
    line += strspn(line, " ");
    if (!*line || *line == '#')
        return;
    if (strncmp(line, "rule ", 5) == 0)
        buffer_printf(&s->rules, "- %s\n", line + 5);
    else if (strncmp(line, "route ", 6) == 0)
        buffer_printf(&s->routes, "- %s\n", line + 6);
    else if (strncmp(line, "correlate ", 10) == 0)
        buffer_add_text(&s->correlate, line + 10);
    else if (strncmp(line, "served ", 7) == 0)
        serve(s, line + 7);
    else if (*line == '>')
        buffer_printf(&s->wanted, "%s\n", line + 1 + strspn(line + 1, " "));
    else if (strncmp(line, "open", 4) == 0)
        want_open(s, line);
    else
        run_step(s, line);
}

static void run_script(const char *directory, const char *name)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", directory, name);
    _cleanup_(buffer_done) struct buffer text = {0};
    struct script s = {.name = name};
    char *rest, *line;

    if (file_read(path, 1 << 20, &text, NULL) < 0) {
        ok(false, "%s can be read", path);
        return;
    }
    rest = text.data;
    while ((line = strsep(&rest, "\n"))) {
        s.line++;
        run_line(&s, line);
    }
    compare(&s);
    ok(s.begun && virtual_conserves(&s.w), "%s: conservation holds", name);
    virtual_end(&s.w);
    buffer_done(&s.got);
    buffer_done(&s.wanted);
    buffer_done(&s.removed);
    buffer_done(&s.rules);
    buffer_done(&s.routes);
    buffer_done(&s.correlate);
}

int main(int argc, char **argv)
{
    const char *directory = TEST_SRCDIR "/tests/conditions";
    struct error err = {""};
    char **names = NULL;
    size_t count = 0;

    file_list(directory, ".script", &names, &count, &err);
    ok(count > 0, "there are scripts in tests/conditions");
    for (size_t i = 0; i < count; i++) {
        if (argc < 2 || strstr(names[i], argv[1]))
            run_script(directory, names[i]);
        free(names[i]);
    }
    free(names);
    return done_testing();
}
