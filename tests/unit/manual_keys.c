/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawl.yaml(5) says of every key of every table its type and its default, and
 * describes no key that there is not.
 */
#include <stdlib.h>
#include <string.h>

#include "config/config_parts.h"
#include "manual.h"
#include "sinks/sink.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/buffer.h"

static const char *const kinds[] = {
    [OPTION_TEXT] = "text",       [OPTION_BOOL] = "boolean",
    [OPTION_INT] = "integer",     [OPTION_DURATION] = "duration",
    [OPTION_SIZE] = "size",       [OPTION_CHOICE] = "choice",
    [OPTION_TEXTS] = "texts",     [OPTION_PAIRS] = "pairs",
    [OPTION_SECTION] = "mapping", [OPTION_CUSTOM] = NULL,
};

struct manual {
    char *text;
    struct hashmap *known; /* full names of all keys */
};

/* What stands behind the name: " (size, default \fB4GiB\fR)". */
static char *heading_of(const struct option *o)
{
    if (o->standard)
        return xasprintf(" (%s, default \\fB%s\\fR)\n", kinds[o->kind],
                         o->standard);
    return xasprintf(" (%s%s)\n", kinds[o->kind],
                     o->required ? ", required" : "");
}

static void check_heading(const struct option *o, const char *entry,
                          const char *name)
{
    _cleanup_free_ char *wanted = NULL;
    _cleanup_free_ char *got = xstrndup(entry, strcspn(entry, "\n") + 1);

    if (o->kind == OPTION_CUSTOM)
        return;
    wanted = heading_of(o);
    is_text(got, wanted, "%s has its type and default", name);
}

static void check_choices(const struct option *o, const char *entry,
                          const char *name)
{
    for (size_t i = 0; o->kind == OPTION_CHOICE && o->choices[i]; i++)
        ok(strstr(entry, o->choices[i]) != NULL, "%s: %s is named", name,
           o->choices[i]);
}

static void check_table(struct manual *m, const struct option *table,
                        const char *path)
{
    for (const struct option *o = table; o && o->key; o++) {
        _cleanup_free_ char *name = option_path(path, o->key);
        _cleanup_free_ char *entry = manual_entry(m->text, name);

        hashmap_set(m->known, name, m);
        if (!ok(entry != NULL, "%s is there", name))
            continue;
        check_heading(o, entry, name);
        check_choices(o, entry, name);
        if (o->kind == OPTION_SECTION)
            check_table(m, o->section, name);
    }
}

static void check_sinks(struct manual *m)
{
    _cleanup_free_ char *names = xstrdup(sink_names());
    char *rest = names, *name;

    while ((name = strsep(&rest, ", ")))
        if (*name)
            check_table(m, sink_find(name)->options, name);
}

static void check_no_more(const struct manual *m)
{
    const char *at = m->text;
    char *name;

    while ((name = manual_next(&at))) {
        ok(hashmap_find(m->known, name) != NULL, "%s is a key", name);
        free(name);
    }
}

int main(void)
{
    struct manual m = {.text = manual_read("trawl.yaml.5")};

    m.known = hashmap_new();
    check_table(&m, config_options, NULL);
    check_table(&m, config_listener_options, "listen");
    check_table(&m, config_bmc_shared_options, "bmc_defaults");
    check_table(&m, config_bmc_options, "bmcs");
    check_table(&m, config_vendor_options, "vendors");
    check_table(&m, config_condition_options, "conditions");
    check_table(&m, config_sink_options, "sinks");
    check_table(&m, config_route_options, "routes");
    check_sinks(&m);
    check_no_more(&m);
    hashmap_free(m.known);
    free(m.text);
    return done_testing();
}
