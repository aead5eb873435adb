/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl status: is all well? On one screen, and in the exit status: 0 yes,
 * 1 somebody should see to something, 2 nobody could tell.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/ask.h"
#include "ctl/ctl.h"
#include "ctl/say.h"
#include "ctl/table.h"
#include "util/alloc.h"

#define CANNOT_TELL 2

static const char usage[] =
    "Usage: trawlctl status [OPTION]...\n"
    "Says whether all is well, and what needs attention.\n"
    "\n" //
    ASK_USAGE "\n"
    "The exit status is 0 if all is well, 1 if something needs attention, 2 "
    "if\n"
    "the daemon could not tell.\n";

static const struct option long_options[] = {ASK_OPTIONS};

static const char *const sink_headings[] = {
    "SINK", "STATE", "BACKLOG", "LAST SUCCESS", "ERROR", NULL,
};

struct status {
    struct ask ask;
    bool told, well;
};

/* "  listening 12, silent 1": what there is of each; "none" for none. */
static void print_counts(const char *label, const struct json_value *v)
{
    struct json_walk walk = json_in_walk(v);
    const struct json_value *member;
    const char *key, *text, *between = "";
    size_t len;

    printf("%-12s", label);
    while ((member = json_in_next(&walk, &key, NULL))) {
        text = json_in_text(member, &len);
        if (!text || strcmp(text, "0") == 0)
            continue;
        printf("%s%s %s", between, key, text);
        between = ", ";
    }
    puts(*between ? "" : "none");
}

static void print_self(const struct json_value *v, usec_t now)
{
    char age[TABLE_AGE_MAX];

    printf("%-12strawld %s on %s, up for %s, %s reload%s\n", "daemon",
           ask_text(v, "version"), ask_text(v, "collector"),
           table_age(now, ask_time(v, "started"), age), ask_text(v, "reloads"),
           ask_number(v, "reloads") == 1 ? "" : "s");
}

static void print_spool(const struct json_value *v)
{
    char waiting[TABLE_SIZE_MAX], room[TABLE_SIZE_MAX], lasts[TABLE_AGE_MAX];
    uint64_t seconds = ask_number(v, "lasts_seconds");
    /* Any time will do: only the span to it is written. */
    usec_t now = USEC_INFINITY / 2;

    printf("%-12s%s, %s of %s wait (%s %%), %s records a minute", "spool",
           ask_text(v, "state"),
           table_size(ask_number(v, "waiting_bytes"), waiting),
           table_size(ask_number(v, "room_bytes"), room),
           ask_text(v, "percent"), ask_text(v, "records_per_minute"));
    if (seconds)
        printf(": lasts %s without any sink",
               table_age(now, now - seconds * USEC_PER_SEC, lasts));
    putchar('\n');
}

/* The error stands last: it is as long as it likes. */
static void print_sinks(const struct json_value *list, usec_t now)
{
    struct json_walk walk = json_in_walk(list);
    struct table *table = table_new(sink_headings);
    _cleanup_(buffer_done) struct buffer out = {0};
    const struct json_value *v;
    char age[TABLE_AGE_MAX];

    while ((v = json_in_next(&walk, NULL, NULL))) {
        table_add(table, ask_text(v, "name"));
        table_add(table, ask_text(v, "state"));
        table_add(table, ask_text(v, "backlog"));
        table_add(table, table_ago(now, ask_time(v, "last_success"), age));
        table_add(table, ask_text(v, "error"));
    }
    table_write(table, &out);
    if (out.data)
        printf("\n%s", out.data);
    table_free(table);
}

static void print_attention(const struct json_value *list)
{
    struct json_walk walk = json_in_walk(list);
    const struct json_value *v;
    size_t len;

    puts(json_in_count(list) ? "\nNeeds attention:" : "\nAll is well.");
    /* With the words of whoever is at the far end of a sink. */
    while ((v = json_in_next(&walk, NULL, NULL)))
        say(stdout, "  %s", json_in_text(v, &len));
}

static void print_status(const struct json_value *v)
{
    usec_t now = clock_real();

    print_self(v, now);
    print_counts("bmcs", json_in_find(v, "bmcs"));
    print_counts("ways", json_in_find(v, "ways"));
    print_spool(json_in_find(v, "spool"));
    print_counts("conditions", json_in_find(v, "conditions"));
    print_sinks(json_in_find(v, "sinks"), now);
    print_attention(json_in_find(v, "attention"));
}

static void on_line(const struct json_value *v, const char *line,
                    void *userdata)
{
    struct status *s = userdata;
    const char *well = ask_text(v, "well");

    s->told = true; /* an answer without it is as bad as none */
    s->well = well && strcmp(well, "true") == 0;
    if (s->ask.json)
        puts(line);
    else
        print_status(v);
}

static int run(int argc, char **argv)
{
    struct status s = {.ask = ASK_NEW};
    bool good = true;
    int c, status;

    while ((c = getopt_long(argc, argv, ASK_SHORT, long_options, NULL)) != -1)
        good = good && ask_option(&s.ask, c);
    if (ask_usage(&s.ask, good && optind == argc, usage, &status))
        return status;
    ask_begin(&s.ask, "status");
    if (ask_run(&s.ask, on_line, &s) != CTL_DONE || !s.told)
        return CANNOT_TELL;
    return s.well ? CTL_DONE : CTL_FAILED;
}

const struct ctl_command ctl_status = {
    .name = "status",
    .summary = "is all well? what needs attention",
    .run = run,
};
