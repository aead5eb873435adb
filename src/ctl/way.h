/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a payload would go and why: decoded, resolved, correlated as if it
 * were the first that is heard of anything, and routed, by a configuration
 * and without a daemon. Nothing is kept.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/buffer.h"

struct way {
    const char *config; /* the file */
    const char *bmc;    /* whose payload it is; NULL: nobody's */
    const char *vendor; /* what a daemon would have learned; may be NULL */
    bool json;
};

/*
 * Adds what there is to say of each event; the number of events, or -1 if the
 * configuration is not right, which was told on standard error.
 */
int way_show(const struct way *w, const char *bytes, size_t len,
             struct buffer *out);
