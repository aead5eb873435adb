/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer says. */
#pragma once

#include "talk.h"

/*
 * What an answer's body says: JSON, message id and error text, which
 * it points to until talk_answer_done(). False if *err has no words of the
 * BMC's own in it, so that what was asked should be told with it.
 */
bool talk_answer_read(struct talk_answer *a, bool raw, struct error *err);
void talk_answer_done(struct talk_answer *a);

/* Of a login: whether the BMC has no room for a session, or refuses us. */
bool talk_answer_is_full(const struct talk_answer *a);
bool talk_answer_is_refusal(const struct talk_answer *a);

/* The pause that a Retry-After asks for; 0: none that can be read. */
usec_t talk_answer_pause(const char *retry_after, usec_t now);
