/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings as data: a table names each knob of a struct, its type and what it
 * means. The configuration file, --set, the control port and --help all walk
 * the same tables, so a new knob is one row.
 */
#ifndef BMCSIM_KNOB_H
#define BMCSIM_KNOB_H

#include <jansson.h>

#include "base.h"

enum knob_type { KNOB_BOOL, KNOB_INT, KNOB_REAL, KNOB_TEXT, KNOB_CHOICE };

struct knob {
    const char *name;
    enum knob_type type; /* bool, long, double, char *, int */
    size_t offset;
    const char
        *choices; /* KNOB_CHOICE: "first second ...", the value is the index */
    const char *help;
};

/* Sets the knobs of base that object names. Keys that are no knob are an
 * error unless listed in others (blank separated). Nothing is changed when
 * one key is wrong. Returns -EINVAL. */
int knob_apply(const struct knob *knobs, void *base, json_t *object,
               const char *others, struct error *err);

/* A JSON value of what the user typed: true, 12, 0.5, or the text itself. */
json_t *knob_guess(const char *text);

/* A new object with every knob's value. */
json_t *knob_dump(const struct knob *knobs, const void *base);

/* The table as lines of help. */
void knob_help(const struct knob *knobs, struct buf *ret_text);

/* Of a zeroed struct; texts are then never NULL. */
void knob_init(const struct knob *knobs, void *base);
void knob_done(const struct knob *knobs, void *base);

#endif
