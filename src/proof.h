/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof that events flow: a BMC is asked for a test event, and its arrival,
 * by whichever way the BMC is listened to, is waited for and timed. On
 * request, after a subscription was made or mended, and from time to time
 * (subscription.proof). The event is recorded as dropped for being a test,
 * unless subscription.forward_tests asks for it. Loop thread only.
 */
#pragma once

#include "sources/source.h"

struct proof;
struct proof_run;

enum proof_end {
    PROOF_ARRIVED,
    PROOF_REFUSED,     /* the BMC did not send one; `err` in its words */
    PROOF_LOST,        /* it said that it sends one, and none arrived */
    PROOF_TOO_SOON,    /* it was tried a moment ago */
    PROOF_UNSUPPORTED, /* it has no such action */
};

struct proof_result {
    enum proof_end end;
    usec_t took;             /* from the question to the arrival */
    const struct error *err; /* never NULL; why there is no proof */
};

/* It looks at all events of the host's pipeline until it is freed. */
struct proof *proof_new(struct source_host *host);

/* Nobody is called back. NULL is accepted. */
void proof_free(struct proof *p);

void proof_adopt(struct proof *p, const struct config *config);

/* A BMC leaves the fleet: what was under way ends as refused. */
void proof_remove(struct proof *p, struct bmc *bmc);

/*
 * Asks for a test event and waits for it. on_result (may be NULL) is called
 * once, never from inside; the run is gone then. A second question while one
 * is open waits for the same event.
 */
struct proof_run *proof_start(struct proof *p, struct bmc *bmc,
                              void (*on_result)(void *userdata,
                                                const struct proof_result *),
                              void *userdata);

/* After it on_result is not called. NULL is accepted. */
void proof_cancel(struct proof_run *run);

/* Its subscription was made or mended: proved as soon as the BMC lets us. */
void proof_after_change(struct proof *p, struct bmc *bmc);

struct proof_view {
    usec_t proved; /* real, of the last arrival; 0: none */
    usec_t took;   /* of that one */
    bool broken;   /* the last one that was sent did not arrive */
    bool failed;   /* or was refused, the last time that it could be asked */
};

void proof_describe(const struct proof *p, const struct bmc *bmc,
                    struct proof_view *ret);
