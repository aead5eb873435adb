/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that Trawl knows about messages, loaded in one go and in the order of
 * trust: registries, catalogues of codes and repairs of clearing, from the
 * admin's folders and from the one that is shipped. The daemon and trawlctl
 * load it the same way.
 */
#pragma once

#include <stddef.h>

#include "registry.h"

/*
 * Never NULL. `local` are the admin's folders, first come first. What is wrong
 * with a file is told through `on_problem` (may be NULL).
 */
struct registry_set *knowledge_load(char *const *local, size_t count,
                                    void (*on_problem)(void *userdata,
                                                       const char *text),
                                    void *userdata);

/* The shipped folder, or the one that TRAWL_REGISTRY_DIR names. */
const char *knowledge_bundled(void);
