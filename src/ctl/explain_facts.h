/* SPDX-License-Identifier: Apache-2.0 */
/* What explain says beside the event; see explain_print.h. */
#pragma once

#include "catalogue.h"
#include "clearing.h"
#include "ctl/explain_find.h"

struct explain_texts {
    char **texts; /* NULL-terminated, or NULL; owned, as each text */
    size_t count, cap;
};

struct explain_facts {
    struct registry_hit hit; /* message is NULL if no registry has it */
    const struct catalogue_entry *code; /* NULL: it is none */
    const struct catalogue_entry *diagnosis;
    struct clearing_answer clears, cleared_by;
    bool raises;
    struct explain_texts quirks; /* names of those that matter here */
    struct explain_texts odd;    /* sentences, also for them */
};

/* Of a resolved event. To be ended with explain_facts_done(). */
void explain_facts_gather(const struct registry_view *view,
                          const struct explain_found *found,
                          struct explain_facts *ret);
void explain_facts_done(struct explain_facts *f);
