/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware updates: a task each, that goes on with the clock and ends as it
 * was ordered to, well or in one of the ways that updates fail. What a client
 * sees of it stands in tasks.c.
 */
#ifndef BMCSIM_UPDATE_H
#define BMCSIM_UPDATE_H

#include "sim.h"

struct update_kind;

/* On its BMC's list, until a reboot. */
struct task {
    struct task *next;
    struct bmc *bmc;
    unsigned id;
    const struct update_kind *kind;
    unsigned percent, stuck;
    bool gone; /* nobody finds it, though the update may go on */
    bool over; /* the update has ended */
    const char *state, *status;
    char *version;
    usec_t begun, ended; /* by the BMC's clock */
    usec_t step;         /* between two tenths */
    usec_t reboot;       /* for so long in the end; 0: not at all */
    json_t *messages;
    struct timer timer;
};

/* {"kind", "duration_ms", "version", "reboot_ms"}, or {"next": KIND}: what
 * becomes of the next one that a client begins. -EBUSY when one is under way,
 * -EINVAL. ret_task is NULL where the client never hears of a task. */
int update_order(struct bmc *b, json_t *order, struct task **ret_task,
                 struct error *err);

/* Is one under way, whether its task can be found or not? */
bool update_is_running(const struct bmc *b);

/* Ends and forgets all. */
void update_clear(struct bmc *b);

/* The kinds as a comma list, for messages; freed by the caller. */
char *update_kinds(void);

#endif
