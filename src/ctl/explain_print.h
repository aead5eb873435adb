/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What there is to say about one message, resolved, for people or as one line
 * of JSON. Gathers what the event itself does not hold: what it clears, what
 * clears it, which version answered, what was odd, the diagnosis of an update.
 */
#pragma once

#include "ctl/explain_find.h"
#include "registry/registry_view.h"
#include "util/buffer.h"

/* Adds what there is to say of a resolved message, ended by a line end. */
void explain_print(const struct registry_view *view,
                   struct explain_found *found, bool as_json,
                   struct buffer *out);
