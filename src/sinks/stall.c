/* SPDX-License-Identifier: Apache-2.0 */
/* The patience with a far end; see stall.h. */
#include "sinks/stall.h"

usec_t stall_look(struct stall *s, bool owed, uint64_t acked, usec_t now)
{
    if (owed && s->owed && acked == s->seen)
        return now > s->since ? now - s->since : 0;
    *s = (struct stall){.owed = owed, .since = now, .seen = acked};
    return 0;
}
