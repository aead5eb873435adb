/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk through a document that is no event payload; between
 * explain_find.c, which reads documents, and explain_walk.c.
 */
#pragma once

#include "ctl/explain_find.h"
#include "decode/json_in.h"
#include "decode/quirks.h"

/* Adds every message below `root`; `quirks` are those of the text. */
void explain_walk(const struct json_value *root, const struct quirks *quirks,
                  struct explain_list *ret);

/* Takes the event. */
struct explain_found *explain_list_add(struct explain_list *list,
                                       struct event *event);

/* An event of a MessageId, a text (may be NULL) and arguments. */
struct event *explain_make(const char *id, const char *message,
                           char *const *args, size_t arg_count);
