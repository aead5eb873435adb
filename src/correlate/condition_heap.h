/* SPDX-License-Identifier: Apache-2.0 */
/* What is due first: the conditions that have a time, in a heap by it. */
#pragma once

#include "correlate/conditions.h"

struct condition_heap {
    struct condition **items; /* the first is due first */
    size_t count, cap;
};

/* One that is never due (USEC_INFINITY) stays out. */
void condition_heap_add(struct condition_heap *h, struct condition *c);

/* Does nothing if it is not in it; before its time changes. */
void condition_heap_remove(struct condition_heap *h, struct condition *c);
