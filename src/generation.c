/* SPDX-License-Identifier: Apache-2.0 */
/* Generations of tokens; see generation.h. */
#include "generation.h"

#include <inttypes.h>
#include <stdio.h>

void generation_parse(struct generation *g, const char *text)
{
    struct generation read = {0};
    char time[CLOCK_TEXT_MAX] = "";
    bool good = sscanf(text, "%" SCNd64 " after %" SCNd64 " since %31s",
                       &read.number, &read.before, time) == 3 &&
                read.number > 0 && read.before >= 0;

    for (size_t len = 0; good && len < sizeof(time); len++)
        if (time[len] == '\0') {
            good = clock_parse(time, len, &read.since, NULL);
            break;
        }
    *g = good ? read : (struct generation){0};
}

void generation_format(const struct generation *g,
                       char ret_text[GENERATION_TEXT_MAX])
{
    char time[CLOCK_TEXT_MAX];

    clock_format(g->since, 0, time);
    snprintf(ret_text, GENERATION_TEXT_MAX,
             "%" PRId64 " after %" PRId64 " since %s\n", g->number, g->before,
             time);
}

bool generation_adopt(struct generation *g, int64_t number, usec_t now)
{
    if (g->number == number)
        return false;
    g->before = g->number > 0 ? g->number : number - 1;
    g->number = number;
    g->since = now;
    return true;
}

int64_t generation_before(const struct generation *g, usec_t grace, usec_t now,
                          usec_t *ret_until)
{
    *ret_until = g->since + grace;
    return g->before > 0 && now < *ret_until ? g->before : 0;
}
