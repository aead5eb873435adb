/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl subscriptions: what stands at the BMCs, of ours and of others. Of
 * the others it only says how many there are: they take up room, which is the
 * reason of many a refusal, but whose they are is not ours to judge.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/ask.h"
#include "ctl/ctl.h"
#include "ctl/table.h"
#include "util/alloc.h"
#include "util/clock.h"

static const char usage[] =
    "Usage: trawlctl subscriptions [OPTION]...\n"
    "Lists the webhook subscriptions that Trawl keeps at BMCs: where each is,\n"
    "what it was made of, when it was last seen, whether events were proved\n"
    "to flow, and how many of others stand beside it; and those that may be\n"
    "left at BMCs that are not configured any more.\n"
    "\n"
    "  -b, --bmc GLOB       only of these BMCs\n" //
    ASK_USAGE;

static const struct option long_options[] = {
    {"bmc", required_argument, NULL, 'b'},
    ASK_OPTIONS,
};

static const char *const headings[] = {
    "BMC", "CHECKED", "PROVED", "OTHERS", "STREAMS", "URI", "MADE OF", NULL,
};

struct listing {
    struct ask ask;
    const char *bmc;
    struct table *table;
    usec_t now;
};

static void add_row(struct listing *l, const struct json_value *v)
{
    char age[TABLE_AGE_MAX];

    table_add(l->table, ask_text(v, "bmc"));
    table_add(l->table, table_ago(l->now, ask_time(v, "checked"), age));
    table_add(l->table, strcmp(ask_text(v, "proof_broken") ?: "", "true") == 0
                            ? "failed"
                            : table_ago(l->now, ask_time(v, "proved"), age));
    table_add(l->table, ask_text(v, "strangers"));
    table_add(l->table, ask_text(v, "streams"));
    table_add(l->table, ask_text(v, "uri"));
    table_add(l->table, ask_text(v, "body"));
}

/* It was neither looked at nor proved: the BMC is not configured any more. */
static void add_leftover(struct listing *l, const struct json_value *v)
{
    _cleanup_free_ char *text =
        xasprintf("left behind at %s", ask_text(v, "url"));

    table_add(l->table, ask_text(v, "bmc"));
    for (int i = 0; i < 4; i++)
        table_add(l->table, NULL);
    table_add(l->table, ask_text(v, "uri"));
    table_add(l->table, text);
}

static void on_line(const struct json_value *v, const char *line,
                    void *userdata)
{
    struct listing *l = userdata;

    if (l->ask.json)
        puts(line);
    else if (ask_text(v, "leftover"))
        add_leftover(l, v);
    else
        add_row(l, v);
}

static bool read_options(int argc, char **argv, struct listing *l)
{
    int c;

    while ((c = getopt_long(argc, argv, "b:" ASK_SHORT, long_options, NULL)) !=
           -1) {
        if (c == 'b')
            l->bmc = optarg;
        else if (!ask_option(&l->ask, c))
            return false;
    }
    return optind == argc;
}

static int run(int argc, char **argv)
{
    struct listing l = {.ask = ASK_NEW, .now = clock_real()};
    _cleanup_(table_freep) struct table *table = table_new(headings);
    _cleanup_(buffer_done) struct buffer out = {0};
    bool good = read_options(argc, argv, &l);
    int status;

    if (ask_usage(&l.ask, good, usage, &status))
        return status;
    l.table = table;
    ask_begin(&l.ask, "subscriptions");
    json_writer_member(&l.ask.w, "bmc", l.bmc);
    status = ask_run(&l.ask, on_line, &l);
    table_write(table, &out);
    if (out.data)
        fputs(out.data, stdout);
    return status;
}

const struct ctl_command ctl_subscriptions = {
    .name = "subscriptions",
    .summary = "the subscriptions that stand at BMCs",
    .run = run,
};
