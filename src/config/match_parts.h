/* SPDX-License-Identifier: Apache-2.0 */
/* Between match.c, which asks events, and match_parse.c, which reads YAML. */
#pragma once

#include "match.h"
#include "util/macro.h"

enum match_kind {
    MATCH_ALL,  /* of the parts */
    MATCH_ANY,  /* of the parts */
    MATCH_NOT,  /* any of the parts */
    MATCH_TEXT, /* these test one field */
    MATCH_STATE,
    MATCH_LABEL,
    MATCH_MESSAGE,
    MATCH_SEVERITY,
};

struct match {
    enum match_kind kind;
    struct match **parts; /* owned */
    size_t count;
    enum event_field field;
    bool fold; /* letter case counts nothing */
    char *label;
    char **patterns; /* any of them */
    size_t pattern_count;
    unsigned severities; /* a bit for each enum severity */
};

struct match *match_new(enum match_kind kind);
void match_adopt(struct match *m, struct match *part);
DEFINE_FREEP(struct match, match_free);
