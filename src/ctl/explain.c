/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl explain: what a MessageId, a code, or anything that a Redfish
 * service said means. Uses the installed registries and the admin's; a BMC's
 * own only where it is named, for only then it is known whose words they are.
 * No daemon is needed for any of it: it is asked at a desk as often as on the
 * machine where Trawl runs.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/explain_find.h"
#include "ctl/explain_print.h"
#include "ctl/input.h"
#include "ctl/known.h"
#include "ctl/say.h"
#include "ctl/served.h"
#include "resolve.h"
#include "util/alloc.h"

static const char usage[] =
    "Usage: trawlctl explain [OPTION]... THING...\n"
    "Says what messages mean: severity, text, resolution, what they clear and\n"
    "what clears them, where the text came from, and what was odd.\n"
    "\n"
    "THING is a MessageId (Registry.1.0.Key, Registry.Key, Key), a code\n"
    "(UPD4_FAIL_207), a file, or - for standard input. A file may hold an "
    "Event\n"
    "payload, a capture of an event stream, a log entry or a collection of\n"
    "them, a task, an error answer, a resource with @Redfish.Settings, alerts\n"
    "of OpenManage, or a message registry; every message in it is explained.\n"
    "\n"
    "  -a, --arg TEXT        an argument of the MessageId; once for each\n"
    "  -j, --json            one JSON object for each message, on one line\n"
    "  -b, --bmc NAME        by the registries of that BMC, of which trawld\n"
    "                        knows; where none runs, by its cache of them\n"
    "  -r, --registries DIR  your own registries, catalogues and clearing "
    "files\n"
    "                        (default: the folder registries beside\n"
    "                        " TRAWL_CONFIG ")\n"
    "  -c, --config FILE     whose cache is read where no daemon runs\n"
    "                        (default: " TRAWL_CONFIG ")\n"
    "  -S, --socket PATH     of the daemon (default: " ASK_SOCKET ")\n"
    "  -h, --help            print this and end\n"
    "\n"
    "The exit status is 1 if nobody has words for a message, or a file is not\n"
    "readable.\n";

#define ARGS_MAX 64 /* as many as decode keeps of a message */

struct explain {
    struct registry_set *set;
    struct served *served; /* of --bmc, or NULL */
    struct registry_view view;
    char *args[ARGS_MAX];
    size_t arg_count;
    char *folders[ARGS_MAX];
    size_t folder_count;
    const char *bmc;
    struct served_place place;
    bool json;
    int status;
};

static const struct option long_options[] = {
    {"arg", required_argument, NULL, 'a'},
    {"json", no_argument, NULL, 'j'},
    {"bmc", required_argument, NULL, 'b'},
    {"registries", required_argument, NULL, 'r'},
    {"config", required_argument, NULL, 'c'},
    {"socket", required_argument, NULL, 'S'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* -1: there is something to explain; else the exit status. */
static int read_options(int argc, char **argv, struct explain *x)
{
    int c;

    while ((c = getopt_long(argc, argv, "a:jb:r:c:S:h", long_options, NULL)) >=
           0) {
        switch (c) {
        case 'a':
            if (x->arg_count < ARGS_MAX)
                x->args[x->arg_count++] = optarg;
            break;
        case 'j':
            x->json = true;
            break;
        case 'b':
            x->bmc = optarg;
            break;
        case 'r':
            if (x->folder_count < ARGS_MAX)
                x->folders[x->folder_count++] = optarg;
            break;
        case 'c':
            x->place.config = optarg;
            break;
        case 'S':
            x->place.socket = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return CTL_DONE;
        default:
            fputs("Try 'trawlctl explain --help'.\n", stderr);
            return CTL_USAGE;
        }
    }
    if (optind < argc)
        return -1;
    fputs("trawlctl explain: what? Give a MessageId, a code, a file or -.\n",
          stderr);
    return CTL_USAGE;
}

static void load(struct explain *x)
{
    x->set = known_load(x->folders, x->folder_count);
    x->view.shared = x->set;
    if (!x->bmc)
        return;
    x->served = served_open(&x->place, x->bmc, &x->status);
    x->view.own = served_own(x->served);
    /* Better other words than none, but it must not look as if they were its.
     */
    if (!x->view.own)
        fputs("trawlctl: the installed registries answer\n", stderr);
}

/* One that nobody has words for is printed too, and fails the command. */
static void print_all(struct explain *x, struct explain_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        _cleanup_(buffer_done) struct buffer out = {0};

        resolve_event(&x->view, list->items[i].event);
        explain_print(&x->view, &list->items[i], x->json, &out);
        if (!x->json && i > 0)
            putchar('\n');
        fwrite(out.data, 1, out.len, stdout);
        if (strcmp(event_text(list->items[i].event, EVENT_RESOLVED_FROM, NULL),
                   "none") == 0)
            x->status = CTL_FAILED;
    }
    explain_list_done(list);
}

/* Every message of a registry's file, by that registry. */
static void explain_registry(struct explain *x, struct registry *r)
{
    struct explain_list list = {0};

    /* As the admin's, it answers before all others: it explains itself. */
    r->origin = REGISTRY_LOCAL;
    if (registry_set_add(x->set, r, NULL) < 0) {
        registry_free(r);
        return;
    }
    for (size_t i = 0; i < r->message_count; i++) {
        _cleanup_free_ char *id = NULL;

        if (r->messages[i].partial)
            continue; /* the admin's word on another registry's message */
        id = r->major == REGISTRY_VERSION_ANY
                 ? xasprintf("%s.%s", r->prefix, r->messages[i].key)
                 : xasprintf("%s.%d.%d.%s", r->prefix, r->major, r->minor,
                             r->messages[i].key);
        explain_find_id(id, NULL, 0, &list);
    }
    print_all(x, &list);
}

/* A MessageRegistryFile, which people take for the registry itself. */
static bool is_locator(const struct buffer *bytes)
{
    static const char type[] = ".MessageRegistryFile\"";

    return bytes->data &&
           memmem(bytes->data, bytes->len, type, sizeof(type) - 1);
}

static void explain_file(struct explain *x, const char *name)
{
    _cleanup_(buffer_done) struct buffer bytes = {0};
    struct explain_list list = {0};
    struct error err = {""};
    struct registry *r;

    if (input_read(name, &bytes, &err) < 0) {
        say(stderr, "trawlctl: %s", err.text);
        x->status = CTL_FAILED;
        return;
    }
    /* First, for its messages would pass for some that a BMC sent. */
    r = registry_parse(bytes.data ? bytes.data : "", bytes.len, NULL);
    if (r) {
        explain_registry(x, r);
        return;
    }
    if (explain_find(bytes.data ? bytes.data : "", bytes.len, &list, &err) < 0)
        say(stderr, "trawlctl: %s: %s", name, err.text);
    else if (list.count == 0)
        fprintf(stderr, "trawlctl: %s: no message in it%s\n", name,
                is_locator(&bytes) ? ", it only says where a registry is: "
                                     "give what is there"
                                   : "");
    if (list.count == 0)
        x->status = CTL_FAILED;
    print_all(x, &list);
}

static void explain_thing(struct explain *x, const char *thing)
{
    struct explain_list list = {0};

    size_t len = strlen(thing);

    /*
     * A MessageId has no slash, and mostly no file is called like one; nor
     * does one end as files do.
     */
    if (strcmp(thing, "-") == 0 || strchr(thing, '/') ||
        (len > 5 && strcmp(thing + len - 5, ".json") == 0) ||
        access(thing, F_OK) == 0) {
        explain_file(x, thing);
        return;
    }
    explain_find_id(thing, x->args, x->arg_count, &list);
    print_all(x, &list);
}

static int run(int argc, char **argv)
{
    struct explain x = {.place = {ASK_SOCKET, TRAWL_CONFIG}};
    int status = read_options(argc, argv, &x);

    if (status >= 0)
        return status;
    load(&x);
    for (int i = optind; i < argc; i++) {
        if (!x.json && i > optind)
            putchar('\n');
        explain_thing(&x, argv[i]);
    }
    served_close(x.served);
    registry_set_free(x.set);
    return x.status;
}

const struct ctl_command ctl_explain = {
    .name = "explain",
    .summary = "say what a MessageId, a code or a payload means",
    .run = run,
};
