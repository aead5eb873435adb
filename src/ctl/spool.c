/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl spool: whether the spool is sound, what is in it, and how to mend
 * what is not. Only repair --apply writes.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/given.h"
#include "ctl/spool_parts.h"
#include "util/macro.h"

static const char usage[] =
    "Usage: trawlctl spool check [OPTION]...\n"
    "       trawlctl spool export [OPTION]...\n"
    "       trawlctl spool repair [--apply] [OPTION]...\n"
    "Reads every record of the spool and says what is wrong; prints the "
    "records,\n"
    "as trawlctl events --all --json does; says what can be mended, and mends "
    "it.\n"
    "\n"
    "  -j, --json           check: one JSON object a line\n"
    "      --from SEQ       export: from this record on\n"
    "      --to SEQ         ... up to this one\n"
    "      --since TIME     export: what arrived then or later\n"
    "      --until TIME     ... or earlier\n"
    "      --raw            export: the records as they came, where they were\n"
    "                       kept (keep_raw) or could not be read\n"
    "      --apply          repair: do it; trawld must be stopped\n" //
    PLACE_USAGE "  -h, --help           print this and end\n"
    "\n"
    "The exit status is 0 if the spool is sound, 1 if there are problems, 2 if "
    "it\n"
    "cannot be read.\n" WHEN_FORMS;

enum {
    OPT_FROM = 256,
    OPT_TO,
    OPT_SINCE,
    OPT_UNTIL,
    OPT_RAW,
    OPT_APPLY,
    OPT_SPOOL,
};

static const struct option long_options[] = {
    {"json", no_argument, NULL, 'j'},
    {"from", required_argument, NULL, OPT_FROM},
    {"to", required_argument, NULL, OPT_TO},
    {"since", required_argument, NULL, OPT_SINCE},
    {"until", required_argument, NULL, OPT_UNTIL},
    {"raw", no_argument, NULL, OPT_RAW},
    {"apply", no_argument, NULL, OPT_APPLY},
    {"config", required_argument, NULL, 'c'},
    {"spool", required_argument, NULL, OPT_SPOOL},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const struct job {
    const char *name;
    enum spool_verdict (*run)(const struct spool_wishes *w);
    const char *options; /* beside those that say where; "." ends each */
} jobs[] = {
    {"check", spool_check, "json."},
    {"export", spool_export, "from.to.since.until.raw."},
    {"repair", spool_repair, "apply."},
};

/* An option of another job is a mistake: nobody shall wait for its effect. */
static bool is_for(const struct job *job, const char *option)
{
    const char *at = strstr(job->options, option);

    if ((at && at[strlen(option)] == '.') || strcmp(option, "config") == 0 ||
        strcmp(option, "spool") == 0)
        return true;
    fprintf(stderr, "trawlctl spool %s: --%s is not for this\n", job->name,
            option);
    return false;
}

static bool read_option(struct spool_wishes *w, int c)
{
    switch (c) {
    case 'j':
        return w->json = true;
    case 'c':
        w->place.config = optarg;
        return true;
    case OPT_SPOOL:
        w->place.spool = optarg;
        return true;
    case OPT_RAW:
        return w->raw = true;
    case OPT_APPLY:
        return w->apply = true;
    case OPT_FROM:
        return given_number("--from", optarg, INT64_MAX, &w->from);
    case OPT_TO:
        return given_number("--to", optarg, INT64_MAX, &w->to);
    case OPT_SINCE:
        return given_time(optarg, &w->since);
    case OPT_UNTIL:
        return given_time(optarg, &w->until);
    default:
        return false;
    }
}

/* As it is written out, for complaints; "-j" is "json" to is_for(), too. */
static const char *name_of(int c)
{
    for (const struct option *o = long_options; o->name; o++)
        if (o->val == c)
            return o->name;
    return "";
}

/* The job, which stands before or among the options. */
static const struct job *find_job(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < ARRAY_LEN(jobs); i++)
        if (strcmp(jobs[i].name, argv[1]) == 0)
            return &jobs[i];
    fputs("trawlctl spool: say check, export or repair first\n", stderr);
    return NULL;
}

static bool read_options(int argc, char **argv, const struct job *job,
                         struct spool_wishes *w, bool *ret_help)
{
    int c;

    while ((c = getopt_long(argc, argv, "jc:h", long_options, NULL)) != -1) {
        if (c == 'h')
            return *ret_help = true;
        if (c == '?' || !is_for(job, name_of(c)) || !read_option(w, c))
            return false;
    }
    if (optind < argc)
        fprintf(stderr, "trawlctl spool: '%s' is too much\n", argv[optind]);
    return optind == argc;
}

static int run(int argc, char **argv)
{
    struct spool_wishes w = {.to = UINT64_MAX, .until = USEC_INFINITY};
    bool help = argc > 1 &&
                (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    const struct job *job = help ? NULL : find_job(argc, argv);
    bool good =
        help || (job && read_options(argc - 1, argv + 1, job, &w, &help));

    if (help) {
        fputs(usage, stdout);
        return CTL_DONE;
    }
    if (good)
        return (int)job->run(&w);
    fputs("Try 'trawlctl spool --help'.\n", stderr);
    return CTL_USAGE;
}

const struct ctl_command ctl_spool = {
    .name = "spool",
    .summary = "check, export and repair the spool",
    .run = run,
};
