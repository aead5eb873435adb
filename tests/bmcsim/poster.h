/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The poster sends events to the destinations of subscriptions: one thread,
 * one curl multi handle on an epoll descriptor. Each subscription has a lane:
 * its events leave in order, the next one only when the former was answered
 * or given up, over connections of its own.
 */
#ifndef BMCSIM_POSTER_H
#define BMCSIM_POSTER_H

#include "event.h"

struct lane;
struct poster;
struct subscription;

struct poster *poster_new(struct sim *sim);
/* Ends the thread, then frees; all lanes have been closed. Not under the
 * lock. */
void poster_free(struct poster *p);

/* The rest under the lock. A closed lane gives up what it still has, and is
 * freed by the poster. */
struct lane *lane_open(struct poster *p, struct subscription *s);
void lane_close(struct lane *lane);
void lane_push(struct lane *lane, struct event *e);
size_t lane_depth(const struct lane *lane);

#endif
