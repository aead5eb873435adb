/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `routes:` and `conditions:`, lists where the order counts: those of a
 * drop-in stand before the main file's, so that an addition can come first.
 */
#include <string.h>

#include "correlate/condition.h"
#include "config/config_parts.h"
#include "match.h"
#include "util/alloc.h"
#include "util/nearest.h"

#define ROUTE(m) offsetof(struct config_route, m)
#define CONDITION(m) offsetof(struct config_condition, m)
#define WITHIN(part, m) (CONDITION(part.m) - CONDITION(part))

const struct option config_route_options[] = {
    {
        .key = "match",
        .kind = OPTION_CUSTOM,
        .meaning = "which events; none: all",
    },
    {
        .key = "to",
        .kind = OPTION_CUSTOM,
        .meaning = "names of sinks",
    },
    {
        .key = "drop",
        .kind = OPTION_BOOL,
        .offset = ROUTE(drop),
        .standard = "false",
        .meaning = "deliver to no sink",
    },
    {
        .key = "continue",
        .kind = OPTION_BOOL,
        .offset = ROUTE(go_on),
        .standard = "false",
        .meaning = "ask the routes after this one too",
    },
    {0},
};

static const struct option after_options[] = {
    {
        .key = "count",
        .kind = OPTION_INT,
        .offset = WITHIN(after, count),
        .meaning = "how many",
        .min = 2,
        .max = CONDITION_TIMES_MAX,
        .required = true,
    },
    {
        .key = "within",
        .kind = OPTION_DURATION,
        .offset = WITHIN(after, within),
        .meaning = "in what time",
        .min = USEC_PER_SEC,
        .required = true,
    },
    {0},
};

static const struct option flapping_options[] = {
    {
        .key = "cycles",
        .kind = OPTION_INT,
        .offset = WITHIN(flapping, cycles),
        .meaning = "how many pairs of raise and clear",
        .min = 2,
        .max = CONDITION_TIMES_MAX,
        .required = true,
    },
    {
        .key = "within",
        .kind = OPTION_DURATION,
        .offset = WITHIN(flapping, within),
        .meaning = "in what time",
        .min = USEC_PER_SEC,
        .required = true,
    },
    {0},
};

#define RULE(name, member, value, text)                                    \
    {                                                                      \
        .key = name, .kind = OPTION_DURATION, .offset = CONDITION(member), \
        .standard = value, .meaning = text, .min = USEC_PER_SEC,           \
    }

const struct option config_condition_options[] = {
    {
        .key = "match",
        .kind = OPTION_CUSTOM,
        .meaning = "which events; none: all",
    },
    {
        .key = "after",
        .kind = OPTION_SECTION,
        .offset = CONDITION(after),
        .meaning = "say nothing before so many in that time",
        .section = after_options,
    },
    RULE("settle", settle, NULL, "wait so long for a clear that cancels it"),
    RULE("repeat", repeat, "24h", "sum up repeats of a condition so often"),
    RULE("within", within, NULL, "sum up equal events in this time"),
    {
        .key = "flapping",
        .kind = OPTION_SECTION,
        .offset = CONDITION(flapping),
        .meaning = "raise and clear so often become one event",
        .section = flapping_options,
    },
    RULE("expire", expire, NULL, "close a condition that nothing clears"),
    {0},
};

struct item {
    struct config_reader *r;
    const struct yaml_node *node;
    const char *path;
};

/* A list of all files: drop-ins first, then the main file. */
static void walk(struct config_reader *r, const char *key,
                 void (*read_item)(const struct item *it))
{
    for (size_t n = 1; n <= r->root_count; n++) {
        const struct yaml_node *list = config_list(r, n % r->root_count, key);

        for (size_t i = 0; list && i < list->count; i++) {
            _cleanup_free_ char *path = xasprintf("%s[%zu]", key, i);
            struct item it = {r, list->items[i], path};

            if (it.node->kind == YAML_MAPPING)
                read_item(&it);
            else
                yaml_problem(r->problems, &it.node->mark, path,
                             "expected a mapping of keys, found %s",
                             option_kind_of(it.node));
        }
    }
}

/* "FILE:LINE", which outlives the tree. */
static char *where_of(const struct item *it)
{
    return xasprintf("%s:%u", it->node->mark.file, it->node->mark.line);
}

/* No match: means every event; a wrong one is a problem, and no route. */
static struct match *read_match(const struct item *it)
{
    const struct yaml_node *node = yaml_find(it->node, "match");
    _cleanup_free_ char *path = option_path(it->path, "match");

    return node ? match_parse(node, path, it->r->problems) : NULL;
}

static bool sink_index(const struct config *c, const char *name, size_t *ret)
{
    for (size_t i = 0; i < c->sink_count; i++)
        if (strcmp(c->sinks[i].name, name) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

static void complain_sink(const struct item *it, const struct yaml_node *node,
                          const char *path)
{
    const struct config *c = it->r->config;
    _cleanup_(buffer_done) struct buffer known = {0};
    struct nearest near = {.word = node->text};

    for (size_t i = 0; i < c->sink_count; i++) {
        nearest_offer(&near, c->sinks[i].name);
        buffer_printf(&known, "%s%s", i ? ", " : "", c->sinks[i].name);
    }
    if (near.best)
        yaml_problem(it->r->problems, &node->mark, path,
                     "there is no sink '%s'; did you mean '%s'?", node->text,
                     near.best);
    else
        yaml_problem(it->r->problems, &node->mark, path,
                     "there is no sink '%s'; there is: %s", node->text,
                     known.data ? known.data : "none");
}

/* Routes hold indices: an event is routed without looking names up. */
static void add_sink(const struct item *it, struct config_route *route,
                     const struct yaml_node *node)
{
    _cleanup_free_ char *path = option_path(it->path, "to");
    size_t index = 0;

    if (node->kind != YAML_SCALAR) {
        yaml_problem(it->r->problems, &node->mark, path,
                     "expected the name of a sink, found %s",
                     option_kind_of(node));
        return;
    }
    if (!sink_index(it->r->config, node->text, &index)) {
        complain_sink(it, node, path);
        return;
    }
    for (size_t i = 0; i < route->sink_count; i++)
        if (route->sinks[i] == index)
            yaml_warning(it->r->problems, &node->mark, path,
                         "'%s' stands here twice; it gets each event once",
                         node->text);
    route->sinks[route->sink_count++] = index;
}

/* `to: siem` is as good as `to: [siem]`. */
static void read_to(const struct item *it, struct config_route *route)
{
    const struct yaml_node *to = yaml_find(it->node, "to");

    if (!to || to->kind == YAML_NULL)
        return;
    route->sinks = xcalloc(to->count + 1, sizeof(*route->sinks));
    if (to->kind != YAML_LIST)
        add_sink(it, route, to);
    for (size_t i = 0; to->kind == YAML_LIST && i < to->count; i++)
        add_sink(it, route, to->items[i]);
}

static bool goes_nowhere(const struct yaml_node *to)
{
    return !to || to->kind == YAML_NULL ||
           (to->kind == YAML_LIST && to->count == 0);
}

/* A route that does nothing, or two things at once, is a mistake. */
static void check_route(const struct item *it, const struct config_route *route)
{
    const struct yaml_node *to = yaml_find(it->node, "to");
    struct yaml_problems *problems = it->r->problems;

    if (goes_nowhere(to) && !route->drop)
        yaml_problem(problems, to ? &to->mark : &it->node->mark, it->path,
                     "this route leads nowhere: name sinks (to: [NAME]), or "
                     "say drop: true");
    if (route->drop && !goes_nowhere(to))
        yaml_problem(problems, &to->mark, it->path,
                     "'to' and 'drop: true' contradict each other");
    if (route->drop && route->go_on)
        yaml_problem(problems, &it->node->mark, it->path,
                     "'drop: true' and 'continue: true' contradict each "
                     "other: what is dropped goes no further");
}

/* Warns of the first route behind one that takes every event for good. */
static void check_reached(const struct item *it)
{
    const struct config *c = it->r->config;
    const struct config_route *last;

    if (c->route_count < 2)
        return;
    last = &c->routes[c->route_count - 2];
    if (!last->match && !last->go_on)
        yaml_warning(it->r->problems, &it->node->mark, it->path,
                     "is never asked: the route before it takes every event "
                     "(say continue: true there, or give it a match)");
}

static void read_route(const struct item *it)
{
    struct config *c = it->r->config;
    struct config_route *route = &c->routes[c->route_count++];
    size_t errors = yaml_problems_errors(it->r->problems);

    option_read(config_route_options, it->node, it->path, route,
                it->r->problems);
    route->where = where_of(it);
    route->match = read_match(it);
    read_to(it, route);
    check_route(it, route);
    if (yaml_problems_errors(it->r->problems) == errors)
        check_reached(it);
}

static bool is_used(const struct config *c, size_t sink)
{
    for (size_t i = 0; i < c->route_count; i++)
        for (size_t k = 0; k < c->routes[i].sink_count; k++)
            if (c->routes[i].sinks[k] == sink)
                return true;
    return false;
}

/* Not an error: a sink may be prepared before its route. */
static void warn_unused(struct config_reader *r, const char *sink)
{
    _cleanup_free_ char *path = option_path("sinks", sink);
    const struct yaml_node *node = config_node(r, "sinks", sink);

    yaml_warning(r->problems, node ? &node->mark : NULL, path,
                 "no route names this sink: it gets nothing");
}

/* An event that matches no route is counted and dropped: was that meant? */
static void warn_unmatched(struct config_reader *r)
{
    const struct config *c = r->config;
    const struct yaml_node *routes = config_node(r, NULL, "routes");

    for (size_t i = 0; i < c->route_count; i++)
        if (!c->routes[i].match)
            return;
    yaml_warning(r->problems, routes ? &routes->mark : NULL, "routes",
                 "no route takes every event: what matches none is dropped "
                 "and counted; end with {to: [NAME]} or {drop: true}");
}

void config_read_routes(struct config_reader *r)
{
    struct config *c = r->config;
    size_t errors = yaml_problems_errors(r->problems);

    c->routes = xcalloc(config_list_count(r, "routes"), sizeof(*c->routes));
    walk(r, "routes", read_route);
    /* A route that is wrong may have named the sink. */
    if (yaml_problems_errors(r->problems) > errors)
        return;
    for (size_t i = 0; i < c->sink_count; i++)
        if (!is_used(c, i))
            warn_unused(r, c->sinks[i].name);
    warn_unmatched(r);
}

void config_route_done(struct config_route *route)
{
    free(route->where);
    match_free(route->match);
    free(route->sinks);
}

static void read_condition(const struct item *it)
{
    struct config *c = it->r->config;
    struct config_condition *rule = &c->conditions[c->condition_count++];

    option_read(config_condition_options, it->node, it->path, rule,
                it->r->problems);
    rule->where = where_of(it);
    rule->match = read_match(it);
}

void config_read_conditions(struct config_reader *r)
{
    struct config *c = r->config;

    c->conditions =
        xcalloc(config_list_count(r, "conditions"), sizeof(*c->conditions));
    walk(r, "conditions", read_condition);
}

void config_condition_done(struct config_condition *condition)
{
    free(condition->where);
    match_free(condition->match);
}
