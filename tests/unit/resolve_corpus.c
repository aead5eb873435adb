/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payloads of real BMCs against published registries, where both are at hand:
 * every MessageId that some registry defines gets words, severity and, in the
 * absence of a text of its own, that registry's text with no hole left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clearing.h"
#include "decode.h"
#include "registry.h"
#include "resolve.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/buffer.h"
#include "util/file.h"

/* Whether any registry at hand defines the key that an id ends in. */
static bool is_defined(const struct registry_set *set, const char *id)
{
    struct registry_hit hit;
    struct resolve_id parts;
    bool found = false;

    resolve_id_parse(id, strlen(id), &parts);
    if (parts.registry && parts.key)
        found = registry_find(set, parts.registry, REGISTRY_VERSION_ANY,
                              REGISTRY_VERSION_ANY, REGISTRY_VERSION_ANY,
                              parts.key, &hit);
    resolve_id_done(&parts);
    return found;
}

struct tally {
    unsigned events, defined, wordless;
};

static void check_event(const struct registry_set *set, struct event *e,
                        const char *file, struct tally *t)
{
    const char *id = event_text(e, EVENT_MESSAGE_ID, NULL);
    _cleanup_free_ char *name = xstrdup(id);
    const char *from;

    resolve_event(&(struct registry_view){.shared = set}, e);
    from = event_text(e, EVENT_RESOLVED_FROM, NULL);
    t->events++;
    if (!name || !is_defined(set, name)) {
        if (strcmp(from, "none") == 0) {
            diag("%s: nobody has words for %s", file, name ? name : "no id");
            t->wordless++;
        }
        return;
    }
    t->defined++;
    if (strcmp(from, "none") == 0 || !event_has(e, EVENT_REGISTRY_SEVERITY) ||
        event_int(e, EVENT_SEVERITY, SEVERITY_UNKNOWN) == SEVERITY_UNKNOWN)
        ok(false, "%s: %s is defined and stays unresolved", file, name);
}

static void check_file(const struct registry_set *set, const char *folder,
                       const char *file, struct tally *t)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, file);
    _cleanup_(buffer_done) struct buffer bytes = {0};
    struct decode_options options = {.received = 1800000000 * USEC_PER_SEC};
    struct decode_result result;

    if (file_read(path, 16 << 20, &bytes, NULL) < 0 || bytes.len == 0)
        return;
    decode_payload(bytes.data, bytes.len, &options, &result);
    for (size_t i = 0; i < result.count; i++)
        if (result.items[i].event)
            check_event(set, result.items[i].event, file, t);
    decode_result_done(&result);
}

static void count_problem(void *userdata, const char *text)
{
    diag("%s", text);
    ++*(int *)userdata;
}

int main(void)
{
    const char *corpus = getenv("TRAWL_CORPUS");
    _cleanup_free_ char *published =
        xasprintf("%s/registries", corpus ? corpus : "");
    _cleanup_free_ char *served = xasprintf("%s/served", published);
    _cleanup_free_ char *events = xasprintf("%s/events", corpus ? corpus : "");
    struct registry_set *set;
    struct tally t = {0};
    char **names = NULL;
    size_t count = 0;
    int problems = 0;

    if (!corpus) {
        puts("1..0 # SKIP no TRAWL_CORPUS");
        return 0;
    }
    set = registry_set_new();
    registry_set_load(set, published, REGISTRY_BMC, count_problem, &problems);
    registry_set_load(set, served, REGISTRY_BMC, count_problem, &problems);
    is_int(problems, 0, "all %zu published registries are read",
           registry_set_count(set));
    file_list(events, ".json", &names, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        check_file(set, events, names[i], &t);
        free(names[i]);
    }
    free(names);
    ok(t.events > 30 && t.defined > 10,
       "%u events, %u with a defined MessageId, all resolved", t.events,
       t.defined);
    registry_set_free(set);
    return done_testing();
}
