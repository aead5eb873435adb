/* SPDX-License-Identifier: Apache-2.0 */
/* A point in time, as people type it. */
#pragma once

#include <stdbool.h>

#include "util/clock.h"

/* What when_parse() takes, for messages and usages. */
#define WHEN_FORMS                                                           \
    "A TIME is 2026-11-20T07:30:00Z; 2026-11-20 07:30 or 2026-11-20, local " \
    "without\n"                                                              \
    "a zone; 2h, that is two hours ago; today, yesterday or now.\n"

/* `now` is real. False if it means nothing. */
bool when_parse(const char *text, usec_t now, usec_t *ret);
