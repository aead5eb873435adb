/* SPDX-License-Identifier: Apache-2.0 */
/* Between option.c, which walks tables, and option_kinds.c, which reads. */
#pragma once

#include "option.h"

/* One value about to be read, and all that a message about it says. */
struct option_reading {
    const struct option *option;
    const struct yaml_node *node;
    const char *path; /* of the value itself */
    struct yaml_problems *problems;
};

/* Sets the option's member of `base`; false after adding a problem. */
bool option_read_value(const struct option_reading *r, void *base);

void option_pair_set(struct option_pairs *pairs, const char *name,
                     const char *value);
void option_texts_done(struct option_texts *texts);
void option_pairs_done(struct option_pairs *pairs);
