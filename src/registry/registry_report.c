/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See registry_report.h. A content that nobody needed yet is not read for
 * this: its prefix and its file are known without.
 */
#include "registry/registry_report.h"

#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "util/json_writer.h"
#include "util/tally.h"

struct line {
    const char *kind, *name, *version, *language, *from, *file;
    const char *bmc, *id, *uri, *why;
    uint64_t messages, bmcs; /* 0: not known, or does not apply */
};

static void write_line(const struct line *l, struct buffer *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    json_writer_member(&w, "bmc", l->bmc);
    json_writer_member(&w, "kind", l->kind);
    json_writer_member(&w, "id", l->id);
    json_writer_member(&w, "name", l->name);
    json_writer_member(&w, "version", l->version);
    json_writer_member(&w, "language", l->language);
    json_writer_member(&w, "from", l->from);
    if (l->messages > 0) {
        json_writer_key(&w, "messages");
        json_writer_u64(&w, l->messages);
    }
    if (l->bmcs > 0) {
        json_writer_key(&w, "bmcs");
        json_writer_u64(&w, l->bmcs);
    }
    json_writer_member(&w, "uri", l->uri);
    json_writer_member(&w, "file", l->file);
    json_writer_member(&w, "why", l->why);
    json_writer_close_object(&w);
    buffer_add_char(out, '\n');
}

/* Entries of one catalogue stand together. */
static uint64_t report_catalogues(const struct catalogue *c, uint64_t bmcs,
                                  struct buffer *out)
{
    struct line line = {.kind = "catalogue", .bmcs = bmcs};
    uint64_t count = 0;

    for (size_t i = 0; c && i < catalogue_count(c); i++) {
        const struct catalogue_entry *e = catalogue_at(c, i);
        bool ends = i + 1 == catalogue_count(c) ||
                    catalogue_at(c, i + 1)->catalogue != e->catalogue;

        line.messages++;
        if (!ends)
            continue;
        line.name = e->catalogue;
        line.from = registry_origin_name(e->origin);
        write_line(&line, out);
        line.messages = 0;
        count++;
    }
    return count;
}

uint64_t registry_report_shared(const struct registry_set *set, uint64_t bmcs,
                                struct buffer *out)
{
    const struct registry *r;
    char version[REGISTRY_VERSION_MAX];
    size_t cursor = 0;

    while ((r = registry_set_next(set, &cursor)))
        write_line(&(struct line){.kind = "registry",
                                  .name = r->prefix,
                                  .version = registry_version_text(r, version),
                                  .language = r->language,
                                  .from = registry_origin_name(r->origin),
                                  .messages = r->message_count,
                                  .bmcs = bmcs,
                                  .file = r->file},
                   out);
    return registry_set_count(set) +
           report_catalogues(registry_set_catalogue(set), bmcs, out);
}

static struct line line_of(const struct registry_content *c,
                           char version[REGISTRY_VERSION_MAX])
{
    return (struct line){
        .kind = "registry",
        .name = c->prefix,
        .version =
            c->registry ? registry_version_text(c->registry, version) : NULL,
        .language = c->registry ? c->registry->language : NULL,
        .from = registry_origin_name(REGISTRY_BMC),
        .messages = c->registry ? c->registry->message_count : 0,
        .file = c->path,
    };
}

/*
 * By what BMCs have it: contents by their hash, reasons by what stands behind
 * a line end.
 */
static void count_claim(struct tally *t, const struct registry_claim *c,
                        unsigned bmcs)
{
    _cleanup_(buffer_done) struct buffer name = {0};

    if (c->content)
        tally_add(t, c->content->hash, bmcs);
    if (!c->why)
        return;
    buffer_printf(&name, "\n%s\n%s", c->name, c->why);
    tally_add(t, name.data, bmcs);
}

static void report_useless(const char *name, uint64_t bmcs, struct buffer *out)
{
    const char *why = strchr(name + 1, '\n');
    _cleanup_(buffer_done) struct buffer only = {0};

    buffer_add(&only, name + 1, (size_t)(why - name - 1));
    buffer_add_char(&only, '\0');
    write_line(&(struct line){.kind = "registry",
                              .name = only.data,
                              .from = registry_origin_name(REGISTRY_BMC),
                              .bmcs = bmcs,
                              .why = why + 1},
               out);
}

uint64_t registry_report_served(const struct registry_cache *cache,
                                struct buffer *out)
{
    _cleanup_(tally_freep) struct tally *t = tally_new();
    const struct registry_own *own;
    const char *name;
    size_t cursor = 0;
    uint64_t bmcs, count = 0;

    while ((own = registry_binding_next_set(cache, &cursor)))
        for (size_t i = 0; i < own->claims.count; i++)
            count_claim(t, &own->claims.items[i], own->refs);
    cursor = 0;
    while (tally_next(t, &cursor, &name, &bmcs)) {
        char version[REGISTRY_VERSION_MAX];

        if (*name == '\n') {
            report_useless(name, bmcs, out);
        } else {
            struct line line =
                line_of(registry_cache_find_content(cache, name), version);

            line.bmcs = bmcs;
            write_line(&line, out);
        }
        count++;
    }
    return count;
}

uint64_t registry_report_own(const struct registry_own *own, const char *bmc,
                             struct buffer *out)
{
    for (size_t i = 0; i < own->claims.count; i++) {
        const struct registry_claim *c = &own->claims.items[i];
        char version[REGISTRY_VERSION_MAX];
        struct line line = {.kind = "registry",
                            .name = c->name,
                            .from = registry_origin_name(REGISTRY_BMC)};

        if (c->content)
            line = line_of(c->content, version);
        line.bmc = bmc;
        line.id = c->name;
        line.uri = c->uri;
        line.why = c->why;
        write_line(&line, out);
    }
    return own->claims.count;
}
