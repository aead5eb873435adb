/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a file for trawlctl explain and trawlctl check: whatever is
 * found in them must be resolved and printed, as JSON that parses.
 * Seeds: tests/golden/explain/NAME.json.
 * Built with -fsanitize=fuzzer,address,undefined.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/check_file.h"
#include "ctl/explain_find.h"
#include "ctl/explain_print.h"
#include "decode/json_in.h"
#include "knowledge.h"
#include "resolve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond) \
    do {              \
        if (!(cond))  \
            abort();  \
    } while (0)

static struct registry_set *known;

static void forget(void)
{
    registry_set_free(known);
}

static void on_problem(void *userdata, unsigned line, const char *text)
{
    (void)userdata, (void)line;
    REQUIRE(*text);
}

static void check_found(struct explain_found *found)
{
    _cleanup_(buffer_done) struct buffer json = {0}, text = {0};
    _cleanup_(json_in_freep) struct json_in *doc = NULL;

    resolve_event(&(struct registry_view){.shared = known}, found->event);
    explain_print(&(struct registry_view){.shared = known}, found, true, &json);
    explain_print(&(struct registry_view){.shared = known}, found, false,
                  &text);
    doc = json_in_read(json.data, json.len - 1, NULL);
    REQUIRE(doc && text.len > 0);
    REQUIRE(memchr(json.data, '\n', json.len) == json.data + json.len - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct check_report report = {on_problem, NULL};
    struct explain_list list = {0};
    char *copy = malloc(size + 1); /* texts of files end in a NUL */

    if (!known) {
        setenv("TRAWL_REGISTRY_DIR", TEST_SRCDIR "/registries", 0);
        known = knowledge_load(NULL, 0, NULL, NULL);
        atexit(forget);
    }
    REQUIRE(copy);
    memcpy(copy, data, size);
    copy[size] = '\0';
    explain_find(copy, size, &list, NULL);
    for (size_t i = 0; i < list.count; i++)
        check_found(&list.items[i]);
    explain_list_done(&list);
    check_file(copy, size, known, &report);
    free(copy);
    return 0;
}
