/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is noted of BMCs comes back after a restart, also after a killed
 * process; a damaged file begins anew; nobody else may read it.
 */
#include "notebook.h"

#include <sys/stat.h>

#include "flow_fixture.h"
#include "wire.h"

static char path[96];

static void put(const char *text)
{
    file_write(path, text, strlen(text), 0600, NULL);
}

static void test_pages(void)
{
    struct notebook *n = notebook_open(NULL, path);

    is_text(notebook_get(n, "a", "rung"), NULL, "nothing is known at first");
    notebook_set(n, "a", "rung", "2");
    notebook_set(n, "a", "session", "/s/1");
    notebook_set(n, "b", "rung", "1\n\"\xe4");
    notebook_set(n, "a", "rung", "3");
    is_text(notebook_get(n, "a", "rung"), "3", "the last word holds");
    notebook_set(n, "a", "session", NULL);
    notebook_set(n, "a", "nothing", NULL);
    is_text(notebook_get(n, "a", "session"), NULL, "what is taken out is gone");
    notebook_close(n);
    n = notebook_open(NULL, path);
    is_text(notebook_get(n, "a", "rung"), "3", "it is known after a restart");
    is_text(notebook_get(n, "a", "session"), NULL, "... as it was last");
    is_text(notebook_get(n, "b", "rung"), "1\n\"\xc3\xa4",
            "... and whatever it was");
    notebook_forget(n, "a");
    notebook_forget(n, "c");
    is_text(notebook_get(n, "a", "rung"), NULL, "a BMC is forgotten whole");
    notebook_set(n, "b", "rung", NULL);
    notebook_close(n);
    n = notebook_open(NULL, path);
    is_text(notebook_next(n, &(size_t){0}), NULL, "nothing is left");
    notebook_close(n);
}

static void test_bind(void)
{
    struct notebook *n = notebook_open(NULL, path);

    notebook_bind(n, "a", "https://1");
    notebook_set(n, "a", "rung", "2");
    notebook_bind(n, "a", "https://1");
    is_text(notebook_get(n, "a", "rung"), "2", "the same BMC keeps its page");
    notebook_bind(n, "a", "https://2");
    is_text(notebook_get(n, "a", "rung"), NULL, "another one gets a new one");
    notebook_close(n);
}

static const char *const damaged[] = {
    "", "{", "[]", "7", "{\"a\":7,\"b\":[1]}", "{\"a\":{\"rung\":2}}", "\xff",
};

static void test_damage(void)
{
    for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
        struct notebook *n;

        put(damaged[i]);
        n = notebook_open(NULL, path);
        is_text(notebook_get(n, "a", "rung"), NULL, "of '%s' nothing is taken",
                damaged[i]);
        notebook_set(n, "a", "rung", "2");
        notebook_close(n);
        n = notebook_open(NULL, path);
        is_text(notebook_get(n, "a", "rung"), "2", "... and it begins anew");
        notebook_close(n);
    }
}

static bool has(const char *text)
{
    _cleanup_(buffer_done) struct buffer found = {0};

    return file_read(path, 1u << 20, &found, NULL) == 0 && found.data &&
           strstr(found.data, text);
}

/* A killed process closes nothing. */
static void test_written(void)
{
    sd_event *loop = NULL;
    struct notebook *n;
    struct stat st;

    sd_event_new(&loop);
    unlink(path);
    n = notebook_open(loop, path);
    notebook_set(n, "a", "rung", "first");
    ok(wire_wait(loop, has("first")), "a change is written by itself");
    is_int(stat(path, &st), 0, "the file is there");
    is_int(st.st_mode & 0777, 0600, "... for us alone");
    notebook_set(n, "a", "rung", "second");
    notebook_set(n, "b", "rung", "third");
    ok(wire_wait(loop, has("second") && has("third")), "... and the next");
    notebook_close(n);
    sd_event_unref(loop);
}

static void test_no_room(void)
{
    struct notebook *n = notebook_open(NULL, "/nowhere/at/all/notebook");

    notebook_set(n, "a", "rung", "2");
    is_text(notebook_get(n, "a", "rung"), "2", "without a file it is kept");
    notebook_close(n);
    ok(true, "... as long as the process lives");
}

/* What could not be written is, as soon as it can be. */
static void test_room_again(void)
{
    _cleanup_free_ char *blocked = xasprintf("%s.new", path);
    _cleanup_free_ char *other = xasprintf("%s.other", path);
    struct notebook *n, *witness;
    sd_event *loop = NULL;

    sd_event_new(&loop);
    unlink(path);
    mkdir(blocked, 0700);
    n = notebook_open(loop, path);
    notebook_set(n, "a", "rung", "first");
    witness = notebook_open(loop, other);
    notebook_set(witness, "a", "rung", "first");
    wire_wait(loop, access(other, F_OK) == 0);
    for (int i = 0; i < 10; i++)
        sd_event_run(loop, 1000);
    ok(!has("first"), "where there is no room nothing is written");
    rmdir(blocked);
    notebook_close(n);
    ok(has("first"), "... and at the end it is tried once more");
    notebook_close(witness);
    sd_event_unref(loop);
}

int main(void)
{
    char directory[] = "/tmp/trawl-notebook-XXXXXX";

    if (!mkdtemp(directory))
        skip_all("no temporary folder");
    snprintf(path, sizeof(path), "%s/notebook.json", directory);
    test_pages();
    test_bind();
    test_damage();
    test_written();
    test_no_room();
    test_room_again();
    flow_remove(directory);
    return done_testing();
}
