/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 cut to a UUID; see message_uuid.h. */
#include "message_uuid.h"

#include <string.h>

#include "util/digest.h"

/* Drawn once at random; frozen, since catalogs in the field depend on it. */
static const uint8_t name_space[16] = {
    0x6f, 0x0d, 0x91, 0x5a, 0xb7, 0x3e, 0x4c, 0x28,
    0x9a, 0xe4, 0x51, 0xc6, 0x0b, 0x72, 0xd8, 0x3f,
};

void message_uuid_format(const char *registry, const char *key,
                         char ret_text[MESSAGE_UUID_LEN + 1])
{
    struct digest *d = digest_begin();
    uint8_t sum[DIGEST_LEN];

    digest_add(d, name_space, sizeof(name_space));
    if (registry) {
        digest_add(d, registry, strlen(registry));
        digest_add(d, ".", 1);
    }
    digest_add(d, key, strlen(key));
    digest_end(d, sum);
    sum[6] = (sum[6] & 0x0f) | 0x80;
    sum[8] = (sum[8] & 0x3f) | 0x80;
    digest_hex(sum, MESSAGE_UUID_LEN / 2, ret_text);
}
