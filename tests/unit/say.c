/* SPDX-License-Identifier: Apache-2.0 */
/* What is somebody else's cannot steer the terminal it is shown on. */
#include "ctl/say.h"

#include <stdlib.h>

#include "tap.h"

static const struct {
    const char *text, *line, *what;
} lines[] = {
    {"all is well", "say: all is well\n", "a text"},
    {"", "say: \n", "no text"},
    {"grün", "say: grün\n", "letters beyond ASCII"},
    {"\x1b[2Jgone", "say: [2Jgone\n", "what clears the screen"},
    {"\xc2\x9b"
     "2Jgone",
     "say: 2Jgone\n", "the same in one character"},
    {"one\nsay: two", "say: one say: two\n", "what would forge a line"},
    {"\xff", "say: ÿ\n", "what is no UTF-8"},
};

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        char *heard = NULL;
        size_t len;
        FILE *to = open_memstream(&heard, &len);

        say(to, "say: %s", lines[i].text);
        fclose(to);
        is_text(heard, lines[i].line, "%s", lines[i].what);
        free(heard);
    }
    return done_testing();
}
