/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes: a row is the routes of a configuration, an event's severity, the
 * sinks that it has already, and what comes of it.
 */
#include "route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match.h"
#include "tap.h"
#include "util/alloc.h"
#include "yaml.h"

#define SINKS 3

struct row {
    const char *what;
    const char *routes; /* "match > sinks flags", one after another by ';' */
    const char *severity;
    const char *before;
    enum route_result result;
    const char *sinks;
};

/* Sinks are a, b and c. Flags: + continue, ! drop. A match of - is none. */
static const struct row rows[] = {
    {"without routes nothing matches", "", "OK", "", ROUTE_UNMATCHED, ""},
    {"a route without a match takes all", "->a", "OK", "", ROUTE_TO_SINKS, "a"},
    {"first match wins", "OK>a;->b", "OK", "", ROUTE_TO_SINKS, "a"},
    {"the next one takes the others", "OK>a;->b", "Critical", "",
     ROUTE_TO_SINKS, "b"},
    {"no match", "OK>a", "Critical", "", ROUTE_UNMATCHED, ""},
    {"continue asks the next", "OK>a+;->b", "OK", "", ROUTE_TO_SINKS, "ab"},
    {"continue, and nothing after it", "OK>a+;Critical>b", "OK", "",
     ROUTE_TO_SINKS, "a"},
    {"a sink gets an event once", "->ab+;->bc+;->a", "OK", "", ROUTE_TO_SINKS,
     "abc"},
    {"drop drops", "OK>!;->a", "OK", "", ROUTE_DROPPED, ""},
    {"drop leaves the others", "OK>!;->a", "Warning", "", ROUTE_TO_SINKS, "a"},
    {"drop after continue ends, but calls nothing back", "->a+;OK>!;->b", "OK",
     "", ROUTE_TO_SINKS, "a"},
    {"a clear goes where its raise went", "->a", "OK", "b", ROUTE_TO_SINKS,
     "ba"},
    {"also when no route wants it", "Critical>a", "OK", "b", ROUTE_TO_SINKS,
     "b"},
    {"also when it is dropped", "->!", "OK", "b", ROUTE_TO_SINKS, "b"},
    {"and only once there", "->bc", "OK", "b", ROUTE_TO_SINKS, "bc"},
};

static struct match *parse_match(const char *text, size_t len)
{
    struct yaml_problems *p = yaml_problems_new();
    _cleanup_free_ char *yaml = xasprintf("severity: %.*s", (int)len, text);
    struct yaml_tree *tree = yaml_parse("t", yaml, strlen(yaml), p);
    struct match *m = match_parse(yaml_root(tree), "m", p);

    yaml_tree_free(tree);
    yaml_problems_free(p);
    return m;
}

static void add_route(struct config *c, const char *text)
{
    struct config_route *r = &c->routes[c->route_count++];
    const char *arrow = strchr(text, '>');

    r->sinks = xcalloc(SINKS, sizeof(*r->sinks));
    if (*text != '-')
        r->match = parse_match(text, (size_t)(arrow - text));
    for (arrow++; *arrow; arrow++) {
        if (*arrow == '+')
            r->go_on = true;
        else if (*arrow == '!')
            r->drop = true;
        else
            r->sinks[r->sink_count++] = (size_t)(*arrow - 'a');
    }
}

static char *sinks_of(const struct event *e)
{
    struct buffer names = {0};
    size_t cursor = 0;
    const char *name;

    buffer_add_text(&names, "");
    while ((name = event_next(e, EVENT_SINK, &cursor, NULL)))
        buffer_add_text(&names, name);
    return buffer_take_text(&names);
}

static void run(const struct row *row)
{
    struct config_sink sinks[SINKS] = {
        {.name = "a"}, {.name = "b"}, {.name = "c"}};
    struct config_route routes[4] = {0};
    struct config c = {.sinks = sinks, .sink_count = SINKS, .routes = routes};
    _cleanup_(event_freep) struct event *e = event_new();
    _cleanup_free_ char *copy = xstrdup(row->routes), *got = NULL;
    char *rest = copy, *route;

    while ((route = strsep(&rest, ";")))
        if (*route)
            add_route(&c, route);
    event_set_int(e, EVENT_SEVERITY,
                  event_severity_parse(row->severity, strlen(row->severity)));
    for (const char *s = row->before; *s; s++)
        event_add(e, EVENT_SINK, s, 1);
    is_int(route_event(&c, e), row->result, "%s", row->what);
    got = sinks_of(e);
    is_text(got, row->sinks, "its sinks");
    for (size_t i = 0; i < c.route_count; i++) {
        match_free(routes[i].match);
        free(routes[i].sinks);
    }
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        run(&rows[i]);
    return done_testing();
}
