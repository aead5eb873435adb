/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl replay: has a sink send history again. The running daemon does it:
 * it alone knows where the sink is, and keeps the order.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/ask.h"
#include "ctl/ctl.h"
#include "ctl/given.h"

static const char usage[] =
    "Usage: trawlctl replay --sink NAME --since TIME [OPTION]...\n"
    "Sends again what a sink has had, with the same ids and in its order; what "
    "is\n"
    "new follows behind it.\n"
    "\n"
    "  -s, --sink NAME      of the configuration\n"
    "      --since TIME     what arrived then or later\n"
    "      --until TIME     ... or earlier\n" //
    ASK_USAGE "\n" WHEN_FORMS;

enum { OPT_SINCE = 256, OPT_UNTIL };

static const struct option long_options[] = {
    {"sink", required_argument, NULL, 's'},
    {"since", required_argument, NULL, OPT_SINCE},
    {"until", required_argument, NULL, OPT_UNTIL},
    ASK_OPTIONS,
};

struct wishes {
    struct ask ask;
    const char *sink;
    usec_t since, until;
};

static void on_line(const struct json_value *v, const char *line,
                    void *userdata)
{
    const struct wishes *wish = userdata;
    const char *all = ask_text(v, "all");

    if (wish->ask.json) {
        puts(line);
        return;
    }
    /* It begins all the same; who asked should know what is missing. */
    if (all && strcmp(all, "false") == 0)
        printf("the spool reaches back to %s only; it is sent from there\n",
               ask_text(v, "oldest") ?: "now");
    printf("sink %s sends again what was asked for; "
           "trawl_sink_replaying{sink=\"%s\"} is 0 when it has\n",
           wish->sink, wish->sink);
}

static bool read_option(struct wishes *wish, int c)
{
    switch (c) {
    case 's':
        wish->sink = optarg;
        return true;
    case OPT_SINCE:
        return given_time(optarg, &wish->since);
    case OPT_UNTIL:
        return given_time(optarg, &wish->until);
    default:
        return ask_option(&wish->ask, c);
    }
}

static bool read_options(int argc, char **argv, struct wishes *wish)
{
    int c;

    while ((c = getopt_long(argc, argv, "s:" ASK_SHORT, long_options, NULL)) !=
           -1)
        if (!read_option(wish, c))
            return false;
    if (wish->ask.help)
        return true;
    if (wish->sink && wish->since > 0 && optind == argc)
        return true;
    fputs("trawlctl replay: needs --sink and --since, and nothing else\n",
          stderr);
    return false;
}

static void member(struct ask *a, const char *key, uint64_t value)
{
    json_writer_key(&a->w, key);
    json_writer_u64(&a->w, value);
}

static int run(int argc, char **argv)
{
    struct wishes wish = {.ask = ASK_NEW, .until = USEC_INFINITY};
    bool good = read_options(argc, argv, &wish);
    int status;

    if (ask_usage(&wish.ask, good, usage, &status))
        return status;
    /* What to do about it; why it is not heard, ask_run() says then. */
    if (!ask_is_heard(wish.ask.socket))
        fputs("trawlctl: only a running trawld can send history again: start "
              "it, then ask once more; trawlctl spool export prints history "
              "without it\n",
              stderr);
    ask_begin(&wish.ask, "replay");
    json_writer_member(&wish.ask.w, "sink", wish.sink);
    member(&wish.ask, "since", wish.since);
    if (wish.until != USEC_INFINITY)
        member(&wish.ask, "until", wish.until);
    return ask_run(&wish.ask, on_line, &wish);
}

const struct ctl_command ctl_replay = {
    .name = "replay",
    .summary = "have a sink send history again",
    .run = run,
};
