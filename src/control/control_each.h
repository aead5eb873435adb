/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thing to be done at each of several BMCs, which takes its time: so many
 * at once, a line of the answer for each as it ends, and the number of them at
 * the end. If the client leaves, what is under way is cancelled.
 *
 *   {"bmc": NAME, "ok": BOOL, "text": TEXT}
 */
#pragma once

#include "control/control_call.h"
#include "control/control_rooms.h"

#define CONTROL_EACH_AT_ONCE 64

struct control_one; /* what is done at one BMC */

struct control_each_type {
    /*
     * Begins. control_one_over() is to be called once it is over, never from
     * inside. Returns what cancel() takes; NULL if it cannot begin, with why.
     */
    void *(*start)(const struct control_view *view, struct bmc *bmc,
                   struct control_one *one, struct error *err);
    void (*cancel)(void *handle);
};

/* Does it at the BMCs that the request names; ends the call. */
void control_each(struct control_call *call, const struct control_view *view,
                  const struct control_each_type *type);

/*
 * It is over at this BMC, well or not, with a text for people; the handle is
 * gone, and `one` with it.
 */
void control_one_over(struct control_one *one, bool ok, const char *format, ...)
    _printf_(3, 4);

/* Whether this BMC is asked at all, and has answered once; else why not. */
bool control_each_may_ask(const struct control_view *view,
                          const struct bmc *bmc, struct error *err);

/* For whoever looks again at the end; the BMC is NULL if it has left. */
const struct control_view *control_one_view(const struct control_one *one);
struct bmc *control_one_bmc(const struct control_one *one);
