/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of a BMC's subscription, over restarts too: the body that it
 * took, how it shows our address, and the terms as they were made. Only a
 * help: without it everything is found out again. No secrets: an address
 * stands there as a digest, or with its token taken out.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "notebook.h"

struct memory {
    char *ladder;   /* of ladder_remember(), or NULL */
    char *product;  /* that it is good for, and */
    char *firmware; /* under which it was taken; or NULL */
    char *made_for; /* memory_digest() of the address, or NULL */
    char *shown;    /* how the BMC shows that address, if otherwise */
    char *uri;      /* of the subscription at the BMC, or NULL */
    json_t *terms;  /* or NULL */
};

void memory_done(struct memory *m);

/*
 * From and to the notebook (NULL: there is none), by BMC name. Each takes or
 * gives `shown` with the token in it.
 */
void memory_load(struct memory *m, const struct notebook *n, const char *bmc,
                 const char *token);
void memory_save(const struct memory *m, struct notebook *n, const char *bmc,
                 const char *token);

/* A text that tells addresses apart; the caller frees it. */
char *memory_digest(const char *address);

/* Whether something of ours was made there, and was not taken back. */
bool memory_has(const struct notebook *n, const char *bmc);
void memory_forget(struct notebook *n, const char *bmc);

/* Where it was made; NULL: not known. The caller frees it. */
char *memory_uri(const struct notebook *n, const char *bmc);

/* The BMC has another name now. */
void memory_move(struct notebook *n, const char *from, const char *to);

/* Whether the BMC has sent its second secret. */
bool memory_has_secret(const struct notebook *n, const char *bmc);
void memory_set_secret(struct notebook *n, const char *bmc, bool sent);
