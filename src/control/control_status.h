/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between control_status.c, which has the status as a whole, and
 * control_status_fleet.c, which has the fleet's part of it.
 */
#pragma once

#include <stdint.h>

#include "control/control_rooms.h"
#include "util/json_writer.h"

struct report {
    const struct control_view *view;
    const struct metrics_view *figures;
    struct json_writer w;
    const char *holder;      /* the sink furthest behind, if it is down */
    struct buffer attention; /* sentences, each as JSON with a comma behind */
};

/* A member that is a number; one that is an object, to be closed. */
void control_status_number(struct report *r, const char *key, uint64_t n);
void control_status_open(struct report *r, const char *key);

/* Something for somebody to see to, in a sentence. */
void control_status_attend(struct report *r, const char *format, ...)
    _printf_(2, 3);

/* Adds the members "bmcs", "ways" and "leftovers". */
void control_status_fleet(struct report *r);
