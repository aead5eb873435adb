/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage that decides which sinks an event goes to: routes in order, the
 * first match wins unless it says continue; a sink gets an event once.
 */
#pragma once

#include "config.h"
#include "event.h"

enum route_result {
    ROUTE_TO_SINKS,
    ROUTE_DROPPED,   /* a matching route says drop: true */
    ROUTE_UNMATCHED, /* no route matched */
};

/* Adds the names of the sinks to the event (EVENT_SINK). */
enum route_result route_event(const struct config *config, struct event *e);

/* The same, telling of each route that was asked whether it matched. */
typedef void route_asked_fn(void *userdata, size_t index, bool matched);
enum route_result route_trace(const struct config *config, struct event *e,
                              route_asked_fn *on_asked, void *userdata);
