/* SPDX-License-Identifier: Apache-2.0 */
/* See served.h. */
#include "ctl/served.h"

#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/input.h"
#include "ctl/known.h"
#include "ctl/say.h"
#include "registry/registry_report.h"
#include "util/alloc.h"

struct served {
    struct registry_cache *cache; /* in memory */
    struct registry_claims claims;
    const struct registry_own *own;
};

/* The cache of the configuration, to look into; NULL (told) if it cannot be. */
static struct registry_cache *look(const char *config)
{
    _cleanup_free_ char *folder = known_cache(config);
    struct registry_cache *cache = NULL;
    struct error err = {""};

    if (folder && registry_cache_look(folder, &cache, &err) < 0)
        say(stderr, "trawlctl: %s", err.text);
    return cache;
}

static void hand_on(char *text, ask_line_fn *on_line, void *userdata)
{
    char *line;

    while (text && (line = strsep(&text, "\n"))) {
        _cleanup_(json_in_freep) struct json_in *doc =
            *line ? json_in_read(line, strlen(line), NULL) : NULL;

        if (doc)
            on_line(json_in_root(doc), line, userdata);
    }
}

static int list_local(const char *config, const char *bmc, ask_line_fn *on_line,
                      void *userdata)
{
    struct registry_cache *cache = look(config);
    const struct registry_binding *b =
        cache && bmc ? registry_binding_find(cache, bmc) : NULL;
    _cleanup_(buffer_done) struct buffer text = {0};
    int status = cache ? CTL_DONE : CTL_FAILED;

    if (cache && !bmc) {
        registry_report_served(cache, &text);
    } else if (b) {
        registry_report_own(b->own, bmc, &text);
    } else if (cache) {
        fprintf(stderr, "trawlctl: no registry of a BMC '%s' was read so far\n",
                bmc);
        status = CTL_FAILED;
    }
    hand_on(text.data, on_line, userdata);
    registry_cache_close(cache);
    return status;
}

int served_list(const struct served_place *place, const char *bmc,
                ask_line_fn *on_line, void *userdata)
{
    struct ask ask = {.socket = place->socket};

    /* No daemon: what the last one learned lies in its cache. */
    if (!ask_is_heard(place->socket))
        return list_local(place->config, bmc, on_line, userdata);
    ask_begin(&ask, "registries");
    json_writer_member(&ask.w, "bmc", bmc);
    return ask_run(&ask, on_line, userdata);
}

/* One that is of use: its bytes become a claim of ours. */
static void on_registry(const struct json_value *v, const char *line _unused_,
                        void *userdata)
{
    const char *file = ask_text(v, "file"), *id = ask_text(v, "id");
    _cleanup_(buffer_done) struct buffer bytes = {0};
    struct registry_content *content = NULL;
    struct served *s = userdata;
    struct registry_claim *c;
    struct error err = {""};

    if (!file || !id)
        return;
    if (input_read(file, &bytes, &err) < 0 ||
        registry_cache_put(s->cache, bytes.data ? bytes.data : "", bytes.len,
                           &content, &err) < 0) {
        say(stderr, "trawlctl: %s", err.text);
        return;
    }
    c = registry_claims_add(&s->claims);
    c->name = xstrdup(id);
    c->content = content;
}

struct served *served_open(const struct served_place *place, const char *bmc,
                           int *ret_status)
{
    struct served *s = XNEW(struct served);

    /*
     * A cache of our own without a folder: what the daemon names is read from
     * its files and never written.
     */
    registry_cache_look(NULL, &s->cache, NULL);
    *ret_status = served_list(place, bmc, on_registry, s);
    if (s->claims.count > 0)
        s->own = registry_binding_set(s->cache, bmc, "", "", &s->claims);
    return s;
}

void served_close(struct served *s)
{
    if (!s)
        return;
    registry_cache_close(s->cache);
    free(s);
}

const struct registry_own *served_own(const struct served *s)
{
    return s->own;
}
