/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of registries, as lines of JSON: for the control socket, and
 * for trawlctl where no daemon runs. One object a line, with those of kind
 * ("registry" or "catalogue"), name, version, language, from, messages, file,
 * bmcs (how many use it), bmc, id, uri and why (it is of no use) that apply.
 */
#pragma once

#include <stdint.h>

#include "registry/registry_cache.h"

/* The admin's and the bundled, which hold for `bmcs` BMCs. */
uint64_t registry_report_shared(const struct registry_set *set, uint64_t bmcs,
                                struct buffer *out);

/* What BMCs serve: each content once, and each that cannot be had, and why. */
uint64_t registry_report_served(const struct registry_cache *cache,
                                struct buffer *out);

/* All that one BMC claims to have. These return the number of lines. */
uint64_t registry_report_own(const struct registry_own *own, const char *bmc,
                             struct buffer *out);
