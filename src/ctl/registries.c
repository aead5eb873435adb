/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl registries: which registries and catalogues are known, where they
 * are from and by how many BMCs they are used; or all that one BMC claims to
 * have. The daemon says so; where none runs, the folders and the cache do.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/known.h"
#include "ctl/served.h"
#include "ctl/table.h"
#include "registry/registry_report.h"
#include "util/alloc.h"

static const char usage[] =
    "Usage: trawlctl registries [OPTION]...\n"
    "Lists the message registries and catalogues that are known, where they\n"
    "are from, how many BMCs use them, and which cannot be had, and why.\n"
    "\n"
    "  -b, --bmc NAME        all that this BMC claims to have\n"
    "  -r, --registries DIR  only the installed ones and those of this folder\n"
    "  -c, --config FILE     whose cache is read where no daemon runs\n"
    "                        (default: " TRAWL_CONFIG ")\n" //
    ASK_USAGE;

static const struct option long_options[] = {
    {"bmc", required_argument, NULL, 'b'},
    {"registries", required_argument, NULL, 'r'},
    {"config", required_argument, NULL, 'c'},
    ASK_OPTIONS,
};

struct wishes {
    struct ask ask;
    struct served_place place;
    const char *bmc;
    char *folder;
};

struct rows {
    struct row {
        char *line, *name, *version;
    } * items;
    size_t count, cap;
};

static int compare_rows(const void *a, const void *b)
{
    const struct row *one = a, *other = b;
    int r = strcasecmp(one->name, other->name);

    /* 1.10 stands behind 1.9. */
    r = r ? r : strverscmp(one->version, other->version);
    return r ? r : strcmp(one->line, other->line);
}

static void add_row(const struct json_value *v, const char *line,
                    void *userdata)
{
    struct rows *rows = userdata;

    rows->items =
        xgrow(rows->items, &rows->cap, rows->count + 1, sizeof(*rows->items));
    rows->items[rows->count++] = (struct row){
        .line = xstrdup(line),
        .name = xstrdup(ask_text(v, "name") ?: ""),
        .version = xstrdup(ask_text(v, "version") ?: ""),
    };
}

/*
 * Those that need no daemon: the installed ones and the admin's. Through the
 * same text as the daemon's answer, so that there is one way to print them.
 */
static void add_installed(const struct wishes *wish, struct rows *rows)
{
    struct registry_set *set = known_load(&wish->folder, wish->folder ? 1 : 0);
    _cleanup_(buffer_done) struct buffer text = {0};
    char *rest, *line;

    registry_report_shared(set, 0, &text);
    rest = text.data;
    while (rest && (line = strsep(&rest, "\n"))) {
        _cleanup_(json_in_freep) struct json_in *doc =
            *line ? json_in_read(line, strlen(line), NULL) : NULL;

        if (doc)
            add_row(json_in_root(doc), line, rows);
    }
    registry_set_free(set);
}

static void print_table(const struct rows *rows)
{
    static const char *const headings[] = {"NAME",     "VERSION", "KIND",
                                           "FROM",     "BMCS",    "LANGUAGE",
                                           "MESSAGES", "FILE",    NULL};
    static const char *const members[] = {"name", "version",  "kind",    "from",
                                          "bmcs", "language", "messages"};
    _cleanup_(table_freep) struct table *t = table_new(headings);
    _cleanup_(buffer_done) struct buffer out = {0};

    for (size_t i = 0; i < rows->count; i++) {
        const char *line = rows->items[i].line;
        _cleanup_(json_in_freep) struct json_in *doc =
            json_in_read(line, strlen(line), NULL);
        const struct json_value *v = json_in_root(doc);
        const char *why = ask_text(v, "why");
        _cleanup_free_ char *useless =
            why ? xasprintf("cannot be used: %s", why) : NULL;

        for (size_t k = 0; k < ARRAY_LEN(members); k++)
            table_add(t, ask_text(v, members[k]));
        table_add(t, useless ? useless : ask_text(v, "file"));
    }
    table_write(t, &out);
    fputs(out.data ? out.data : "", stdout);
}

static void print_rows(struct rows *rows, bool as_json)
{
    if (rows->count > 0)
        qsort(rows->items, rows->count, sizeof(*rows->items), compare_rows);
    for (size_t i = 0; as_json && i < rows->count; i++)
        puts(rows->items[i].line);
    if (!as_json)
        print_table(rows);
    for (size_t i = 0; i < rows->count; i++) {
        free(rows->items[i].line);
        free(rows->items[i].name);
        free(rows->items[i].version);
    }
    free(rows->items);
}

static bool read_options(int argc, char **argv, struct wishes *wish)
{
    int c;

    while ((c = getopt_long(argc, argv, "b:r:c:" ASK_SHORT, long_options,
                            NULL)) != -1)
        switch (c) {
        case 'b':
            wish->bmc = optarg;
            break;
        case 'r':
            wish->folder = optarg;
            break;
        case 'c':
            wish->place.config = optarg;
            break;
        default:
            if (!ask_option(&wish->ask, c))
                return false;
        }
    return optind == argc;
}

static int run(int argc, char **argv)
{
    struct wishes wish = {.ask = ASK_NEW, .place = {.config = NULL}};
    bool good = read_options(argc, argv, &wish);
    struct rows rows = {0};
    int status = CTL_DONE;
    bool asked, looks;

    if (ask_usage(&wish.ask, good, usage, &status))
        return status;
    wish.place.socket = wish.ask.socket;
    /* A folder of one's own is not what the daemon knows. */
    asked = !wish.folder && ask_is_heard(wish.ask.socket);
    /* The cache only where there is reason to think that it is the right one.
     */
    looks = wish.bmc || wish.place.config ||
            (!wish.folder && access(TRAWL_CONFIG, R_OK) == 0);
    wish.place.config = wish.place.config ?: TRAWL_CONFIG;
    if (!wish.bmc && !asked)
        add_installed(&wish, &rows);
    if (asked || looks)
        status = served_list(&wish.place, wish.bmc, add_row, &rows);
    print_rows(&rows, wish.ask.json);
    return status;
}

const struct ctl_command ctl_registries = {
    .name = "registries",
    .summary = "list the registries and catalogues that are known",
    .run = run,
};
