/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `match:` of a route or a condition rule says, ready to be asked of an
 * event: severity, registry, message, bmc, labels.NAME, origin, state, source,
 * vendor; a list means any of, several keys mean all of, `not:` inverts.
 */
#pragma once

#include <stdbool.h>

#include "event.h"
#include "yaml.h"

struct match;

/* From YAML; NULL if something is wrong, which stands in `problems`. */
struct match *match_parse(const struct yaml_node *node, const char *path,
                          struct yaml_problems *problems);

void match_free(struct match *m);

/* Whether the event is one of those meant; a NULL match means all. */
bool match_event(const struct match *m, const struct event *e);
