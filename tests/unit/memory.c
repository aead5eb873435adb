/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of a subscription: the same after a restart, and without any
 * secret of it in the file.
 */
#include "subscribe/memory.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

#define TOKEN "0123456789abcdef"

static void test_kept(const char *path)
{
    struct memory m = {
        .ladder = xstrdup("context,types"),
        .product = xstrdup("Box"),
        .firmware = xstrdup("1.2"),
        .made_for = memory_digest("https://c/events/" TOKEN),
        .shown = xstrdup("https://10.0.0.1/x/" TOKEN "/"),
        .uri = xstrdup("/s/7"),
        .terms = json_pack("{ss}", "Context", "trawl:c1:n1"),
    };
    _cleanup_(buffer_done) struct buffer text = {0};
    struct notebook *n = notebook_open(NULL, path);

    ok(!memory_has(n, "n1"), "nothing is known of a new one");
    memory_save(&m, n, "n1", TOKEN);
    memory_set_secret(n, "n1", true);
    memory_done(&m);
    notebook_close(n);
    file_read(path, 1u << 20, &text, NULL);
    ok(text.data && !strstr(text.data, TOKEN), "no token stands in the file");
    n = notebook_open(NULL, path);
    ok(memory_has(n, "n1") && memory_has_secret(n, "n1"), "after a restart");
    ok(!memory_has(n, "n2") && !memory_has_secret(n, "n2"), "... of that one");
    memory_load(&m, n, "n1", TOKEN);
    is_text(m.ladder, "context,types", "... the body");
    is_text(m.product, "Box", "... of what");
    is_text(m.firmware, "1.2", "... and when");
    is_text(m.shown, "https://10.0.0.1/x/" TOKEN "/", "... how it shows us");
    is_text(json_string_value(json_object_get(m.terms, "Context")),
            "trawl:c1:n1", "... the terms");
    is_text(m.uri, "/s/7", "... where it is");
    memory_load(&m, n, "n2", TOKEN);
    ok(!m.ladder && !m.terms, "of another there is nothing");
    memory_set_secret(n, "n1", false);
    memory_forget(n, "n1");
    ok(!memory_has(n, "n1") && !memory_has_secret(n, "n1"), "forgotten");
    memory_save(&m, n, "n1", TOKEN);
    memory_move(n, "n1", "n3");
    ok(!memory_has(n, "n1") && memory_has(n, "n3"), "under another name");
    memory_done(&m);
    notebook_close(n);
}

static void test_unreadable(const char *path)
{
    struct notebook *n = notebook_open(NULL, path);
    struct memory m = {0};

    notebook_set(n, "n1", "subscription",
                 "{\"ladder\":5,\"terms\":[],\"shown\":"
                 "\"https://no.token/\"}");
    memory_load(&m, n, "n1", TOKEN);
    ok(!m.ladder && !m.terms && !m.shown, "what makes no sense is passed over");
    notebook_set(n, "n1", "subscription", "nonsense");
    memory_load(&m, n, "n1", TOKEN);
    ok(!m.ladder, "... as is what is no JSON");
    memory_load(&m, NULL, "n1", TOKEN);
    memory_save(&m, NULL, "n1", TOKEN);
    memory_forget(NULL, "n1");
    ok(!memory_has(NULL, "n1"), "without a notebook nothing is kept");
    memory_done(&m);
    notebook_close(n);
}

int main(void)
{
    char directory[] = "/tmp/trawl-memory-XXXXXX", path[64];

    if (!mkdtemp(directory))
        skip_all("no temporary folder");
    snprintf(path, sizeof(path), "%s/notebook.json", directory);
    test_kept(path);
    test_unreadable(path);
    unlink(path);
    rmdir(directory);
    return done_testing();
}
