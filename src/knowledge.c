/* SPDX-License-Identifier: Apache-2.0 */
/* See knowledge.h. */
#include "knowledge.h"

#include <stdlib.h>

#include "catalogue.h"
#include "clearing.h"

const char *knowledge_bundled(void)
{
    const char *directory = getenv("TRAWL_REGISTRY_DIR");

    return directory && *directory ? directory : TRAWL_REGISTRIES;
}

struct registry_set *knowledge_load(char *const *local, size_t count,
                                    void (*on_problem)(void *userdata,
                                                       const char *text),
                                    void *userdata)
{
    struct registry_set *set = registry_set_new();
    struct catalogue *catalogue = catalogue_new();
    struct clearing *clearing = clearing_new();
    const char *bundled = knowledge_bundled();

    for (size_t i = 0; i < count; i++) {
        registry_set_load(set, local[i], REGISTRY_LOCAL, on_problem, userdata);
        catalogue_load(catalogue, local[i], REGISTRY_LOCAL, on_problem,
                       userdata);
    }
    registry_set_load(set, bundled, REGISTRY_BUNDLED, on_problem, userdata);
    catalogue_load(catalogue, bundled, REGISTRY_BUNDLED, on_problem, userdata);
    /* Of repairs the last one counts: ours first, then the admin's. */
    clearing_load(clearing, bundled, on_problem, userdata);
    for (size_t i = count; i > 0; i--)
        clearing_load(clearing, local[i - 1], on_problem, userdata);
    registry_set_take(set, catalogue, clearing);
    return set;
}
