/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of formats: one row each. `format:` of a sink in the configuration
 * is looked up here.
 */
#include "formats/format.h"

#include <string.h>

#include "util/macro.h"

static const struct format *const formats[] = {
    &format_json,    &format_ecs,     &format_cef,
    &format_rfc5424, &format_rfc3164, &format_terminal,
};

const struct format *format_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

/* Kept beside the table: a test compares the two. */
const char *format_names(void)
{
    return "json, ecs, cef, rfc5424, rfc3164, terminal";
}
