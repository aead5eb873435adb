/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl quarantine: what could not be read, and what a sink could never
 * take. Listing and showing read the folder; trying again is the daemon's, and
 * so is letting go while one runs, for it counts what is there.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/ask.h"
#include "ctl/ctl.h"
#include "ctl/place.h"
#include "ctl/shelf.h"
#include "util/macro.h"

static const char usage[] =
    "Usage: trawlctl quarantine list [OPTION]...\n"
    "       trawlctl quarantine show [--raw] ID\n"
    "       trawlctl quarantine retry ID...|--all\n"
    "       trawlctl quarantine drop ID...|--all\n"
    "Lists what is kept because it could not be read or delivered, shows it, "
    "takes it\n"
    "in again, or removes it.\n"
    "\n"
    "  -a, --all            retry, drop: everything that is there\n"
    "      --raw            show: nothing but the bytes, as they "
    "came\n" PLACE_USAGE ASK_USAGE;

enum { OPT_RAW = 256, OPT_SPOOL };

static const struct option long_options[] = {
    {"all", no_argument, NULL, 'a'},
    {"raw", no_argument, NULL, OPT_RAW},
    {"config", required_argument, NULL, 'c'},
    {"spool", required_argument, NULL, OPT_SPOOL},
    ASK_OPTIONS,
};

struct wishes {
    struct ask ask;
    struct place place;
    bool all, raw;
    char **ids;
    size_t count;
};

static void on_line(const struct json_value *v _unused_, const char *line,
                    void *userdata _unused_)
{
    puts(line);
}

static int list(struct wishes *w)
{
    return shelf_list(&w->place, w->ask.json);
}

static int show(struct wishes *w)
{
    int status = CTL_DONE;

    for (size_t i = 0; i < w->count; i++)
        if (shelf_show(&w->place, w->ids[i], w->raw) != CTL_DONE)
            status = CTL_FAILED;
    return status;
}

/* The daemon does it, one by one; what it cannot do is told. */
static int ask_each(struct wishes *w, const char *command)
{
    int status = CTL_DONE, one;

    for (size_t i = 0; i < w->count; i++) {
        ask_begin(&w->ask, command);
        json_writer_member(&w->ask.w, "id", w->ids[i]);
        one = ask_run(&w->ask, on_line, w);
        if (one == CTL_DONE)
            printf("%s: done\n", w->ids[i]);
        else
            fprintf(stderr, "trawlctl: %s stays\n", w->ids[i]);
        status = MAX_OF(status, one); /* the others are done all the same */
    }
    return status;
}

/* Through the whole pipeline once more, which only a daemon has. */
static int retry(struct wishes *w)
{
    if (!ask_is_heard(w->ask.socket))
        fputs("trawlctl: only a running trawld can take something in\n",
              stderr);
    return ask_each(w, "quarantine-retry");
}

static int drop(struct wishes *w)
{
    int status = CTL_DONE;

    if (ask_is_heard(w->ask.socket))
        return ask_each(w, "quarantine-drop");
    for (size_t i = 0; i < w->count; i++)
        if (shelf_drop(&w->place, w->ids[i]) != CTL_DONE)
            status = CTL_FAILED;
    return status;
}

static const struct job {
    const char *name;
    int (*run)(struct wishes *w);
    bool needs_ids;
    bool takes_all;
} jobs[] = {
    {"list", list, false, false},
    {"show", show, true, false},
    {"retry", retry, true, true},
    {"drop", drop, true, true},
};

static bool read_option(struct wishes *w, int c)
{
    switch (c) {
    case 'a':
        return w->all = true;
    case OPT_RAW:
        return w->raw = true;
    case 'c':
        w->place.config = optarg;
        return true;
    case OPT_SPOOL:
        w->place.spool = optarg;
        return true;
    default:
        return ask_option(&w->ask, c);
    }
}

static const struct job *find_job(const char *name)
{
    for (size_t i = 0; name && i < ARRAY_LEN(jobs); i++)
        if (strcmp(jobs[i].name, name) == 0)
            return &jobs[i];
    fputs("trawlctl quarantine: say list, show, retry or drop\n", stderr);
    return NULL;
}

/* A job, and what it is for: ids, or all, or nothing. */
static const struct job *read_options(int argc, char **argv, struct wishes *w)
{
    const struct job *job;
    int c;

    while ((c = getopt_long(argc, argv, "ac:" ASK_SHORT, long_options, NULL)) !=
           -1)
        if (!read_option(w, c))
            return NULL;
    /* Any job will do: nothing but the usage is printed. */
    if (w->ask.help)
        return &jobs[0];
    job = find_job(argv[optind]);
    if (!job)
        return NULL;
    w->ids = argv + optind + 1;
    w->count = (size_t)(argc - optind - 1);
    if (w->all ? job->takes_all && w->count == 0
               : job->needs_ids == (w->count > 0))
        return job;
    fprintf(stderr, "trawlctl quarantine %s: %s\n", job->name,
            job->takes_all   ? "give ids, or --all"
            : job->needs_ids ? "give ids"
                             : "takes none");
    return NULL;
}

static int run(int argc, char **argv)
{
    struct wishes w = {.ask = ASK_NEW};
    const struct job *job = read_options(argc, argv, &w);
    int status;

    if (ask_usage(&w.ask, job != NULL, usage, &status))
        return status;
    if (w.all && shelf_ids(&w.place, &w.ids, &w.count) < 0)
        return CTL_FAILED;
    status = job->run(&w);
    for (size_t i = 0; w.all && i < w.count; i++)
        free(w.ids[i]);
    if (w.all)
        free(w.ids);
    return status;
}

const struct ctl_command ctl_quarantine = {
    .name = "quarantine",
    .summary = "list, show, retry and drop what could not be taken",
    .run = run,
};
