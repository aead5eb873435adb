/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which events a command is about, by the words of `match:` in routes: what an
 * option takes is what the configuration takes, and means the same. An option
 * that is there twice means any of both.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "event.h"

#define PICK_MAX 64

struct match;

struct pick {
    struct {
        const char *key;   /* of match: */
        const char *value; /* the command line's */
    } items[PICK_MAX];
    size_t count;
    struct match *match; /* made by pick_prepare(); NULL: all events */
};

/* False if there are too many. */
bool pick_add(struct pick *p, const char *key, const char *value);

/* False if a value can never match: why was printed on standard error. */
bool pick_prepare(struct pick *p);

bool pick_event(const struct pick *p, const struct event *e);

void pick_done(struct pick *p);
