/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Trawl notices about a BMC while its events pass, and says: a clock that
 * is wrong, a registry that nobody has. Called by pipeline.c for each event.
 */
#pragma once

#include "pipeline.h"
#include "registry/registry_view.h"
#include "util/hashmap.h"

/* The registries that explain what this BMC (NULL: Trawl) says. */
struct registry_view pipeline_view(const struct pipeline *p,
                                   const struct bmc *bmc);

void pipeline_watch_clock(struct pipeline *p, struct bmc *bmc,
                          const struct event *e);

/*
 * Says once for each registry that an event names and nobody has, unless the
 * BMC's own are still being read. `missing`: those that it said.
 */
void pipeline_watch_registry(struct pipeline *p, struct hashmap *missing,
                             struct bmc *bmc, const struct event *e);
