/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sends beside whom, and how fast. While others send too, a BMC's records
 * are taken in rounds: a share of them, and the next share two milliseconds
 * later. What is taken at once is followed at once by who floods, and the
 * processor and the disk are gone for the others. A BMC that is alone has no
 * rounds. Loop thread only; all times are monotonic.
 */
#pragma once

#include "bmc.h"

struct pace {
    size_t share; /* records a round; 0: no rounds */
    const struct bmc *last;
    usec_t last_at;  /* when that one sent */
    usec_t other_at; /* and any other, last */
};

/* It sends, now. */
void pace_note(struct pace *p, const struct bmc *bmc, usec_t now);

/* Whether no other has sent for some seconds. */
bool pace_is_alone(const struct pace *p, const struct bmc *bmc, usec_t now);

/*
 * So many of its records were taken. They may be more than what was left of
 * the round, where they came in one piece: then it lasts longer.
 */
void pace_count(const struct pace *p, struct bmc *bmc, uint64_t records,
                usec_t now);

/* How long nothing more of it is to be taken; 0: its round has room. */
usec_t pace_delay(const struct pace *p, const struct bmc *bmc, usec_t now);

/* It leaves the fleet. */
void pace_forget(struct pace *p, const struct bmc *bmc);
