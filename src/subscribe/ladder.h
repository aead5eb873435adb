/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bodies of a POST that a BMC may take, from the fullest to the plainest:
 *   full -> without policy -> EventTypes -> EventTypes and nothing else
 *   -> minimal -> bare
 * A property that the BMC names as its reason is changed or left out at once;
 * only a refusal without a name costs a rung. No registries are named: an
 * absent RegistryPrefixes means all of them, also those that a BMC sends and
 * does not list. Where one insists on the property, it gets what it lists.
 * Pure: what was taken is for the caller to remember.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "service.h"
#include "subscribe/refusal.h"
#include "vendors.h"

/* What a body is made of; the texts are the caller's. */
struct ladder_facts {
    const struct service *service;
    const struct vendor *vendor;
    const char *destination, *context;
    const char *secret; /* for HttpHeaders; NULL: no second secret */
};

enum ladder_types {
    LADDER_TYPES_ALL,     /* all that it lists, or that there are */
    LADDER_TYPES_CLASSIC, /* those of the first specification */
    LADDER_TYPES_ALERT,
};

/* One climb. Starts with ladder_begin(); nothing to free. */
struct ladder {
    unsigned parts;   /* of the body to send now: enum ladder_part */
    unsigned refused; /* not in this climb any more */
    unsigned needed;  /* the BMC asked for them */
    int rung;
    int policy;    /* index, from the best on */
    int headers;   /* VENDOR_HEADERS_… */
    int types;     /* how many EventTypes: enum ladder_types */
    bool recalled; /* begun with what had worked before */
    unsigned tries;
};

#define LADDER_SECRET_HEADER "X-Trawl-Secret"
#define LADDER_HEARTBEAT_MINUTES 5

/* `remembered`: of ladder_remember(), or NULL; unreadable text is ignored. */
void ladder_begin(struct ladder *l, const struct ladder_facts *facts,
                  const char *remembered);

/* The body to send now; a new reference. */
json_t *ladder_body(const struct ladder *l, const struct ladder_facts *facts);

/* After a refusal of kind REFUSAL_BODY: false if nothing is left to try. */
bool ladder_next(struct ladder *l, const struct ladder_facts *facts,
                 const struct refusal *why);

/* What is being sent, as a text to keep and to show; the caller frees it. */
char *ladder_remember(const struct ladder *l);

/* What a PATCH sets of a subscription that lost them: policy, Context. */
json_t *ladder_mend(const struct ladder *l, const struct ladder_facts *facts,
                    unsigned parts);
