/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stays in the notebook of BMCs that left the configuration: those where
 * something of ours may stand, until they are back or somebody settles it. No
 * BMC is asked anything here.
 */
#include "subscribe/leftover.h"

#include "notebook.h"
#include "subscribe/memory.h"
#include "subscription_store.h"
#include "voice.h"

#define TOKEN "0123456789abcdef"

struct stage {
    struct scene scene;
    struct keep keep;
    char path[96];
};

static struct subscriber *subscriber_of(struct stage *t)
{
    return t->scene.host.subscriber;
}

static struct notebook *book(struct stage *t)
{
    return t->scene.host.notebook;
}

/* As it was left by the run before: ours stands at that BMC. */
static void write_page(struct stage *t, const char *name, const char *url)
{
    struct memory m = {
        .ladder = xstrdup("context,types"),
        .uri = xstrdup(COLLECTION "/7"),
    };

    notebook_set(book(t), name, "url", url);
    memory_save(&m, book(t), name, TOKEN);
    memory_done(&m);
}

/* The fleet is n1 at the service's URL, and n2. */
static void begin(struct stage *t)
{
    *t = (struct stage){0};
    scene_init(&t->scene);
    t->scene.flow.bmcs[0].receive = RECEIVE_WEBHOOK;
    t->scene.flow.bmcs[1].name = (char *)"n2";
    t->scene.flow.config.bmc_count = 2;
    scene_start(&t->scene);
    t->scene.host.keep = &t->keep;
    snprintf(t->path, sizeof(t->path), "%s/notebook.json",
             t->scene.flow.directory);
    t->scene.host.notebook = notebook_open(NULL, t->path);
}

static void reopen(struct stage *t)
{
    notebook_close(book(t));
    t->scene.host.notebook = notebook_open(NULL, t->path);
}

static void end(struct stage *t)
{
    is_int(t->scene.service.log.len, 0, "nobody was asked anything");
    notebook_close(book(t));
    scene_done(&t->scene);
}

/* Their names, in a text. */
static char *list(struct stage *t)
{
    struct buffer names = {0};
    struct leftover l;
    size_t cursor = 0;

    while (leftover_next(subscriber_of(t), &cursor, &l)) {
        buffer_printf(&names, "%s %s%s;", l.bmc, l.url, l.uri ? l.uri : "");
        free(l.uri);
    }
    return buffer_take_text(&names);
}

static void are(struct stage *t, const char *wanted, const char *sentence)
{
    _cleanup_free_ char *names = list(t);

    is_text(names, wanted, "%s", sentence);
}

static void test_kept(void)
{
    struct stage t;

    begin(&t);
    write_page(&t, "n1", t.scene.service.url);
    write_page(&t, "gone", "https://10.0.0.9");
    notebook_set(book(&t), "plain", "url", "https://10.0.0.8");
    leftover_sort(subscriber_of(&t));
    are(&t, "gone https://10.0.0.9" COLLECTION "/7;",
        "one that is gone is remembered, with its place");
    is_text(notebook_get(book(&t), "plain", "url"), NULL,
            "... not one where nothing of ours stands");
    ok(memory_has(book(&t), "n1"), "what stands at the others stays");
    reopen(&t);
    are(&t, "gone https://10.0.0.9" COLLECTION "/7;", "over restarts");
    ok(!leftover_forget(subscriber_of(&t), "n1"), "of one that is configured");
    ok(!leftover_forget(subscriber_of(&t), "who"), "... or was never known");
    ok(leftover_forget(subscriber_of(&t), "gone"), "... nothing is forgotten");
    are(&t, "", "of one that is settled all is");
    end(&t);
}

static void test_told(void)
{
    struct stage t;
    _cleanup_free_ char *last = NULL;

    begin(&t);
    write_page(&t, "gone", "https://10.0.0.9");
    write_page(&t, "known", "https://10.0.0.8");
    leftover_set_told(subscriber_of(&t), "known");
    leftover_set_told(subscriber_of(&t), "who");
    leftover_tell(subscriber_of(&t));
    is_int(flow_count(&t.scene.flow, VOICE_SUBSCRIPTION_STAYS), 1,
           "an event for the new one");
    reopen(&t);
    leftover_tell(subscriber_of(&t));
    is_int(flow_count(&t.scene.flow, VOICE_SUBSCRIPTION_STAYS), 1,
           "... and once only");
    is_text(notebook_get(book(&t), "who", "told"), NULL, "of none there is");
    last = flow_last_arg(&t.scene.flow, VOICE_SUBSCRIPTION_STAYS);
    ok(last != NULL, "it says of whom");
    end(&t);
}

static void test_renamed(void)
{
    struct stage t;
    _cleanup_free_ char *uri = NULL;

    begin(&t);
    write_page(&t, "before", t.scene.service.url);
    leftover_sort(subscriber_of(&t));
    are(&t, "", "one that has another name is not gone");
    uri = memory_uri(book(&t), "n1");
    is_text(uri, COLLECTION "/7", "... what stands there is that one's");
    end(&t);
}

/* One that must not be asked cannot see to it. */
static void test_passive(void)
{
    struct stage t;

    begin(&t);
    t.scene.flow.bmcs[0].receive = RECEIVE_PASSIVE;
    write_page(&t, "before", t.scene.service.url);
    leftover_sort(subscriber_of(&t));
    ok(leftover_forget(subscriber_of(&t), "before"),
       "one that may not be asked inherits nothing");
    end(&t);
}

int main(void)
{
    test_kept();
    test_told();
    test_renamed();
    test_passive();
    return done_testing();
}
