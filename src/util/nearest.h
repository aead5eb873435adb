/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The known word that somebody probably meant by an unknown one, for "did you
 * mean" in messages. Offer all candidates, then read `best`.
 */
#pragma once

#include <stddef.h>

struct nearest {
    const char *word; /* set this, leave the rest zero */
    const char *best; /* NULL: none is near enough */
    unsigned distance;
};

/* `candidate` must stay while `n` is used; NULL is passed over. */
void nearest_offer(struct nearest *n, const char *candidate);
