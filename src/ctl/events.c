/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl events: what has been, read from the spool's files, with the daemon
 * running or not; and with --follow what comes. The times asked for are those
 * of the arrival, in whose order the spool stands.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/given.h"
#include "ctl/pick.h"
#include "ctl/place.h"
#include "ctl/spell.h"
#include "spool/watch.h"
#include "util/alloc.h"

#define LIMIT_MAX 1000000
#define FOLLOW_BEGINS 10 /* lines before what is new, as tail has it */

static const char usage[] =
    "Usage: trawlctl events [OPTION]...\n"
    "Shows the events that were forwarded, oldest first, from the spool.\n"
    "\n"
    "  -f, --follow           go on with those that come\n"
    "      --since TIME       which arrived then or later\n"
    "      --until TIME       ... or earlier\n"
    "  -b, --bmc GLOB         of these BMCs\n"
    "  -s, --severity NAME    Critical, \">=Warning\"; as in match: of routes\n"
    "  -m, --message GLOB     Registry.Key\n"
    "      --state NAME       none, raised, repeated, cleared or flapping\n"
    "      --origin GLOB      about these resources\n"
    "  -a, --all              also what was suppressed, dropped, held, with\n"
    "                         what became of it\n"
    "  -n, --limit N          the last N only\n"
    "  -j, --json             format json, one object a line\n" PLACE_USAGE
    "  -h, --help             print this and end\n"
    "\n"
    "An option that chooses events may be there several times: any of "
    "them.\n" WHEN_FORMS;

enum {
    OPT_SINCE = 256,
    OPT_UNTIL,
    OPT_STATE,
    OPT_ORIGIN,
    OPT_SPOOL,
};

static const struct option long_options[] = {
    {"follow", no_argument, NULL, 'f'},
    {"since", required_argument, NULL, OPT_SINCE},
    {"until", required_argument, NULL, OPT_UNTIL},
    {"bmc", required_argument, NULL, 'b'},
    {"severity", required_argument, NULL, 's'},
    {"message", required_argument, NULL, 'm'},
    {"state", required_argument, NULL, OPT_STATE},
    {"origin", required_argument, NULL, OPT_ORIGIN},
    {"all", no_argument, NULL, 'a'},
    {"limit", required_argument, NULL, 'n'},
    {"json", no_argument, NULL, 'j'},
    {"config", required_argument, NULL, 'c'},
    {"spool", required_argument, NULL, OPT_SPOOL},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* The last records, until it is known which they are. */
struct ring {
    struct spool_record *items; /* their data is ours */
    uint64_t limit;             /* 0: records are printed as they come */
    uint64_t count;             /* ever put in */
};

struct events {
    struct place place;
    struct pick pick;
    struct spell spell;
    usec_t since, until;
    bool follow, help;
    struct ring ring;
    struct buffer line; /* the one being printed */
    struct history *history;
    char *directory; /* of the spool */
    int watch;       /* with --follow; else -1 */
};

/*
 * The options that choose events; 1 if it was one, 0 if there are too many of
 * them, -1 if it is none.
 */
static int read_pick(struct pick *p, int c)
{
    switch (c) {
    case 'b':
        return pick_add(p, "bmc", optarg);
    case 's':
        return pick_add(p, "severity", optarg);
    case 'm':
        return pick_add(p, "message", optarg);
    case OPT_STATE:
        return pick_add(p, "state", optarg);
    case OPT_ORIGIN:
        return pick_add(p, "origin", optarg);
    default:
        return -1;
    }
}

static bool read_option(struct events *x, int c)
{
    switch (c) {
    case 'f':
        return x->follow = true;
    case 'a':
        return x->spell.outcome = true;
    case 'j':
        return x->spell.json = true;
    case 'h':
        return x->help = true;
    case 'n':
        return given_number("--limit", optarg, LIMIT_MAX, &x->ring.limit);
    case 'c':
        x->place.config = optarg;
        return true;
    case OPT_SPOOL:
        x->place.spool = optarg;
        return true;
    case OPT_SINCE:
        return given_time(optarg, &x->since);
    case OPT_UNTIL:
        return given_time(optarg, &x->until);
    default:
        return read_pick(&x->pick, c) > 0;
    }
}

static bool read_options(struct events *x, int argc, char **argv)
{
    int c;

    while ((c = getopt_long(argc, argv, "fb:s:m:an:jc:h", long_options,
                            NULL)) != -1)
        if (!read_option(x, c))
            return false;
    if (x->follow && x->since == 0 && x->ring.limit == 0)
        x->ring.limit = FOLLOW_BEGINS;
    if (optind < argc)
        fprintf(stderr, "trawlctl events: '%s' is too much\n", argv[optind]);
    return optind == argc;
}

static void print(struct events *x, const struct spool_record *record,
                  const struct event *e)
{
    buffer_clear(&x->line);
    spell_record(&x->spell, e, record, &x->line);
    buffer_add_char(&x->line, '\n');
    fwrite(x->line.data, 1, x->line.len, stdout);
}

static void keep(struct ring *r, const struct spool_record *record)
{
    struct spool_record *place;

    if (!r->items)
        r->items = xcalloc(r->limit, sizeof(*r->items));
    place = &r->items[r->count++ % r->limit];
    free((void *)place->data);
    *place = *record;
    place->data = xcalloc(1, record->len);
    memcpy((void *)place->data, record->data, record->len);
}

/* Prints what is kept, or only forgets it. */
static void empty(struct events *x, bool show)
{
    struct ring *r = &x->ring;
    uint64_t first = r->count > r->limit ? r->count - r->limit : 0;
    struct event e;

    for (uint64_t i = first; i < r->count; i++) {
        struct spool_record *record = &r->items[i % r->limit];

        if (show && event_view(&e, record->data, record->len) == 0)
            print(x, record, &e);
        free((void *)TAKE(record->data));
    }
    r->count = 0;
}

/* What is not chosen costs no copy and no line. */
static void heed(struct events *x, const struct spool_record *record)
{
    struct event e;

    if (record->type != SPOOL_EVENT || record->time < x->since ||
        record->time > x->until ||
        event_view(&e, record->data, record->len) < 0)
        return;
    if (!x->spell.outcome && !spell_is_forwarded(&e))
        return;
    if (!pick_event(&x->pick, &e))
        return;
    if (x->ring.limit > 0)
        keep(&x->ring, record);
    else
        print(x, record, &e);
}

/* All that is there now. */
static int read_on(struct events *x, struct error *err)
{
    struct spool_record record;
    int r;

    while ((r = history_next(x->history, &record, err)) > 0)
        heed(x, &record);
    return r;
}

/* The last lines are looked for from the end, in ever more segments. */
static int read_last(struct events *x, struct error *err)
{
    int more = 1, r = 0;

    for (size_t n = 1; more > 0 && r == 0; n *= 4) {
        empty(x, false);
        more = history_seek_last(x->history, n, err);
        r = more < 0 ? more : read_on(x, err);
        if (x->ring.count >= x->ring.limit)
            break;
    }
    return r;
}

static int read_past(struct events *x, struct error *err)
{
    int r = 0;

    if (x->ring.limit > 0 && x->since == 0)
        return read_last(x, err);
    if (x->since > 0)
        r = history_seek(x->history, x->since, err);
    return r < 0 ? r : read_on(x, err);
}

/* Who reads a pipe and leaves is noticed before the next event. */
static bool is_read(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};

    return poll(&out, 1, 0) <= 0 || !(out.revents & (POLLERR | POLLNVAL));
}

static int show(struct events *x, struct error *err)
{
    /* The watch before the past is read: what comes meanwhile is not missed. */
    int r = x->follow ? watch_open(x->directory, &x->watch, err) : 0;

    if (r == 0)
        r = read_past(x, err);
    if (x->ring.limit > 0)
        empty(x, true);
    x->ring.limit = 0;
    while (r == 0 && x->follow && is_read()) {
        fflush(stdout);
        r = watch_wait(x->directory, x->watch, err);
        if (r == 0)
            r = read_on(x, err);
    }
    return r;
}

static int read_and_show(struct events *x)
{
    struct error err = {""};
    uint64_t lost;
    int r;

    if (place_open(&x->place, &x->history) < 0)
        return CTL_FAILED;
    x->directory = place_spool(&x->place);
    r = show(x, &err);
    lost = history_lost(x->history);
    history_free(x->history);
    free(x->directory);
    if (x->watch >= 0)
        close(x->watch);
    free(x->ring.items);
    buffer_done(&x->line);
    if (lost > 0)
        fprintf(stderr,
                "trawlctl: %llu records could not be read; trawlctl spool "
                "check says where\n",
                (unsigned long long)lost);
    if (r < 0)
        place_complain(r, &err);
    return r < 0 ? CTL_FAILED : CTL_DONE;
}

static int run(int argc, char **argv)
{
    struct events x = {.until = USEC_INFINITY, .watch = -1};
    int status = CTL_USAGE;

    x.spell.colour = isatty(STDOUT_FILENO);
    if (!read_options(&x, argc, argv))
        fputs("Try 'trawlctl events --help'.\n", stderr);
    else if (x.help)
        status = fputs(usage, stdout) < 0 ? CTL_FAILED : CTL_DONE;
    else if (pick_prepare(&x.pick))
        status = read_and_show(&x);
    pick_done(&x.pick);
    return status;
}

const struct ctl_command ctl_events = {
    .name = "events",
    .summary = "show what has happened, and follow what does",
    .run = run,
};
