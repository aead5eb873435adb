/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conditions in memory, found by key, by place (BMC, message, origin), by
 * BMC and by what is due next. At most `limit` in all and `per_bmc` of one
 * BMC: beyond that none is added and none pushed out; when `limit` is reached
 * a BMC may still have its share (limit / BMCs). Loop thread only.
 */
#pragma once

#include "correlate/condition.h"

struct conditions;

/* A BMC of the table; lives as long as the table. */
struct condition_bmc {
    struct condition *list; /* newest first, by `next` */
    size_t count;
    bool gone;           /* from the configuration: all are to be closed */
    bool said_full;      /* that its share is used up */
    usec_t newest_clear; /* the BMC's time of its latest clear */
    char name[];
};

/* Text that many conditions have in common, counted. */
struct condition_shared {
    unsigned refs;
    char *name;
    const char *parts[3]; /* into text: of a message: id, registry, key */
    char text[];
};

struct condition {
    struct condition_row row; /* to be changed by conditions_set() only */
    struct condition_bmc *bmc;
    struct condition *next, *before; /* of the BMC */
    struct condition *chain;         /* of the key's bucket */
    struct condition *place_chain;
    struct condition_shared *message, *sinks; /* sinks may be NULL */
    struct condition_more *more;
    uint32_t heap; /* place in the heap + 1; 0: nothing is due */
    uint16_t origin_len, args_len, text_len;
    char text[]; /* origin, arguments, message text; each ends with NUL */
};

/* What few have. */
struct condition_more {
    struct event *held; /* the event that waits */
    usec_t *times;
    size_t time_count;
};

struct conditions *conditions_new(size_t limit, size_t per_bmc);
void conditions_free(struct conditions *t);
DEFINE_FREEP(struct conditions, conditions_free);
void conditions_set_limits(struct conditions *t, size_t limit, size_t per_bmc);

struct condition *conditions_find(const struct conditions *t,
                                  const uint8_t key[CONDITION_KEY_LEN]);

/* The BMC's entry, made if there is none. */
struct condition_bmc *conditions_bmc(struct conditions *t, const char *name);

/* Whether one more may be added. */
bool conditions_has_room(const struct conditions *t,
                         const struct condition_bmc *bmc);

/*
 * Whether what an event is about (origin, arguments, message) is short enough
 * to be kept for as long as its condition stands: CONDITION_ABOUT_MAX.
 */
#define CONDITION_ABOUT_MAX 4096
bool conditions_can_keep(const struct event *about);

/*
 * A new one, about what `about` says (origin, arguments, text; a text is cut
 * to CONDITION_TEXT_MAX), with an empty row but for the key. NULL if it cannot
 * be kept.
 */
#define CONDITION_TEXT_MAX 256
struct condition *conditions_add(struct conditions *t,
                                 const struct event *about,
                                 const uint8_t key[CONDITION_KEY_LEN]);

/* Assigns all of it; CONDITION_OVER removes and frees it. */
void conditions_set(struct conditions *t, struct condition *c,
                    const struct condition_whole *w);

/* Keeps a copy of the event that waits; NULL lets it go. */
void conditions_hold(struct condition *c, const struct event *e);

/* All of it, to be written or changed; points into the condition. */
void condition_get(const struct condition *c, struct condition_whole *ret);

/* The next at that place after `c` (NULL: the first), or NULL. */
struct condition *conditions_at(const struct conditions *t,
                                const struct condition *c, const char *bmc,
                                const char *registry, const char *key,
                                const char *origin);

/* The one that is due first, or NULL. */
struct condition *conditions_next_due(const struct conditions *t);

/* Walks all BMCs; start with *cursor = 0, NULL at the end. */
struct condition_bmc *conditions_next_bmc(const struct conditions *t,
                                          size_t *cursor);

/* Sets message id, origin, arguments, text, severity and BMC in an event. */
void condition_describe(const struct condition *c, struct event *e);

size_t conditions_count(const struct conditions *t);
size_t conditions_open(const struct conditions *t, enum severity severity);
