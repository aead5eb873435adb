/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the logs of a BMC: those that its vendor's row names (vendors.h), else,
 * also if none of these is there, all LogServices of Managers, Systems and
 * Chassis but those that are switched off or hold dumps, POST codes and the
 * like. One question after another, and
 * a bounded number of them.
 */
#pragma once

#include "talk.h"

struct log_find;

struct log_find_result {
    unsigned status;         /* of what failed; 0: there was no answer */
    const struct error *err; /* NULL: it worked */
    char **logs;             /* paths of collections of entries, no two equal */
    size_t count;
};

/*
 * Starts; the BMC's service is known. on_done is called once, not from inside;
 * what it is given is gone after it, and so is the search.
 */
struct log_find *log_find_start(struct talk *talk, struct bmc *bmc,
                                void (*on_done)(void *userdata,
                                                const struct log_find_result *),
                                void *userdata);

/* After it on_done is not called. NULL is accepted. */
void log_find_cancel(struct log_find *f);
