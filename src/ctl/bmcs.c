/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl bmcs: how it stands with each BMC, as a table; all that is known
 * of one that is named.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/ask.h"
#include "ctl/ctl.h"
#include "ctl/say.h"
#include "ctl/table.h"
#include "util/alloc.h"

static const char usage[] =
    "Usage: trawlctl bmcs [OPTION]... [NAME]\n"
    "Says how it stands with each BMC, or with those whose name fits NAME,\n"
    "where * is any text; of a single one, all that is known.\n"
    "\n"
    "  -s, --state NAME     only those: starting, passive, listening,\n"
    "                       refused, locked, silent, left\n" //
    ASK_USAGE;

static const struct option long_options[] = {
    {"state", required_argument, NULL, 's'},
    ASK_OPTIONS,
};

static const char *const headings[] = {
    "NAME", "STATE", "BY", "LAST EVENT", "RECORDS", "VENDOR", "ERROR", NULL,
};

struct listing {
    struct ask ask;
    const char *name, *state;
    bool whole; /* of one BMC, all that is known */
    struct table *table;
    usec_t now;
};

/*
 * What is wrong with it now: an old error of one that is listened to is of no
 * interest in a list.
 */
static const char *trouble_of(const struct json_value *v)
{
    if (strcmp(ask_text(v, "state") ?: "", "listening") != 0)
        return ask_text(v, "error");
    return ask_text(v, "flow_broken") ? "a test event did not arrive" : NULL;
}

static void add_row(struct listing *l, const struct json_value *v)
{
    char age[TABLE_AGE_MAX];

    table_add(l->table, ask_text(v, "name"));
    table_add(l->table, ask_text(v, "state"));
    table_add(l->table, ask_text(v, "way"));
    table_add(l->table, table_ago(l->now, ask_time(v, "last_event"), age));
    table_add(l->table, ask_text(v, "records"));
    table_add(l->table, ask_text(v, "vendor"));
    table_add(l->table, trouble_of(v));
}

/* What it is called for people, in this order; `in`: within that member. */
static const struct {
    const char *in, *key, *label;
} facts[] = {
    {NULL, "url", "url"},
    {NULL, "state", "state"},
    {NULL, "since", "since"},
    {NULL, "way", "received by"},
    {NULL, "degraded", "degraded"},
    {NULL, "flow_broken", "flow broken"},
    {NULL, "receive", "configured"},
    {NULL, "last_event", "last event"},
    {NULL, "records", "records"},
    {NULL, "pushed_back", "pushed back"},
    {"clock", "text", "clock"},
    {NULL, "error", "last error"},
    {NULL, "error_text", "... means"},
    {NULL, "error_resolution", "... to do"},
    {NULL, "error_at", "... at"},
    {NULL, "next", "next attempt"},
    {NULL, "vendor", "vendor"},
    {NULL, "product", "product"},
    {NULL, "model", "model"},
    {NULL, "serial", "serial number"},
    {NULL, "uuid", "uuid"},
    {NULL, "firmware", "firmware"},
    {NULL, "redfish_version", "redfish"},
    {NULL, "event_service", "event service"},
    {NULL, "no_events", "no events"},
    {NULL, "dialect", "treated as"},
};

static void print_fact(const char *label, const struct json_value *v,
                       const char *key)
{
    _cleanup_(buffer_done) struct buffer out = {0};

    if (ask_add(&out, "%s", v, key))
        printf("  %-14s %s\n", label, out.data);
}

/* Members of an object (labels), or texts of a list, behind one label. */
static void print_members(const char *label, const struct json_value *v)
{
    struct json_walk walk;
    const struct json_value *member;
    const char *key;
    size_t len;

    if (!v)
        return;
    walk = json_in_walk(v);
    while ((member = json_in_next(&walk, &key, NULL))) {
        say(stdout, "  %-14s %s%s%s", label, key ? key : "", key ? ": " : "",
            json_in_text(member, &len));
        label = "";
    }
}

static void print_whole(const struct json_value *v)
{
    say(stdout, "%s", ask_text(v, "name"));
    for (size_t i = 0; i < ARRAY_LEN(facts); i++)
        print_fact(facts[i].label,
                   facts[i].in ? json_in_find(v, facts[i].in) : v,
                   facts[i].key);
    print_members("quirks", json_in_find(v, "quirks"));
    print_members("labels", json_in_find(v, "labels"));
}

static void on_line(const struct json_value *v, const char *line,
                    void *userdata)
{
    struct listing *l = userdata;

    if (l->ask.json)
        puts(line);
    else if (l->whole)
        print_whole(v);
    else
        add_row(l, v);
}

static bool read_options(int argc, char **argv, struct listing *l)
{
    int c;

    while ((c = getopt_long(argc, argv, "s:" ASK_SHORT, long_options, NULL)) !=
           -1) {
        if (c == 's')
            l->state = optarg;
        else if (!ask_option(&l->ask, c))
            return false;
    }
    if (argc - optind > 1)
        return false;
    l->name = argv[optind];
    /* A name without wildcards is one BMC at most: a page and no table. */
    l->whole = l->name && !strpbrk(l->name, "*?");
    return true;
}

static int run(int argc, char **argv)
{
    struct listing l = {.ask = ASK_NEW, .now = clock_real()};
    _cleanup_(buffer_done) struct buffer out = {0};
    bool good = read_options(argc, argv, &l);
    int status;

    if (ask_usage(&l.ask, good, usage, &status))
        return status;
    l.table = table_new(headings);
    ask_begin(&l.ask, "bmcs");
    json_writer_member(&l.ask.w, "bmc", l.name);
    json_writer_member(&l.ask.w, "state", l.state);
    status = ask_run(&l.ask, on_line, &l);
    table_write(l.table, &out);
    if (out.data)
        fputs(out.data, stdout);
    table_free(l.table);
    return status;
}

const struct ctl_command ctl_bmcs = {
    .name = "bmcs",
    .summary = "how it stands with each BMC",
    .run = run,
};
