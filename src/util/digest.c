/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes through GnuTLS; a failure there is a broken library: we stop. What is
 * hashed is mostly a handful of short texts, several times for each event:
 * they are gathered and hashed in one call, which costs a fifth of a handle
 * that takes them one by one.
 */
#include "util/digest.h"

#include <string.h>

#include <gnutls/crypto.h>
#include <stdlib.h>

#include "util/alloc.h"

struct digest {
    gnutls_hash_hd_t handle; /* NULL: all of it is still in `bytes` */
    size_t len;
    uint8_t bytes[1000];
};

struct digest *digest_begin(void)
{
    return XNEW(struct digest);
}

static void hash(struct digest *d, const void *data, size_t len)
{
    if (gnutls_hash(d->handle, data, len) < 0)
        abort();
}

void digest_add(struct digest *d, const void *data, size_t len)
{
    if (len == 0)
        return;
    if (!d->handle && len <= sizeof(d->bytes) - d->len) {
        memcpy(d->bytes + d->len, data, len);
        d->len += len;
        return;
    }
    if (!d->handle) {
        if (gnutls_hash_init(&d->handle, GNUTLS_DIG_SHA256) < 0)
            abort();
        hash(d, d->bytes, d->len);
    }
    hash(d, data, len);
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
    if (d->handle)
        gnutls_hash_deinit(d->handle, ret_sum);
    else if (gnutls_hash_fast(GNUTLS_DIG_SHA256, d->bytes, d->len, ret_sum) < 0)
        abort();
    free(d);
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
