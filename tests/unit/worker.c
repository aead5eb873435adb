/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread beside the loop: in order, results on the loop, a bound, and a task
 * that is cancelled before, while and after it runs is dropped and told of to
 * nobody.
 */
#include "util/worker.h"

#include <pthread.h>
#include <semaphore.h>

#include "tap.h"
#include "util/alloc.h"
#include "wire.h"

struct step {
    struct worker_task task;
    struct log *log;
    int number;
    sem_t *begun, *go_on; /* NULL: it just runs */
    pthread_t ran_in;
};

struct log {
    int done[16], dropped[16];
    size_t done_count, dropped_count;
    pthread_t ran_in;
};

static void run(struct worker_task *t)
{
    struct step *s = (struct step *)t;

    s->ran_in = pthread_self();
    if (s->begun)
        sem_post(s->begun);
    if (s->go_on)
        sem_wait(s->go_on);
}

static void done(struct worker_task *t)
{
    struct step *s = (struct step *)t;

    s->log->ran_in = s->ran_in;
    s->log->done[s->log->done_count++] = s->number;
    free(s);
}

static void drop(struct worker_task *t)
{
    struct step *s = (struct step *)t;

    s->log->dropped[s->log->dropped_count++] = s->number;
    free(s);
}

static struct step *step(struct log *log, int number)
{
    struct step *s = XNEW(struct step);

    s->task = (struct worker_task){.run = run, .done = done, .drop = drop};
    s->log = log;
    s->number = number;
    return s;
}

static void test_order(sd_event *loop)
{
    struct log log = {0};
    struct worker *w;

    worker_new(loop, 8, &w, NULL);
    for (int i = 0; i < 8; i++)
        ok(worker_add(w, &step(&log, i)->task), "task %d is taken", i);
    ok(wire_wait(loop, log.done_count == 8), "all are done");
    ok(log.done[0] == 0 && log.done[3] == 3 && log.done[7] == 7, "in order");
    ok(!pthread_equal(log.ran_in, pthread_self()), "in another thread");
    ok(worker_settle(w, 0), "nothing is under way");
    worker_free(w);
}

static void test_bound(sd_event *loop)
{
    struct step *first, *third;
    struct log log = {0};
    struct worker *w;
    sem_t begun, go_on;

    sem_init(&begun, 0, 0);
    sem_init(&go_on, 0, 0);
    worker_new(loop, 2, &w, NULL);
    first = step(&log, 1);
    first->begun = &begun;
    first->go_on = &go_on;
    worker_add(w, &first->task);
    sem_wait(&begun);
    worker_add(w, &step(&log, 2)->task);
    third = step(&log, 3);
    ok(!worker_add(w, &third->task), "there is an end to what is under way");
    ok(!worker_settle(w, 1), "it is not over while one runs");
    sem_post(&go_on);
    ok(worker_settle(w, USEC_PER_MINUTE), "then it is");
    is_int(log.done_count, 2, "... and was told without a turn of the loop");
    ok(worker_add(w, &third->task), "there is room again");
    worker_free(w);
    is_int(log.done_count + log.dropped_count, 3, "each is told of or dropped");
}

static void test_cancel(sd_event *loop)
{
    struct step *running, *waiting;
    struct log log = {0};
    struct worker *w;
    sem_t begun, go_on;

    sem_init(&begun, 0, 0);
    sem_init(&go_on, 0, 0);
    worker_new(loop, 8, &w, NULL);
    running = step(&log, 1);
    running->begun = &begun;
    running->go_on = &go_on;
    waiting = step(&log, 2);
    waiting->begun = &begun; /* posts if it should run */
    worker_add(w, &running->task);
    worker_add(w, &waiting->task);
    worker_add(w, &step(&log, 3)->task);
    sem_wait(&begun);
    worker_cancel(&running->task);
    worker_cancel(&waiting->task);
    sem_post(&go_on);
    ok(wire_wait(loop, log.done_count == 1), "the others go on");
    is_int(log.dropped_count, 2, "what was cancelled is dropped");
    ok(log.dropped[0] == 1 && log.dropped[1] == 2 && log.done[0] == 3,
       "... in order");
    ok(sem_trywait(&begun) < 0, "... without being run");
    worker_free(w);
}

int main(void)
{
    sd_event *loop;

    sd_event_new(&loop);
    test_order(loop);
    test_bound(loop);
    test_cancel(loop);
    worker_free(NULL);
    sd_event_unref(loop);
    return done_testing();
}
