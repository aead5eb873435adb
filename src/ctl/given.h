/* SPDX-License-Identifier: Apache-2.0 */
/* Values of options; what is wrong with one is told on standard error. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ctl/when.h"

/* A time, as when.h has it. */
bool given_time(const char *text, usec_t *ret);

/* A number from 1 to `max`; `name` is the option's. */
bool given_number(const char *name, const char *text, uint64_t max,
                  uint64_t *ret);
