/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told when a BMC stops and starts to answer us or to take our
 * subscription: one line of the log and one event of our own at each change,
 * whichever way of receiving noticed it.
 */
#pragma once

#include "bmc.h"
#include "pipeline.h"

/*
 * An attempt failed: `status` 0 means that there was no answer, else the BMC
 * refused. `what` says what was tried ("subscribe").
 */
void reach_failed(struct pipeline *p, struct bmc *bmc, unsigned status,
                  const char *what, const struct error *err);

/*
 * A URI of the BMC leads elsewhere and was not followed. Told a few times an
 * hour: each attempt meets it again.
 */
void reach_refused_uri(struct pipeline *p, struct bmc *bmc, const char *uri);

/*
 * A login was refused, or taken. After the second in a row none is tried for
 * half an hour, which one event of our own says, and another its end.
 */
void reach_login_refused(struct pipeline *p, struct bmc *bmc, usec_t now);
void reach_login_accepted(struct pipeline *p, struct bmc *bmc);

/* So many were refused in a row before this start, the last that long ago. */
void reach_recall_refused(struct bmc *bmc, unsigned count, usec_t ago,
                          usec_t now);

/*
 * Whether a login may be tried at `now` (monotonic). After the pause it may be
 * tried once: another refusal begins the next.
 */
bool reach_may_log_in(struct bmc *bmc, usec_t now);

/* The BMC answers; nothing is said of its subscription. */
void reach_answers(struct pipeline *p, struct bmc *bmc);

/* It worked; `how` goes to the log. */
void reach_worked(struct pipeline *p, struct bmc *bmc, const char *how);

/*
 * How long to wait before the next attempt: `delay`, or half an hour once the
 * BMC has refused our password twice. We never lock an account (design 6).
 */
usec_t reach_delay(const struct bmc *bmc, usec_t delay);

/*
 * After a start: what was said of BMCs before it, and stands, is known again,
 * so that its end will be said.
 */
void reach_restore(const struct fleet *fleet, const struct correlator *c);

/*
 * Whether that is why nothing is tried. After a reload it is tried once more,
 * for the password may be right by now at the BMC; one that changed here has
 * both its tries (talk.c).
 */
bool reach_is_held(const struct bmc *bmc);
void reach_begin(struct bmc *bmc);
