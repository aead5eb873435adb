/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The routes, asked in order. An event may come with sinks already: one that
 * ends a condition also goes wherever its raise went, and no `drop` takes that
 * away. A `drop` likewise ends the way of an event that earlier routes with
 * `continue` have sent somewhere, without calling it back.
 */
#include "route.h"

#include <string.h>

#include "match.h"

static bool has_sink(const struct event *e, const char *name)
{
    size_t cursor = 0;
    const char *sink;

    while ((sink = event_next(e, EVENT_SINK, &cursor, NULL)))
        if (strcmp(sink, name) == 0)
            return true;
    return false;
}

static void add_sinks(const struct config *config,
                      const struct config_route *route, struct event *e)
{
    for (size_t i = 0; i < route->sink_count; i++) {
        const char *name = config->sinks[route->sinks[i]].name;

        if (!has_sink(e, name))
            event_add(e, EVENT_SINK, name, strlen(name));
    }
}

enum route_result route_trace(const struct config *config, struct event *e,
                              route_asked_fn *on_asked, void *userdata)
{
    enum route_result without = ROUTE_UNMATCHED;

    for (size_t i = 0; i < config->route_count; i++) {
        const struct config_route *route = &config->routes[i];
        bool matched = match_event(route->match, e);

        if (on_asked)
            on_asked(userdata, i, matched);
        if (!matched)
            continue;
        if (route->drop)
            without = ROUTE_DROPPED;
        else
            add_sinks(config, route, e);
        if (!route->go_on)
            break;
    }
    return event_has(e, EVENT_SINK) ? ROUTE_TO_SINKS : without;
}

enum route_result route_event(const struct config *config, struct event *e)
{
    return route_trace(config, e, NULL, NULL);
}
