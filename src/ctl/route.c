/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl route: where the events of a payload would go, and which line of
 * which file says so. Asks no daemon and changes nothing: a configuration can
 * be tried out before it is put in force.
 */
#include <getopt.h>
#include <stdio.h>

#include "ctl/ctl.h"
#include "ctl/input.h"
#include "ctl/say.h"
#include "ctl/way.h"

static const char usage[] =
    "Usage: trawlctl route [OPTION]... FILE\n"
    "Shows where each event of a payload would go and why, as if it were the "
    "first\n"
    "that is heard of anything. FILE - is standard input.\n"
    "\n"
    "  -b, --bmc NAME         as if this BMC had sent it: its name, labels "
    "and\n"
    "                         URL are there to be matched\n"
    "      --vendor NAME      as if it had said that this is its vendor\n"
    "  -c, --config FILE      by this configuration (default: " TRAWL_CONFIG
    ")\n"
    "  -j, --json             one JSON object for each event\n"
    "  -h, --help             print this and end\n"
    "\n"
    "The exit status is 1 if the file or the configuration cannot be read.\n";

enum { OPT_VENDOR = 256 };

static const struct option long_options[] = {
    {"bmc", required_argument, NULL, 'b'},
    {"vendor", required_argument, NULL, OPT_VENDOR},
    {"config", required_argument, NULL, 'c'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static bool read_options(int argc, char **argv, struct way *w, bool *ret_help)
{
    int c;

    while ((c = getopt_long(argc, argv, "b:c:jh", long_options, NULL)) != -1)
        switch (c) {
        case 'b':
            w->bmc = optarg;
            break;
        case 'c':
            w->config = optarg;
            break;
        case 'j':
            w->json = true;
            break;
        case 'h':
            return *ret_help = true;
        case OPT_VENDOR:
            w->vendor = optarg;
            break;
        default:
            return false;
        }
    if (optind + 1 != argc)
        fputs("trawlctl route: give one file, or -\n", stderr);
    return optind + 1 == argc;
}

static int show(const struct way *w, const char *name)
{
    _cleanup_(buffer_done) struct buffer bytes = {0};
    _cleanup_(buffer_done) struct buffer out = {0};
    struct error err = {""};

    if (input_read(name, &bytes, &err) < 0) {
        say(stderr, "trawlctl: %s", err.text);
        return CTL_FAILED;
    }
    if (way_show(w, bytes.data ? bytes.data : "", bytes.len, &out) < 0)
        return CTL_FAILED;
    fwrite(out.data, 1, out.len, stdout);
    return CTL_DONE;
}

static int run(int argc, char **argv)
{
    struct way w = {.config = TRAWL_CONFIG};
    bool help = false, good = read_options(argc, argv, &w, &help);

    if (help) {
        fputs(usage, stdout);
        return CTL_DONE;
    }
    if (good)
        return show(&w, argv[optind]);
    fputs("Try 'trawlctl route --help'.\n", stderr);
    return CTL_USAGE;
}

const struct ctl_command ctl_route = {
    .name = "route",
    .summary = "show where an event would go, and why",
    .run = run,
};
