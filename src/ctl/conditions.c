/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl conditions: what is wrong in the fleet now, since when and how
 * often; conditions clear: ends what will never clear itself.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/ask.h"
#include "ctl/ctl.h"
#include "util/macro.h"

static const char usage[] =
    "Usage: trawlctl conditions [OPTION]...\n"
    "       trawlctl conditions clear ID --why TEXT\n"
    "Lists what is wrong now, or ends a condition by hand.\n"
    "\n"
    "  -b, --bmc GLOB       only of these BMCs\n"
    "  -s, --severity NAME  only Critical, Warning or unknown\n"
    "  -w, --why TEXT       the reason, for the event that says so\n" //
    ASK_USAGE;

static const struct option long_options[] = {
    {"bmc", required_argument, NULL, 'b'},
    {"severity", required_argument, NULL, 's'},
    {"why", required_argument, NULL, 'w'},
    ASK_OPTIONS,
};

struct wishes {
    struct ask ask;
    const char *bmc, *severity, *why, *id;
};

/* What it is on the first line, and the id, to clear it by, on the last. */
static void print_condition(const struct json_value *v)
{
    _cleanup_(buffer_done) struct buffer out = {0};

    ask_add(&out, "%s", v, "first");
    ask_add(&out, "  %-8s", v, "severity");
    ask_add(&out, "  %s", v, "bmc");
    if (!ask_add(&out, "  %s\n", v, "message"))
        ask_add(&out, "  %s\n", v, "message_id");
    ask_add(&out, "    origin: %s\n", v, "origin");
    ask_add(&out, "    %s", v, "state");
    if (ask_number(v, "count") != 1)
        ask_add(&out, ", %s times", v, "count");
    ask_add(&out, ", last %s\n", v, "last");
    ask_add(&out, "    resolution: %s\n", v, "resolution");
    ask_add(&out, "    id: %s\n", v, "id");
    fputs(out.data, stdout);
}

static void on_line(const struct json_value *v, const char *line,
                    void *userdata)
{
    const struct wishes *wish = userdata;

    if (wish->ask.json)
        puts(line);
    else
        print_condition(v);
}

static bool read_options(int argc, char **argv, struct wishes *wish)
{
    int c;

    while ((c = getopt_long(argc, argv, "b:s:w:" ASK_SHORT, long_options,
                            NULL)) != -1)
        switch (c) {
        case 'b':
            wish->bmc = optarg;
            break;
        case 's':
            wish->severity = optarg;
            break;
        case 'w':
            wish->why = optarg;
            break;
        default:
            if (!ask_option(&wish->ask, c))
                return false;
        }
    if (optind == argc)
        return true;
    /* Without a reason nobody would know later why it was not left open. */
    if (argc - optind != 2 || strcmp(argv[optind], "clear") != 0 ||
        !wish->why) {
        fprintf(stderr, "trawlctl conditions: what is there beside options is: "
                        "clear ID --why TEXT\n");
        return false;
    }
    wish->id = argv[optind + 1];
    return true;
}

static int run(int argc, char **argv)
{
    struct wishes wish = {.ask = ASK_NEW};
    struct ask *ask = &wish.ask;
    bool good = read_options(argc, argv, &wish);
    int status;

    if (ask_usage(ask, good, usage, &status))
        return status;
    ask_begin(ask, wish.id ? "clear" : "conditions");
    json_writer_member(&ask->w, "bmc", wish.bmc);
    json_writer_member(&ask->w, "severity", wish.severity);
    json_writer_member(&ask->w, "id", wish.id);
    json_writer_member(&ask->w, "why", wish.why);
    return ask_run(ask, on_line, &wish);
}

const struct ctl_command ctl_conditions = {
    .name = "conditions",
    .summary = "what is wrong in the fleet now; end a condition by hand",
    .run = run,
};
