/* SPDX-License-Identifier: Apache-2.0 */
/* What trawlctl check says of files that an admin wrote, and on which line. */
#include "ctl/check_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/check_lines.h"
#include "knowledge.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/buffer.h"

#define HEAD                                                     \
    "{\"RegistryPrefix\":\"X\",\"RegistryVersion\":\"1.0.0\",\n" \
    "\"Messages\":{\n"

static const struct {
    const char *text, *want, *kind, *why;
} cases[] = {
    {HEAD "\"A\":{\"Message\":\"%1\",\"Severity\":\"OK\",\"NumberOfArgs\":1,"
          "\"ParamTypes\":[\"string\"]}}}",
     "", "registry", "a good registry"},
    {HEAD "\"A\":{\"Message\":\"%2\",\"Severity\":\"OK\","
          "\"NumberOfArgs\":1}}}",
     "3: A: the text has 2 arguments, NumberOfArgs says 1\n", "registry",
     "a wrong number of arguments"},
    {HEAD "\"A\":{\"Message\":\"%1\",\"Severity\":\"OK\",\"NumberOfArgs\":1,"
          "\"ParamTypes\":[]}}}",
     "3: A: ParamTypes has 0, NumberOfArgs says 1\n", "registry",
     "types that do not fit"},
    {HEAD "\"A\":{\"Message\":\"a\",\"Severity\":\"OK\"},\n\n"
          "\"B\":{\"Message\":\"b\",\"Severity\":\"OK\"},\n"
          "\"A\":{\"Message\":\"c\",\"Severity\":\"OK\"}}}",
     "6: A stands here again; first on line 3\n", "registry", "a key twice"},
    {HEAD "\"A\":{\"Message\":\"a {\\\" [\",\"Severity\":\"OK\"},\n"
          "\"B\":{\"Message\":\"b\",\"Severity\":\"OK\","
          "\"ClearingLogic\":{\"ClearsMessage\":[\"A\",\"C\"]}}}}",
     "4: B: it clears C, which this registry does not have\n", "registry",
     "a dangling target"},
    {HEAD "\"A\":{\"Message\":\"a\"},\n\"B\":{\"Note\":\"\"}}}",
     "3: A: no severity (OK, Warning, Critical)\n"
     "4: B: it has neither Message nor anything to override\n",
     "registry", "what is missing"},
    {HEAD "\"A\":{\"Severity\":\"Critical\"}}}", "", "registry",
     "an override without a text"},
    {"{\"RegistryPrefix\":\"X\",\"Messages\":{}}",
     "1: no RegistryVersion (like 1.2.0)\n", "registry", "no version"},
    {"{\n\"a\":\n}",
     "3: unexpected character, expected a valid JSON value at "
     "byte 7\n",
     NULL, "no JSON"},
    {"{\"a\":1}", "1: no message registry: it has no Messages\n", NULL,
     "something else"},
    {"{\"schema\":\"trawl.catalogue/1\",\n\"entries\":[\n"
     "{\"code\":\"A\",\"text\":\"a\"},\n{\"code\":\"B\"},\n"
     "{\"code\":\"A\",\"text\":\"a\",\"severity\":\"Blue\"}]}",
     "4: B has no text\n5: A: 'Blue' is no severity (OK, Warning, Critical)\n"
     "5: A stands here again; first on line 3\n",
     "catalogue", "a catalogue"},
    {"{\"schema\":\"trawl.clearing/1\",\n\"rules\":[\n"
     "{\"registry\":\"StorageDevice\",\"key\":\"DriveOK\","
     "\"add\":[\"DriveFailure\",\"Unknown.Thing\",\"DriveOnFire\"]},\n"
     "{\"registry\":\"TaskEvent\",\"key\":\"TaskGone\"},\n{\"add\":[]}]}",
     "3: it clears DriveOnFire, which StorageDevice does not have\n"
     "4: TaskEvent has no message TaskGone\n5: it names no registry\n",
     "clearing file", "a clearing file"},
};

static void on_problem(void *userdata, unsigned line, const char *text)
{
    buffer_printf(userdata, "%u: %s\n", line, text);
}

int main(void)
{
    struct registry_set *known;

    setenv("TRAWL_REGISTRY_DIR", TEST_SRCDIR "/registries", 1);
    known = knowledge_load(NULL, 0, NULL, NULL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_(buffer_done) struct buffer got = {0};
        struct check_report report = {on_problem, &got};

        is_text(
            check_file(cases[i].text, strlen(cases[i].text), known, &report),
            cases[i].kind, "%s", cases[i].why);
        is_text(got.data ? got.data : "", cases[i].want, "... what is said");
    }
    registry_set_free(known);
    return done_testing();
}
