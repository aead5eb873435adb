/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What BMCs send as registries, taken into the cache beside the loop: the same
 * bytes from several at once are one content, what is of no use has a reason,
 * who is cancelled hears nothing; and a cache of before is read by the worker.
 */
#include "registry/registry_intake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"
#include "util/worker.h"

static const char acme[] =
    "{\"RegistryPrefix\":\"Acme\",\"RegistryVersion\":\"1.0.0\",\"Messages\":{"
    "\"Leak\":{\"Message\":\"It leaks.\",\"Severity\":\"Warning\"}}}";

struct stage {
    char folder[32];
    sd_event *loop;
    struct worker *worker;
    struct registry_cache *cache;
};

struct heard {
    struct registry_content *content;
    struct registry_intake *other; /* to be cancelled when this is told */
    unsigned times;
    bool foreign, again;
    struct error why;
};

static void begin(struct stage *s, size_t tasks)
{
    *s = (struct stage){.folder = "/tmp/trawl-intake.XXXXXX"};
    if (!mkdtemp(s->folder))
        skip_all("no temporary folder");
    sd_event_new(&s->loop);
    worker_new(s->loop, tasks, &s->worker, NULL);
    registry_cache_open(s->folder, &s->cache, NULL);
    registry_cache_work(s->cache, s->worker);
}

static void end(struct stage *s)
{
    char **names = NULL;
    size_t count = 0;

    registry_cache_close(s->cache);
    worker_free(s->worker);
    sd_event_unref(s->loop);
    file_list(s->folder, "", &names, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", s->folder, names[i]);

        unlink(path);
        free(names[i]);
    }
    free(names);
    rmdir(s->folder);
}

static void on_done(void *userdata, const struct registry_intake_result *r)
{
    struct heard *h = userdata;

    h->times++;
    h->content = r->content;
    h->foreign = r->foreign;
    h->again = r->again;
    if (!r->content)
        h->why = *r->why;
    registry_intake_cancel(TAKE(h->other));
}

static struct registry_intake *send_in(struct stage *s, const char *body,
                                       struct heard *h)
{
    const struct registry_intake_request request = {
        .cache = s->cache,
        .body = body,
        .len = strlen(body),
        .on_done = on_done,
        .userdata = h,
    };
    struct error err;

    return registry_intake_start(&request, &err);
}

static void settle(struct stage *s)
{
    if (!worker_settle(s->worker, USEC_PER_MINUTE))
        diag("the worker is not done");
}

static void test_same(void)
{
    struct heard h[3] = {0};
    struct stage s;

    begin(&s, 16);
    for (int i = 0; i < 3; i++)
        send_in(&s, acme, &h[i]);
    is_int(h[0].times, 0, "nothing is told at once");
    settle(&s);
    is_int(h[0].times + h[1].times + h[2].times, 3, "each is told, once");
    ok(h[0].content && h[0].content == h[1].content &&
           h[1].content == h[2].content,
       "the same bytes are one content");
    is_int(h[0].content->refs, 3, "... which each has");
    is_int(registry_cache_count(s.cache), 1, "... and the cache once");
    is_int(registry_cache_size(s.cache), strlen(acme), "... on disk too");
    ok(registry_content_get(h[0].content), "it is parsed");
    ok(access(h[0].content->path, R_OK) == 0, "... and written");
    for (int i = 0; i < 3; i++)
        registry_content_unref(h[i].content);
    is_int(registry_cache_count(s.cache), 0, "let go of by all, it is gone");
    end(&s);
}

static const struct {
    const char *body, *why;
    bool foreign;
} useless[] = {
    {"<html>", "not JSON", false},
    {"{}", "no Messages", false},
    {"\x1f\x8b\x08 nothing", "", false},
    {"{\"RegistryEntries\":{\"Attributes\":[]}}", "", true},
    {"", "", false},
};

static void test_useless(void)
{
    struct stage s;

    begin(&s, 16);
    for (size_t i = 0; i < ARRAY_LEN(useless); i++) {
        struct heard h = {0};

        send_in(&s, useless[i].body, &h);
        settle(&s);
        ok(h.times == 1 && !h.content, "'%s' is of no use", useless[i].body);
        ok(strstr(h.why.text, useless[i].why), "... %s", h.why.text);
        is_int(h.foreign, useless[i].foreign, "... or of no concern");
        ok(!h.again, "... and will not be another time");
    }
    is_int(registry_cache_size(s.cache), 0, "nothing is kept of them");
    end(&s);
}

static void test_cancelled(void)
{
    struct heard h[3] = {0};
    struct registry_intake *i;
    struct stage s;

    begin(&s, 16);
    i = send_in(&s, acme, &h[0]);
    registry_intake_cancel(i);
    registry_intake_cancel(NULL);
    settle(&s);
    is_int(h[0].times, 0, "who is cancelled hears nothing");
    is_int(registry_cache_count(s.cache), 0, "... and nothing is kept");
    /* Both wait for the same; the last one that came is told first. */
    h[2].other = send_in(&s, acme, &h[1]);
    send_in(&s, acme, &h[2]);
    settle(&s);
    is_int(h[2].times, 1, "one is told");
    is_int(h[1].times, 0, "... and cancels the other meanwhile");
    registry_content_unref(h[2].content);
    send_in(&s, acme, &h[0]);
    end(&s);
    is_int(h[0].times, 0, "a cache that closes tells nobody");
}

static void test_busy(void)
{
    struct heard h[3] = {0};
    struct stage s;

    begin(&s, 2);
    ok(send_in(&s, acme, &h[0]) && send_in(&s, "{}", &h[1]), "two are taken");
    ok(!send_in(&s, acme, &h[2]), "a third is not, while they are under way");
    settle(&s);
    ok(send_in(&s, acme, &h[2]), "later it is");
    settle(&s);
    ok(h[0].content && h[2].content == h[0].content, "... as the first was");
    registry_content_unref(h[0].content);
    registry_content_unref(h[2].content);
    end(&s);
}

/* What was there before a restart: read by the worker, damage noticed. */
static void test_restart(void)
{
    struct registry_claims claims = {0};
    struct registry_claim *claim;
    struct registry_content *c;
    _cleanup_free_ char *path = NULL;
    struct heard h = {0};
    struct stage s;

    begin(&s, 16);
    send_in(&s, acme, &h);
    settle(&s);
    claim = registry_claims_add(&claims);
    claim->name = xstrdup("Acme.1.0");
    claim->content = h.content;
    path = xstrdup(h.content->path);
    registry_binding_set(s.cache, "n1", "http://n1", "1", &claims);
    for (int damaged = 0; damaged < 2; damaged++) {
        registry_cache_close(s.cache);
        if (damaged)
            file_write(path, "{}", 2, 0600, NULL);
        registry_cache_open(s.folder, &s.cache, NULL);
        registry_cache_work(s.cache, s.worker);
        c = registry_binding_find(s.cache, "n1")->own->claims.items[0].content;
        ok(!registry_content_get(c), "after a start it is not here yet");
        settle(&s);
        if (damaged)
            ok(!registry_content_get(c) && c->broken,
               "a damaged one is as if it were not there");
        else
            ok(registry_content_get(c), "then the worker has read it");
    }
    send_in(&s, acme, &h);
    settle(&s);
    ok(h.content == c && registry_content_get(c) && !c->broken,
       "until a BMC sends it again");
    registry_content_unref(h.content);
    end(&s);
}

int main(void)
{
    test_same();
    test_useless();
    test_cancelled();
    test_busy();
    test_restart();
    return done_testing();
}
