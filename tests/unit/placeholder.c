/* SPDX-License-Identifier: Apache-2.0 */
/* Which texts have a place for an argument left, and which only a '%'. */
#include "placeholder.h"

#include "tap.h"
#include "util/macro.h"

static const struct {
    const char *text;
    bool left;
} texts[] = {
    {"Fan %1 turns slowly.", true},
    {"%15", true},
    {"Sensor %s is out of range.", true},
    {"%d of %u", true},
    {"Load is 100% of 50%, so 5 %.", false},
    {"", false},
    {"%", false},
    {"%0", false},
    {"%16 is more than any message has", false},
    {"50%safe", false},
    {"/redfish/v1/Sessions/a%2520b%20c was not found", false},
    {"/redfish/v1/Sessions/a%2Fb was not found", false},
    {"/a%2Fb on port %2", true},
};

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        is_int(placeholder_is_left(texts[i].text), texts[i].left, "'%s'",
               texts[i].text);
    return done_testing();
}
