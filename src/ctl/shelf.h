/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quarantine's folder, for trawlctl: beside the spool. What fails is told
 * on standard error; the results are exit statuses.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ctl/place.h"

/* All ids, oldest first; the caller frees ids and array. Negative: told. */
int shelf_ids(const struct place *p, char ***ret_ids, size_t *ret_count);

/* When, BMC, sink, size and reason of each. */
int shelf_list(const struct place *p, bool json);

/*
 * One of them: what is known, and the bytes with what could move a cursor
 * escaped; `raw`: the bytes alone, as they are.
 */
int shelf_show(const struct place *p, const char *id, bool raw);

/* Removes one; refused while a daemon has the spool. */
int shelf_drop(const struct place *p, const char *id);
