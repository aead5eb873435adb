/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look at each BMC of the fleet, every few seconds, goes by slices: what a
 * thousand of them are asked at one moment (each a TLS handshake, perhaps)
 * would keep everybody else waiting.
 */
#pragma once

#include <stddef.h>

#include "util/macro.h"

#define SLICES_MAX ((size_t)100)
#define SLICE_MIN 10 /* BMCs; a small fleet is looked at as a whole */

/* How many slices so many BMCs make. */
static inline size_t slices_of(size_t count)
{
    return MIN_OF(1 + count / SLICE_MIN, SLICES_MAX);
}
