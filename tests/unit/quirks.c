/* SPDX-License-Identifier: Apache-2.0 */
/* The table of quirks is whole: names that differ, meanings that say much. */
#include "decode/quirks.h"

#include <string.h>

#include "tap.h"

static bool is_plain_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

    return name && *name && strspn(name, letters) == strlen(name);
}

static bool is_used_before(int quirk)
{
    for (int i = 0; i < quirk; i++)
        if (strcmp(quirks_name(i), quirks_name(quirk)) == 0)
            return true;
    return false;
}

int main(void)
{
    for (int i = 0; i < QUIRK_END; i++) {
        if (!ok(is_plain_name(quirks_name(i)), "quirk %d has a name", i))
            break;
        ok(!is_used_before(i), "%s is the name of one quirk", quirks_name(i));
        ok(quirks_meaning(i) && strlen(quirks_meaning(i)) > 15,
           "%s has a meaning", quirks_name(i));
    }
    return done_testing();
}
