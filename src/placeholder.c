/* SPDX-License-Identifier: Apache-2.0 */
/* See placeholder.h. */
#include "placeholder.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENTS_MOST 15

/* `at` stands behind the '%'. */
static bool is_place(const char *at)
{
    char *end;
    long number;

    if (*at == 's' || *at == 'd' || *at == 'u')
        return !isalnum((unsigned char)at[1]);
    if (!isdigit((unsigned char)*at))
        return false;
    number = strtol(at, &end, 10);
    if (number < 1 || number > ARGUMENTS_MOST)
        return false;
    return !(end == at + 1 && *end >= 'A' && *end <= 'F'); /* "%2F" */
}

bool placeholder_is_left(const char *text)
{
    while ((text = strchr(text, '%')))
        if (is_place(++text))
            return true;
    return false;
}
