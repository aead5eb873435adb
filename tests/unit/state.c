/* SPDX-License-Identifier: Apache-2.0 */
/* The state's database: kept, lost, damaged, too new. */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

static void collect(void *userdata, const char *bmc, const char *id)
{
    buffer_printf(userdata, "%s=%s;", bmc, id);
}

static char *sse_ids(struct state *s)
{
    struct buffer out = {0};

    state_each_sse_id(s, collect, &out, NULL);
    return buffer_take_text(&out);
}

static void test_kept(const char *path)
{
    _cleanup_free_ char *ids = NULL;
    struct state *s = NULL;
    bool lost;

    is_int(state_open(path, &s, &lost, NULL), 0, "a new file is made");
    ok(!lost && state_applied(s) == 0, "... and has applied nothing");
    state_begin(s, NULL);
    state_set_sse_id(s, "a", "1", NULL);
    state_set_sse_id(s, "a", "2", NULL);
    state_set_sse_id(s, "b", "x'y", NULL);
    is_int(state_commit(s, 17, NULL), 0, "a transaction is kept");
    state_begin(s, NULL);
    state_set_sse_id(s, "a", "3", NULL);
    state_rollback(s);
    state_rollback(s);
    state_close(s);
    state_open(path, &s, &lost, NULL);
    is_int(state_applied(s), 17, "it knows how far it is");
    ids = sse_ids(s);
    is_text(ids, "a=2;b=x'y;",
            "and the last ids, without what was rolled "
            "back");
    state_close(s);
}

static void test_damaged(const char *path)
{
    _cleanup_free_ char *aside = xasprintf("%s.broken", path);
    struct state *s = NULL;
    bool lost;

    file_write(path, "this is no database at all, is it?", 34, 0600, NULL);
    is_int(state_open(path, &s, &lost, NULL), 0,
           "a damaged file does not stop the start");
    ok(lost, "... but is told");
    is_int(state_applied(s), 0, "... and everything is applied again");
    is_int(access(aside, F_OK), 0, "what it was is set aside");
    state_close(s);
}

int main(void)
{
    char folder[] = "/tmp/trawl-state.XXXXXX";
    _cleanup_free_ char *path = NULL;

    if (!mkdtemp(folder))
        abort();
    path = xasprintf("%s/state.db", folder);
    test_kept(path);
    test_damaged(path);
    return done_testing();
}
