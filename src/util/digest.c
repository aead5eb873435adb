/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes through GnuTLS; a failure there is a broken library: we stop. */
#include "util/digest.h"

#include <string.h>

#include <gnutls/crypto.h>
#include <stdlib.h>

/* A struct digest is GnuTLS's own handle under a name of ours. */

struct digest *digest_begin(void)
{
    gnutls_hash_hd_t handle;

    if (gnutls_hash_init(&handle, GNUTLS_DIG_SHA256) < 0)
        abort();
    return (struct digest *)handle;
}

void digest_add(struct digest *d, const void *data, size_t len)
{
    if (gnutls_hash((gnutls_hash_hd_t)d, data, len) < 0)
        abort();
}

void digest_add_counted(struct digest *d, const void *data, size_t len)
{
    uint8_t head[4] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16),
                       (uint8_t)(len >> 8), (uint8_t)len};

    digest_add(d, head, sizeof(head));
    digest_add(d, data, len);
}

void digest_end(struct digest *d, uint8_t ret_sum[DIGEST_LEN])
{
    gnutls_hash_deinit((gnutls_hash_hd_t)d, ret_sum);
}

void digest_hmac(const void *key, size_t key_len, const void *data,
                 size_t data_len, uint8_t ret_sum[DIGEST_LEN])
{
    if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, key_len, data, data_len,
                         ret_sum) < 0)
        abort();
}

void digest_hex(const uint8_t *bytes, size_t len, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        *ret_text++ = digits[bytes[i] >> 4];
        *ret_text++ = digits[bytes[i] & 15];
    }
    *ret_text = '\0';
}

bool digest_same(const char *a, const char *b)
{
    size_t len = strlen(a);
    unsigned char differ = len != strlen(b);

    for (size_t i = 0; b[i]; i++)
        differ |= (unsigned char)(b[i] ^ (len > 0 ? a[i % len] : '\1'));
    return differ == 0;
}
