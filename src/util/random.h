/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random bits for delays and marks, so that thousands do not come at once and
 * two of us are told apart. Not for secrets: it never waits, and where there
 * are none to be had (early at boot) it says 0.
 */
#pragma once

#include <stdint.h>

uint64_t random_bits(void);

/* A part of `span` (a delay, say), each as likely as another. */
uint64_t random_part(uint64_t span);
