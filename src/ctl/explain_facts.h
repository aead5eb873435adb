/* SPDX-License-Identifier: Apache-2.0 */
/* What explain says beside the event; see explain_print.h. */
#pragma once

#include "catalogue.h"
#include "clearing.h"
#include "ctl/explain_find.h"

struct explain_facts {
    struct registry_hit hit; /* message is NULL if no registry has it */
    const struct catalogue_entry *code; /* NULL: it is none */
    const struct catalogue_entry *diagnosis;
    struct clearing_answer clears, cleared_by;
    bool raises;
    char **odd; /* sentences, NULL-terminated; owned, as the texts */
    size_t odd_count, odd_cap;
};

/* Of a resolved event. To be ended with explain_facts_done(). */
void explain_facts_gather(const struct registry_set *set,
                          const struct explain_found *found,
                          struct explain_facts *ret);
void explain_facts_done(struct explain_facts *f);
