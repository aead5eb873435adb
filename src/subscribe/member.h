/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose a subscription is that stands at a BMC, and whether it still is as it
 * was made. Ours is told by the token at the end of its Destination or by our
 * Context, never by an address alone: collectors move, and several may stand
 * behind one address. What is a stream's (no Destination) or a stranger's is
 * nobody's business of ours. Pure.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

enum member_kind {
    MEMBER_OURS,     /* and current: it posts to where we listen */
    MEMBER_STALE,    /* ours, with an address or token of yesterday */
    MEMBER_STREAM,   /* no Destination: a stream that is open */
    MEMBER_FREE,     /* a slot made by the vendor that nobody uses */
    MEMBER_STRANGER, /* anybody else's */
};

/* How we know what is ours. All texts are the caller's. */
struct member_words {
    const char *destination; /* where this BMC posts to now; NULL: nowhere */
    const char *shown;       /* what the BMC makes of it, if that differs */
    const char *tokens[3];   /* of this BMC, old ones too; NULL-terminated */
    const char *context;     /* "trawl:<collector>:<name>" */
    size_t collector_len;    /* of it, up to and with the second colon */
    bool slots;              /* the BMC has fixed slots and no streams */
    /*
     * Whether another BMC of that name is in the fleet at this BMC's address:
     * then its subscription here is not ours to remove. May be NULL.
     */
    bool (*has_other)(void *userdata, const char *name);
    void *userdata;
};

enum member_kind member_classify(const json_t *member,
                                 const struct member_words *words);

/*
 * Whether two addresses lead to the same: case of scheme and host, a standard
 * port and slashes at the end make no difference.
 */
bool member_same_address(const char *a, const char *b);

/* Its port is not the standard one of its scheme. */
bool member_has_own_port(const char *address);

/* It was switched off: suspended after failed deliveries, or by hand. */
bool member_is_off(const json_t *member);

/*
 * What of it decides which events come and how: a new object, to be kept and
 * compared (json_equal()) with what is there later.
 */
json_t *member_terms(const json_t *member);

/*
 * What of `wanted` is otherwise in `terms`, and filters that `wanted` does not
 * have, as empty lists: a new object, empty if nothing changed.
 */
json_t *member_drift(const json_t *terms, const json_t *wanted);
