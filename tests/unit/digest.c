/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 and HMAC-SHA-256 against the vectors of RFC 6234 (8.5) and RFC 4231.
 */
#include "util/digest.h"

#include <string.h>

#include "tap.h"
#include "util/macro.h"

static const struct {
    const char *name, *text;
    unsigned times;
    const char *sum;
} sums[] = {
    {"nothing", "", 1,
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "abc", 1,
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     1, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"a million letters, piece by piece", "aaaaaaaaaa", 100000,
     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    {"640 digits, piece by piece",
     "0123456701234567012345670123456701234567012345670123456701234567", 10,
     "594847328451bdfa85056225462cc1d867d877fb388df0ce35f25ab5562bfbb5"},
};

/* RFC 4231, cases 1 to 4, 6 and 7; a key or text of `fill` is one byte. */
static const struct {
    const char *key;
    size_t key_len; /* 0: of the text; else so many times its first byte */
    const char *text;
    size_t text_len;
    const char *sum;
} macs[] = {
    {"\x0b", 20, "Hi There", 0,
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"Jefe", 0, "what do ya want for nothing?", 0,
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"\xaa", 20, "\xdd", 50,
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11"
     "\x12\x13\x14\x15\x16\x17\x18\x19",
     0, "\xcd", 50,
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {"\xaa", 131, "Test Using Larger Than Block-Size Key - Hash Key First", 0,
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {"\xaa", 131,
     "This is a test using a larger than block-size key and a larger than "
     "block-size data. The key needs to be hashed before being used by the "
     "HMAC algorithm.",
     0, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

/* The bytes that a column of the table means; their number. */
static size_t expand(const char *text, size_t times, char *ret)
{
    if (times == 0) {
        memcpy(ret, text, strlen(text));
        return strlen(text);
    }
    memset(ret, text[0], times);
    return times;
}

static void test_sums(void)
{
    for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
        struct digest *d = digest_begin();
        uint8_t sum[DIGEST_LEN];
        char text[2 * DIGEST_LEN + 1];

        for (unsigned n = 0; n < sums[i].times; n++)
            digest_add(d, sums[i].text, strlen(sums[i].text));
        digest_end(d, sum);
        digest_hex(sum, DIGEST_LEN, text);
        is_text(text, sums[i].sum, "SHA-256 of %s", sums[i].name);
    }
}

static void test_macs(void)
{
    for (size_t i = 0; i < ARRAY_LEN(macs); i++) {
        char key[256], data[256], text[2 * DIGEST_LEN + 1];
        size_t key_len = expand(macs[i].key, macs[i].key_len, key);
        size_t len = expand(macs[i].text, macs[i].text_len, data);
        uint8_t sum[DIGEST_LEN];

        digest_hmac(key, key_len, data, len, sum);
        digest_hex(sum, DIGEST_LEN, text);
        is_text(text, macs[i].sum, "HMAC under a key of %zu bytes", key_len);
    }
}

int main(void)
{
    char text[9];

    test_sums();
    test_macs();
    digest_hex((const uint8_t *)"\x00\x0f\xa0\xff", 4, text);
    is_text(text, "000fa0ff", "bytes as digits, small and with their zeros");
    digest_hex(NULL, 0, text);
    is_text(text, "", "no bytes, no digits");
    return done_testing();
}
