/* SPDX-License-Identifier: Apache-2.0 */
/* Events and comments as text/event-stream, in the dialect's way. */
#ifndef BMCSIM_FRAME_H
#define BMCSIM_FRAME_H

#include "event.h"

/* One event with its id. bare: the records without the envelope, as some
 * vendors replay them. */
void frame_event(struct bmc *b, const struct event *e, bool bare,
                 struct buf *ret);
/* What is said to an id that the BMC does not know (any more). */
void frame_exceeded(const struct dialect *d, struct buf *ret);
void frame_comment(const struct dialect *d, const char *text, struct buf *ret);
void frame_retry(const struct dialect *d, struct buf *ret);

#endif
