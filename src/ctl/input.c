/* SPDX-License-Identifier: Apache-2.0 */
/* See input.h. */
#include "ctl/input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "util/file.h"

#define PIECE 65536

int input_read(const char *name, struct buffer *ret, struct error *err)
{
    ssize_t n;

    if (strcmp(name, "-") != 0)
        return file_read(name, CONFIG_REGISTRY_MAX, ret, err);
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
