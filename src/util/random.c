/* SPDX-License-Identifier: Apache-2.0 */
/* See random.h. */
#include "util/random.h"

#include <sys/random.h>

uint64_t random_bits(void)
{
    uint64_t bits = 0;

    if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != sizeof(bits))
        return 0;
    return bits;
}

uint64_t random_part(uint64_t span)
{
    return span > 0 ? random_bits() % span : 0;
}
