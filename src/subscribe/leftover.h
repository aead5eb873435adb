/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscriptions of ours at BMCs that are not configured any more: they left
 * while Trawl did not run, or did not let us take ours back. Their account
 * went with the configuration, and another machine may have the address by
 * now, so nobody asks them: no password is sent to what is not configured. It
 * is told, and remembered (in the notebook) until the BMC is back or somebody
 * says that it is settled.
 */
#pragma once

#include "subscribe.h"

struct leftover {
    const char *bmc; /* the name that it had */
    const char *url;
    char *uri; /* of ours at it, or NULL: not known; the caller's to free */
};

/*
 * What stands in the notebook of a BMC is of the one at its URL. One that has
 * another URL now is mostly the same machine; if it is not, something of ours
 * stays at the one before, which the log says.
 */
void leftover_bind(struct subscriber *s, const struct bmc *bmc);

/*
 * After each change of the fleet: keeps in the notebook, of the BMCs that are
 * gone, those where something of ours may stand. What stands at one that only
 * has another name now is that one's to see to.
 */
void leftover_sort(struct subscriber *s);

/*
 * Walks them; start with *cursor = 0, false at the end. Those that are being
 * left right now are passed over. The texts are good until a change.
 */
bool leftover_next(const struct subscriber *s, size_t *cursor,
                   struct leftover *ret);

/* Once at the start: a line of the log, and an event for each that is new. */
void leftover_tell(struct subscriber *s);

/* It was told of this one; it is not new at the next start. */
void leftover_set_told(struct subscriber *s, const char *bmc);

/* Somebody says that it is settled; false: there is none of that name. */
bool leftover_forget(struct subscriber *s, const char *bmc);
