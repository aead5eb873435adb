/* SPDX-License-Identifier: Apache-2.0 */
/* trawlctl check: an admin's registry, catalogue or clearing file. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl/check_file.h"
#include "ctl/ctl.h"
#include "ctl/input.h"
#include "ctl/known.h"
#include "ctl/say.h"
#include "util/buffer.h"

static const char usage[] =
    "Usage: trawlctl check FILE...\n"
    "Says what is wrong with message registries, catalogues of codes and\n"
    "clearing files before trawld reads them: clear targets that do not "
    "exist,\n"
    "wrong numbers of arguments, keys that stand twice, and what is no JSON.\n"
    "\n"
    "  -q, --quiet           say nothing of files that are good\n"
    "  -r, --registries DIR  what clearing files may speak of besides the\n"
    "                        installed registries (default: the folder\n"
    "                        registries beside " TRAWL_CONFIG ")\n"
    "  -h, --help            print this and end\n"
    "\n"
    "The exit status is 1 if anything is wrong.\n";

static const struct option long_options[] = {
    {"quiet", no_argument, NULL, 'q'},
    {"registries", required_argument, NULL, 'r'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct checked {
    const char *name;
    size_t problems;
};

static void on_problem(void *userdata, unsigned line, const char *text)
{
    struct checked *f = userdata;

    /* FILE:LINE: as compilers say it, so that editors find the place. */
    say(stdout, "%s:%u: %s", f->name, line ? line : 1, text);
    f->problems++;
}

static int check(const char *name, const struct registry_set *known, bool quiet)
{
    _cleanup_(buffer_done) struct buffer bytes = {0};
    struct checked f = {.name = name};
    struct check_report report = {on_problem, &f};
    struct error err = {""};
    const char *kind;

    if (input_read(name, &bytes, &err) < 0) {
        say(stderr, "trawlctl: %s", err.text);
        return CTL_FAILED;
    }
    kind = check_file(bytes.data ? bytes.data : "", bytes.len, known, &report);
    if (f.problems > 0)
        return CTL_FAILED;
    if (!quiet)
        printf("%s: a good %s\n", name, kind);
    return CTL_DONE;
}

static int run(int argc, char **argv)
{
    char *folder = NULL;
    struct registry_set *known;
    bool quiet = false;
    int c, status = CTL_DONE;

    while ((c = getopt_long(argc, argv, "qr:h", long_options, NULL)) >= 0) {
        if (c == 'q') {
            quiet = true;
        } else if (c == 'r') {
            folder = optarg;
        } else {
            fputs(c == 'h' ? usage : "Try 'trawlctl check --help'.\n",
                  c == 'h' ? stdout : stderr);
            return c == 'h' ? CTL_DONE : CTL_USAGE;
        }
    }
    if (optind == argc) {
        fputs("trawlctl check: which files?\n", stderr);
        return CTL_USAGE;
    }
    known = known_load(&folder, folder ? 1 : 0);
    for (int i = optind; i < argc; i++)
        if (check(argv[i], known, quiet) != CTL_DONE)
            status = CTL_FAILED;
    registry_set_free(known);
    return status;
}

const struct ctl_command ctl_check = {
    .name = "check",
    .summary = "say what is wrong with registries and catalogues of your own",
    .run = run,
};
