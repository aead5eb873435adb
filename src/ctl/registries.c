/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl registries: which registries and catalogues are known, and where
 * they are from. Those of BMCs, and how many use each, are the daemon's to say.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "catalogue.h"
#include "ctl/ctl.h"
#include "ctl/known.h"
#include "util/alloc.h"
#include "util/buffer.h"
#include "util/json_writer.h"

static const char usage[] =
    "Usage: trawlctl registries [OPTION]...\n"
    "Lists the message registries and catalogues that are known here.\n"
    "\n"
    "  -j, --json            one JSON object for each, on one line\n"
    "  -r, --registries DIR  your own (default: the folder registries beside\n"
    "                        " TRAWL_CONFIG ")\n"
    "  -h, --help            print this and end\n";

static const struct option long_options[] = {
    {"json", no_argument, NULL, 'j'},
    {"registries", required_argument, NULL, 'r'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct row {
    char *name, *version;
    const char *from, *kind, *file;
    size_t messages;
};

static int compare_rows(const void *a, const void *b)
{
    const struct row *one = a, *other = b;
    int r = strcasecmp(one->name, other->name);

    return r ? r : strverscmp(one->version, other->version);
}

static void print_row(const struct row *row, bool as_json)
{
    _cleanup_(buffer_done) struct buffer out = {0};
    struct json_writer w;

    if (!as_json) {
        printf("%-20s %-8s %-9s %-8s %6zu  %s\n", row->name, row->version,
               row->kind, row->from, row->messages, row->file ? row->file : "");
        return;
    }
    json_writer_init(&w, &out);
    json_writer_open_object(&w);
    json_writer_member(&w, "kind", row->kind);
    json_writer_member(&w, "name", row->name);
    json_writer_member(&w, "version", *row->version ? row->version : NULL);
    json_writer_member(&w, "from", row->from);
    json_writer_key(&w, "messages");
    json_writer_u64(&w, row->messages);
    json_writer_member(&w, "file", row->file);
    json_writer_close_object(&w);
    puts(out.data);
}

static struct row registry_row(const struct registry *r)
{
    return (struct row){
        .name = xstrdup(r->prefix),
        .version = r->major == REGISTRY_VERSION_ANY
                       ? xstrdup("")
                       : xasprintf("%d.%d.%d", r->major, r->minor,
                                   MAX_OF(r->errata, 0)),
        .from = registry_origin_name(r->origin),
        .kind = "registry",
        .file = r->file,
        .messages = r->message_count,
    };
}

/* Entries of one catalogue stand together. */
static size_t catalogue_rows(const struct catalogue *c, struct row *rows)
{
    const char *last = NULL;
    size_t count = 0;

    for (size_t i = 0; i < catalogue_count(c); i++) {
        const struct catalogue_entry *e = catalogue_at(c, i);

        if (e->catalogue != last)
            rows[count++] = (struct row){
                .name = xstrdup(e->catalogue),
                .version = xstrdup(""),
                .from = registry_origin_name(e->origin),
                .kind = "catalogue",
            };
        rows[count - 1].messages++;
        last = e->catalogue;
    }
    return count;
}

static void print_all(const struct registry_set *set, bool as_json)
{
    const struct catalogue *codes = registry_set_catalogue(set);
    struct row *rows = xcalloc(
        registry_set_count(set) + catalogue_count(codes) + 1, sizeof(*rows));
    const struct registry *r;
    size_t count = 0, cursor = 0;

    while ((r = registry_set_next(set, &cursor)))
        rows[count++] = registry_row(r);
    count += catalogue_rows(codes, rows + count);
    qsort(rows, count, sizeof(*rows), compare_rows);
    for (size_t i = 0; i < count; i++) {
        print_row(&rows[i], as_json);
        free(rows[i].name);
        free(rows[i].version);
    }
    free(rows);
}

static int run(int argc, char **argv)
{
    struct registry_set *set;
    char *folder = NULL;
    bool as_json = false;
    int c;

    while ((c = getopt_long(argc, argv, "jr:h", long_options, NULL)) >= 0) {
        if (c == 'j') {
            as_json = true;
        } else if (c == 'r') {
            folder = optarg;
        } else {
            fputs(c == 'h' ? usage : "Try 'trawlctl registries --help'.\n",
                  c == 'h' ? stdout : stderr);
            return c == 'h' ? CTL_DONE : CTL_USAGE;
        }
    }
    set = known_load(&folder, folder ? 1 : 0);
    print_all(set, as_json);
    registry_set_free(set);
    return CTL_DONE;
}

const struct ctl_command ctl_registries = {
    .name = "registries",
    .summary = "list the registries and catalogues that are known",
    .run = run,
};
