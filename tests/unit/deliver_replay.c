/* SPDX-License-Identifier: Apache-2.0 */
/*
 * History sent again: which records, in what order, what it leaves of the
 * books and of the cursor, after failures too, and what leaves the quarantine.
 */
#include "deliver/replay.h"

#include "deliver_fixture.h"

static struct replay_window numbers(uint64_t first, uint64_t last)
{
    return (struct replay_window){
        .first = first, .last = last, .until = USEC_INFINITY};
}

static void test_windows(void)
{
    struct replay r = {0};
    struct replay_window w = {.first = 10, .last = 20, .since = 5, .until = 9};
    struct replay_window one = numbers(3, 3);

    ok(replay_wants(&r, 1, 0), "without a replay all is sent");
    ok(!replay_pass(&r, 100), "and none ends");
    replay_add(&r, &w, 50);
    is_int(replay_first(&r), 10, "it begins with the window");
    ok(replay_wants(&r, 10, 5) && replay_wants(&r, 20, 9), "its ends count");
    ok(!replay_wants(&r, 9, 5) && !replay_wants(&r, 21, 5) &&
           !replay_wants(&r, 15, 4) && !replay_wants(&r, 15, 10),
       "by number and by time");
    ok(!replay_wants(&r, 50, 5) && replay_wants(&r, 51, 0),
       "behind where it was all is sent");
    one.item = "x";
    replay_add(&r, &one, 4);
    is_int(replay_first(&r), 3, "another one is added to it");
    is_int(r.resume, 50, "and does not change where it was");
    is_text(replay_item(&r, 3), "x", "an item is known by its number");
    is_text(replay_item(&r, 10), NULL, "others have none");
    ok(!replay_pass(&r, 49) && replay_pass(&r, 50) && !replay_pass(&r, 51),
       "it ends once, where it was");
    ok(!replay_wants(&r, 30, 6), "what it left out stays left out");
    replay_add(&r, &one, 60);
    ok(r.count == 1 && !replay_wants(&r, 15, 6), "the next one is a new one");
    is_int(r.resume, 60, "from where it is then");
    replay_done(&r);
}

/* What was sent from the nth on, as text. */
static char *sent_from(struct world *w, size_t n)
{
    struct buffer out = {0};

    buffer_add_text(&out, "");
    pthread_mutex_lock(&w->puppet.lock);
    for (; n < w->puppet.sent_count; n++)
        buffer_printf(&out, "%s%llu", out.len ? " " : "",
                      (unsigned long long)w->puppet.sent[n]);
    pthread_mutex_unlock(&w->puppet.lock);
    return buffer_take_text(&out);
}

static void is_sent(struct world *w, size_t from, const char *want,
                    const char *sentence)
{
    _cleanup_free_ char *got = sent_from(w, from);

    is_text(got, want, "%s", sentence);
}

static bool is_idle(struct world *w)
{
    return !stats(w).replaying;
}

static uint64_t saved_seq(struct world *w)
{
    struct cursor_state state = {0};
    enum cursor_found found;

    cursor_look(w->directory, "mine", &state, &found, NULL);
    return state.seq;
}

/* Ten that are delivered; 5 is for another sink. */
static void world_of_ten(struct world *w)
{
    world_init(w);
    append_mine(w, 4);
    append(w, OUTCOME_FORWARDED, "other", NULL);
    append_mine(w, 5);
    start(w);
    ok(eventually(stats(w).delivered == 9), "all are delivered");
}

static void test_again(void)
{
    struct replay_window window = numbers(3, 7);
    struct world w;

    world_of_ten(&w);
    order(&w, &w.puppet.hold_after, 3);
    deliver_replay(w.deliver, &window);
    ok(stats(&w).replaying, "it is under way at once");
    append_mine(&w, 2);
    ok(eventually(sent_count(&w) == 15), "it is sent");
    ok(stats(&w).replaying, "and under way until it has arrived");
    order(&w, &w.puppet.hold_after, 0);
    ok(eventually(is_idle(&w) && stats(&w).delivered == 11), "and ends");
    is_sent(&w, 9, "3 4 6 7 11 12", "in order, and what is new behind it");
    is_int(stats(&w).replayed, 4, "they count as replayed");
    ok(find_notice(&w, NOTICE_REPLAYED) != NULL, "the loop is told");
    ok(find_notice(&w, NOTICE_SINK_DOWN) == NULL, "and of no failure");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

static void test_twice(void)
{
    struct replay_window first = numbers(8, 9), second = numbers(2, 3);
    _cleanup_free_ char *got = NULL;
    struct world w;

    world_of_ten(&w);
    pthread_mutex_lock(&w.puppet.lock);
    w.puppet.busy = 1000;
    pthread_mutex_unlock(&w.puppet.lock);
    deliver_replay(w.deliver, &first);
    deliver_replay(w.deliver, &second);
    ok(eventually(is_idle(&w)), "two at once");
    got = sent_from(&w, 9);
    ok(strcmp(got, "2 3 8 9") == 0 || strcmp(got, "8 9 2 3") == 0,
       "are both done, whichever the sink's thread sees first: %s", got);
    deliver_replay(w.deliver, &second);
    ok(eventually(is_idle(&w)), "one after the other");
    is_sent(&w, 13, "2 3", "is done alone");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

/* What is in flight when it begins is sent again, and nothing is left out. */
static void test_in_flight(void)
{
    struct replay_window window = numbers(1, 2);
    struct world w;

    world_init(&w);
    w.puppet.hold_after = 6;
    append_mine(&w, 10);
    start(&w);
    ok(eventually(sent_count(&w) == 10 && stats(&w).seq == 6), "four wait");
    deliver_replay(w.deliver, &window);
    order(&w, &w.puppet.hold_after, 0);
    ok(eventually(is_idle(&w) && stats(&w).delivered == 10), "all arrive");
    is_sent(&w, 10, "1 2 7 8 9 10", "those that waited are sent again");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

static void test_failure(void)
{
    struct replay_window window = numbers(2, 8);
    struct world w;

    world_of_ten(&w);
    order(&w, &w.puppet.fail_at, 7);
    deliver_replay(w.deliver, &window);
    ok(eventually(deliver_reopen(w.deliver), is_idle(&w)),
       "a failure on the way does not end it");
    is_int(stats(&w).replayed, 6, "all of it is sent");
    ok(sent_count(&w) >= 9 + 6 && w.puppet.sent[sent_count(&w) - 1] == 8,
       "to its end");
    /* The sink is not sure of what lay before; only that is sent again. */
    pthread_mutex_lock(&w.puppet.lock);
    w.puppet.back_to = 4;
    w.puppet.fail_at = 11;
    w.puppet.sent_count = 0;
    pthread_mutex_unlock(&w.puppet.lock);
    append_mine(&w, 1);
    ok(eventually(deliver_reopen(w.deliver), stats(&w).delivered == 10),
       "a rewind after it");
    is_sent(&w, 0, "4 6 7 8 11", "stays within it");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

/* The cursor on disk never goes back: a death ends the replay alone. */
static void test_death(void)
{
    struct replay_window window = numbers(1, 10);
    struct replay left;
    struct world w;

    world_of_ten(&w);
    order(&w, &w.puppet.hold_after, 2);
    deliver_replay(w.deliver, &window);
    ok(eventually(sent_count(&w) == 18), "it is under way");
    is_int(stats(&w).seq, 10, "what was dealt with stays so");
    deliver_stop(w.deliver, false);
    ok(eventually(deliver_is_over(w.deliver)), "the end comes too early");
    deliver_take_replay(w.deliver, &left);
    ok(left.count == 1 && left.windows[0].last == 10, "what is left is known");
    replay_done(&left);
    deliver_free(TAKE(w.deliver));
    is_int(saved_seq(&w), 10, "the cursor stands where it was");
    assert_conservation(&w, 0);
    order(&w, &w.puppet.hold_after, 0);
    start(&w);
    append_mine(&w, 1);
    ok(eventually(stats(&w).delivered == 10), "then it goes on from there");
    is_sent(&w, 18, "11", "with what is new");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

/* What a sink skipped once is sent when it is asked for. */
static void test_after_skip(void)
{
    struct replay_window window = numbers(2, 3);
    struct world w;

    world_init(&w);
    w.puppet.start_failures = 1;
    append_mine(&w, 10);
    start(&w);
    deliver_skip(w.deliver, 6);
    ok(eventually(deliver_reopen(w.deliver), stats(&w).seq == 10),
       "five are skipped");
    is_int(stats(&w).skipped, 5, "and counted");
    deliver_replay(w.deliver, &window);
    ok(eventually(is_idle(&w)), "they can be had later");
    is_sent(&w, 5, "2 3", "as asked");
    is_int(stats(&w).skipped, 5, "and stay counted as skipped");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

static char *only_item(struct world *w)
{
    char **names;
    size_t count;
    char *id = NULL;

    if (file_list(w->quarantine_directory, ".json", &names, &count, NULL) < 0)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (i == 0)
            id = xstrndup(names[i], strlen(names[i]) - strlen(".json"));
        free(names[i]);
    }
    free(names);
    return id;
}

static void test_quarantine(void)
{
    struct replay_window window = numbers(3, 3);
    struct world w;
    _cleanup_free_ char *again = NULL;

    world_init(&w);
    w.puppet.refuse = 3;
    append_mine(&w, 5);
    start(&w);
    ok(eventually(stats(&w).seq == 5), "one is refused");
    window.item = only_item(&w);
    ok(window.item != NULL, "and in quarantine");
    deliver_replay(w.deliver, &window);
    ok(eventually(is_idle(&w)), "it is tried again");
    again = only_item(&w);
    is_text(again, window.item, "and stays there while it is refused");
    is_int(stats(&w).refused, 1, "counted once");
    order(&w, &w.puppet.refuse, 0);
    deliver_replay(w.deliver, &window);
    ok(eventually(is_idle(&w) && quarantine_count(w.quarantine) == 0),
       "it goes when it is delivered");
    is_sent(&w, 4, "3", "the one");
    is_int(stats(&w).replayed, 1, "which counts as replayed");
    free(window.item);
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

int main(void)
{
    test_windows();
    test_again();
    test_twice();
    test_in_flight();
    test_failure();
    test_death();
    test_after_skip();
    test_quarantine();
    return done_testing();
}
