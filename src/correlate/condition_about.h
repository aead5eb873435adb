/* SPDX-License-Identifier: Apache-2.0 */
/* Between conditions.c and condition_about.c: the parts of one condition. */
#pragma once

#include "correlate/conditions.h"

/* Origin, arguments and text behind each other; the lengths of the first. */
void condition_pack(struct buffer *out, const struct event *e,
                    size_t *ret_origin, size_t *ret_args);

/* What few have, made if there is none. */
struct condition_more *condition_more(struct condition *c);
void condition_more_free(struct condition_more *more);
