/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what a BMC serves about its registries: as a locator, and as a
 * registry packed in any way. Neither may cost more than its limit, and what
 * is refused is refused with a reason. Seeds: locators, and archives, from
 * tests/fuzz/run. Built with -fsanitize=fuzzer,address,undefined.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "registry/registry_locator.h"
#include "registry/registry_unpack.h"
#include "util/alloc.h"

#define LIMIT 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond) \
    do {              \
        if (!(cond))  \
            abort();  \
    } while (0)

static void check_locator(const char *bytes, size_t len)
{
    struct error err = {""};
    struct registry_locator l;
    int r = registry_locator_parse(bytes, len, len % 2, &l, &err);

    REQUIRE(r < 0 ? err.text[0] != '\0' : l.name != NULL);
    for (size_t i = 0; i < l.place_count; i++) {
        REQUIRE(*l.places[i].uri);
        REQUIRE(i == 0 || l.places[i - 1].rank <= l.places[i].rank);
        REQUIRE(len % 2 || l.places[i].kind != REGISTRY_PLACE_PUBLICATION);
    }
    if (r == 0) {
        _cleanup_free_ char *prefix = registry_locator_prefix(l.name);

        REQUIRE(registry_locator_agrees(prefix, prefix) == (*prefix != 0));
    }
    registry_locator_done(&l);
}

static void check_unpack(const char *bytes, size_t len, const char *member)
{
    _cleanup_(buffer_done) struct buffer out = {0};
    struct error err = {""};
    int r;

    buffer_add_text(&out, "before");
    r = registry_unpack(bytes, len, member, LIMIT, &out, &err);
    REQUIRE(memcmp(out.data, "before", 6) == 0);
    REQUIRE(r == 0 || (out.len == 6 && err.text[0]));
    REQUIRE(out.len <= 6 + LIMIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_locator((const char *)data, size);
    check_unpack((const char *)data, size, NULL);
    check_unpack((const char *)data, size, "en/a.json");
    return 0;
}
