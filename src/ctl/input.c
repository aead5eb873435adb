/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See input.h. Bounded as what a BMC sends is: a device or a pipe without an
 * end must not eat the machine that Trawl runs on.
 */
#include "ctl/input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "registry/registry_unpack.h"
#include "util/file.h"

#define PIECE 65536

static int read_input(struct buffer *ret, struct error *err)
{
    ssize_t n;

    do {
        n = read(STDIN_FILENO, buffer_reserve(ret, PIECE), PIECE);
        if (n > 0)
            ret->len += (size_t)n;
    } while (n > 0 && ret->len <= CONFIG_REGISTRY_MAX);
    if (n < 0)
        return error_set(err, -errno, "standard input: %m");
    if (n > 0)
        return error_set(err, -EFBIG, "more than %u bytes on standard input",
                         CONFIG_REGISTRY_MAX);
    buffer_add_char(ret, '\0');
    ret->len--;
    return 0;
}

/* As BMCs, and people, pack them: gzip and zip. */
static bool is_packed(const struct buffer *b)
{
    return (b->len > 2 && memcmp(b->data, "\x1f\x8b", 2) == 0) ||
           (b->len > 4 && memcmp(b->data, "PK\3\4", 4) == 0);
}

static int unpack(const char *name, struct buffer *bytes, struct error *err)
{
    struct buffer json = {0};
    int r = registry_unpack(bytes->data, bytes->len, NULL, CONFIG_REGISTRY_MAX,
                            &json, err);

    if (r < 0)
        return error_prefix(err, r, "%s", name);
    buffer_done(bytes);
    buffer_add_char(&json, '\0');
    json.len--;
    *bytes = json;
    return 0;
}

int input_read(const char *name, struct buffer *ret, struct error *err)
{
    int r = strcmp(name, "-") == 0
                ? read_input(ret, err)
                : file_read(name, CONFIG_REGISTRY_MAX, ret, err);

    return r == 0 && is_packed(ret) ? unpack(name, ret, err) : r;
}
