/* SPDX-License-Identifier: Apache-2.0 */
/* See lingers.h. */
#include "lingers.h"

void lingers_add(struct lingers *l, usec_t now, usec_t how_long)
{
    for (size_t i = 0; how_long && i < LINGER_MAX; i++)
        if (l->until[i] <= now) {
            l->until[i] = now + how_long;
            return;
        }
}

size_t lingers_count(const struct lingers *l, usec_t now)
{
    size_t n = 0;

    for (size_t i = 0; i < LINGER_MAX; i++)
        n += l->until[i] > now;
    return n;
}

void lingers_clear(struct lingers *l)
{
    *l = (struct lingers){{0}};
}
