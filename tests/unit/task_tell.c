/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of an update's messages: each once, and never too many. */
#include "tasks/tasks_private.h"

#include "flow_fixture.h"

static struct flow flow;
static struct tracked task = {.url = (char *)"http://127.0.0.1/task"};
static struct task_watch watch;

/* An answer with so many messages; whether all of them were told. */
static bool answer(int count)
{
    json_t *messages = json_array();
    struct task_view v = {.id = "1", .state = "Running", .messages = messages};
    bool all;

    for (int i = 0; i < count; i++)
        json_array_append_new(messages, json_pack("{ss s[s]}", "MessageId",
                                                  "Update.1.0.Installed",
                                                  "MessageArgs", "x"));
    all = task_tell_messages(&watch, &task, &v);
    json_decref(messages);
    return all;
}

static uint64_t told(void)
{
    return ledger_received(flow.ledger);
}

int main(void)
{
    struct source_host host = {0};
    struct tasks tasks = {.host = &host};
    uint64_t before;

    flow_init(&flow);
    flow_start(&flow);
    host.spool = flow.spool;
    host.pipeline = flow.pipeline;
    watch = (struct task_watch){.owner = &tasks, .bmc = flow.bmc};
    ok(answer(2) && told() == 2, "what a task says is told");
    ok(answer(5) && told() == 5, "... each message once");
    ok(answer(1) && told() == 6, "one that forgets its first has new ones");
    ok(!answer(10000), "one that says absurdly much is not told at once");
    before = told();
    ok(before < 200, "... but a part");
    ok(!answer(10000) && told() > before && told() < before + 200,
       "... and with each answer another one");
    while (!answer(1000))
        continue;
    is_int(task.messages, 1000, "... until it has been told");
    flow_done(&flow);
    return done_testing();
}
