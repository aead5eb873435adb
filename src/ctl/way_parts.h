/* SPDX-License-Identifier: Apache-2.0 */
/* Between way.c, which asks the stages, and way_print.c, which tells. */
#pragma once

#include <stdbool.h>

#include "config.h"
#include "event.h"
#include "ledger.h"
#include "route.h"
#include "util/buffer.h"

struct way_route {
    size_t index; /* in config.routes */
    bool matched;
};

struct way_told {
    const struct config *config;
    uint32_t place;            /* in the payload, from 1 */
    const struct event *event; /* NULL: none could be made */
    const char *why;           /* it could not be read */
    enum outcome outcome;
    const struct config_condition *rule; /* NULL: not asked */
    struct way_route *routes;            /* those asked, in order */
    size_t asked;
    enum route_result result;
};

/* What becomes of an event that nothing held back. */
enum outcome way_outcome(enum route_result result);

void way_write_text(const struct way_told *told, struct buffer *out);
void way_write_json(const struct way_told *told, struct buffer *out);
