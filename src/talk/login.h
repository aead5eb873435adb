/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a BMC refused our login, known over a restart: a daemon that is
 * killed and started again must not lock an account, two tries at a time.
 */
#pragma once

#include "talk/peer.h"

/* The end of a try (reach.h). */
void login_refused(struct talk_peer *p);
void login_accepted(struct talk_peer *p);

/* A new peer: what stands of tries before this start. */
void login_recall(struct talk_peer *p);
