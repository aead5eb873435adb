/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words are near when few letters were added, left out, changed or swapped
 * with a neighbour (the restricted Damerau-Levenshtein distance), letter case
 * counting nothing and '-' being as good as '_'.
 */
#include "util/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "util/macro.h"

#define WORD_MAX 64 /* longer words have no neighbours */

static int letter(char c)
{
    return c == '-' ? '_' : tolower((unsigned char)c);
}

static bool is_swap(const char *a, const char *b, size_t i, size_t j)
{
    return i > 1 && j > 1 && letter(a[i - 1]) == letter(b[j - 2]) &&
           letter(a[i - 2]) == letter(b[j - 1]);
}

static unsigned distance(const char *a, const char *b)
{
    unsigned d[WORD_MAX + 1][WORD_MAX + 1];
    size_t n = strlen(a), m = strlen(b);

    for (size_t i = 0; i <= n; i++)
        d[i][0] = (unsigned)i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            unsigned change = letter(a[i - 1]) != letter(b[j - 1]);
            unsigned best = MIN_OF(d[i - 1][j], d[i][j - 1]) + 1;

            best = MIN_OF(best, d[i - 1][j - 1] + change);
            if (is_swap(a, b, i, j))
                best = MIN_OF(best, d[i - 2][j - 2] + 1);
            d[i][j] = best;
        }
    return d[n][m];
}

void nearest_offer(struct nearest *n, const char *candidate)
{
    size_t len = strlen(n->word), most;
    unsigned far;

    if (!candidate || len > WORD_MAX || strlen(candidate) > WORD_MAX)
        return;
    far = distance(n->word, candidate);
    /* A third of the letters may be wrong, or two; of a short word, one. */
    most = len < 4 ? 1 : MAX_OF(len / 3, 2u);
    if (far > most || (n->best && far >= n->distance))
        return;
    n->best = candidate;
    n->distance = far;
}
