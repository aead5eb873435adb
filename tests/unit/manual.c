/* SPDX-License-Identifier: Apache-2.0 */
/* Manual pages for tests; see manual.h. */
#include "manual.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/file.h"

#define PAGE_MAX (1 << 20)
#define ENTRY "\n.TP\n\\fB"

/* "\-" is a hyphen that can be copied from the screen. */
static char *plain(const char *text)
{
    struct buffer out = {0};

    for (; *text; text++)
        if (text[0] != '\\' || text[1] != '-')
            buffer_add_char(&out, *text);
    return buffer_take_text(&out);
}

char *manual_read(const char *page)
{
    _cleanup_free_ char *path =
        xasprintf("%s/packaging/man/%s", TEST_SRCDIR, page);
    _cleanup_(buffer_done) struct buffer text = {0};

    if (file_read(path, PAGE_MAX, &text, NULL) < 0)
        return NULL;
    return plain(text.data);
}

char *manual_section(const char *text, const char *heading)
{
    _cleanup_free_ char *start = xasprintf("\n.SH %s\n", heading);
    const char *at = text ? strstr(text, start) : NULL;
    const char *end;

    if (!at)
        return NULL;
    at += strlen(start) - 1;
    end = strstr(at, "\n.SH ");
    return end ? xstrndup(at, (size_t)(end + 1 - at)) : xstrdup(at);
}

char *manual_entry(const char *text, const char *name)
{
    _cleanup_free_ char *start = xasprintf(ENTRY "%s\\fR", name);
    const char *at = text ? strstr(text, start) : NULL;
    const char *end;

    if (!at)
        return NULL;
    at += strlen(start);
    end = strstr(at, "\n.TP\n");
    return end ? xstrndup(at, (size_t)(end + 1 - at)) : xstrdup(at);
}

char *manual_next(const char **text)
{
    const char *at = *text ? strstr(*text, ENTRY) : NULL;

    if (!at)
        return NULL;
    at += strlen(ENTRY);
    *text = at;
    return xstrndup(at, strcspn(at, "\\\n"));
}
