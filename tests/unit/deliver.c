/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery from a real spool into a sink that does as it is told: takes, holds
 * its acknowledgements back, is busy, refuses now or later, fails, goes back.
 * Each story runs in a folder of its own and ends by the law of conservation:
 * routed = delivered + refused + skipped + backlog.
 */
#include "deliver_fixture.h"

static void test_selection(void)
{
    struct world w;
    uint64_t last;

    world_init(&w);
    append(&w, OUTCOME_FORWARDED, "other", NULL);
    append(&w, OUTCOME_FORWARDED, "mine", "other");
    append(&w, OUTCOME_SUPPRESSED_REPEAT, "mine", NULL);
    append(&w, OUTCOME_FORWARDED, "other", "mine");
    append(&w, OUTCOME_FORWARDED, "mine2", NULL);
    last = append(&w, OUTCOME_DROPPED_ROUTE, NULL, NULL);
    spool_flush(w.spool);
    start(&w);
    ok(eventually(stats(&w).seq == last),
       "the cursor passes records of others as well");
    is_int(sent_count(&w), 2, "only its own records are sent");
    is_int(w.puppet.sent[0], 2, "the first");
    is_int(w.puppet.sent[1], 4, "and the second, in order");
    is_int(stats(&w).delivered, 2, "they are counted");
    is_int(stats(&w).state, DELIVER_UP, "the sink is up");
    append_mine(&w, 3);
    ok(eventually(stats(&w).delivered == 5), "later ones follow");
    ok(stats(&w).last_success > 0, "and the time of it is known");
    stop(&w, true);

    w.puppet.sent_count = 0;
    append_mine(&w, 1);
    start(&w);
    ok(eventually(stats(&w).delivered == 6), "a restart goes on counting");
    is_int(sent_count(&w), 1, "and sends only what is new");
    deliver_reopen(w.deliver);
    ok(eventually((pthread_mutex_lock(&w.puppet.lock), last = w.puppet.reopens,
                   pthread_mutex_unlock(&w.puppet.lock), last == 1)),
       "SIGHUP reaches the sink");
    stop(&w, true);
    assert_conservation(&w, 0);
    ok(!find_notice(&w, NOTICE_SINK_DOWN) && w.seen_count == 0,
       "nothing was to be told");
    world_done(&w);
}

static void test_busy(void)
{
    struct world w;

    world_init(&w);
    w.puppet.busy = 5;
    append_mine(&w, 100);
    start(&w);
    ok(eventually(stats(&w).delivered == 100), "a busy sink is asked again");
    is_int(sent_count(&w), 100, "and gets each record once");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

static void test_failures(void)
{
    const struct notice *down;
    struct world w;

    world_init(&w);
    w.puppet.start_failures = 2;
    w.puppet.hold_after = 10;
    append_mine(&w, 50);
    start(&w);
    ok(eventually(find_notice(&w, NOTICE_SINK_DOWN) != NULL),
       "a sink that cannot be reached is told");
    down = find_notice(&w, NOTICE_SINK_DOWN);
    is_text(down ? down->text : NULL, "nobody is there", "with the reason");
    is_text(down ? down->sink : NULL, "mine", "and the name");
    ok(eventually(deliver_reopen(w.deliver), stats(&w).delivered == 10),
       "it is tried until it is there");
    is_int(stats(&w).seq, 10, "the cursor is where it acknowledged");
    ok(eventually(find_notice(&w, NOTICE_SINK_BACK) != NULL), "it is back");

    order(&w, &w.puppet.fail_at, 51);
    append_mine(&w, 1);
    ok(eventually(w.seen_count = 0, find_notice(&w, NOTICE_SINK_DOWN) != NULL),
       "a failed send is told");
    is_text(stats(&w).trouble.text, "it went away", "its text can be read");
    is_int(stats(&w).state, DELIVER_DOWN, "the sink is down");
    order(&w, &w.puppet.hold_after, 0);
    deliver_reopen(w.deliver);
    ok(eventually(stats(&w).delivered == 51), "all arrive in the end");
    is_int(sent_count(&w), 50 + 41, "what was not acknowledged was sent again");
    is_int(w.puppet.sent[50], 11, "from there on");
    is_text(stats(&w).trouble.text, "", "the trouble is over");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

static size_t quarantined(struct world *w, char *ret_name, size_t size)
{
    char **names;
    size_t count;

    if (file_list(w->quarantine_directory, ".json", &names, &count, NULL) < 0)
        return 0;
    for (size_t i = 0; i < count; i++) {
        snprintf(ret_name, size, "%s/%s", w->quarantine_directory, names[i]);
        free(names[i]);
    }
    free(names);
    return count;
}

static void test_refusal(void)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    struct world w;
    char name[256];

    world_init(&w);
    w.puppet.refuse = 3;
    append_mine(&w, 5);
    start(&w);
    ok(eventually(stats(&w).seq == 5), "the cursor passes a refused event");
    is_int(stats(&w).refused, 1, "it is counted as such");
    is_int(stats(&w).delivered, 4, "and not as delivered");
    is_int(quarantined(&w, name, sizeof(name)), 1, "it is in quarantine");
    file_read(name, 65536, &text, NULL);
    ok(text.data && strstr(text.data, "\"reason\":\"too large\"") &&
           strstr(text.data, "\"sink\":\"mine\"") &&
           strstr(text.data, "\"seq\":3") &&
           strstr(text.data, "a drive has failed"),
       "with the reason and the event");
    ok(find_notice(&w, NOTICE_REFUSED) != NULL, "the loop is told");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

static void test_late_refusal(void)
{
    struct world w;
    char name[256];

    world_init(&w);
    w.puppet.hold_after = 2;
    w.puppet.refuse_late = 4;
    append_mine(&w, 6);
    start(&w);
    ok(eventually(quarantined(&w, name, sizeof(name)) == 1),
       "what is refused late is in quarantine");
    ok(eventually(stats(&w).seq == 2), "the cursor comes up to it");
    order(&w, &w.puppet.hold_after, 0);
    ok(eventually(stats(&w).seq == 6), "then it passes");
    is_int(stats(&w).refused, 1, "and counts it");
    is_int(stats(&w).delivered, 5, "and the others");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

/* The quarantine cannot be written for a while: nothing is passed over. */
static void test_quarantine_trouble(void)
{
    struct world w;
    char away[128];

    world_init(&w);
    snprintf(away, sizeof(away), "%s-away", w.quarantine_directory);
    rename(w.quarantine_directory, away);
    w.puppet.refuse = 2;
    append_mine(&w, 5);
    start(&w);
    ok(eventually(find_notice(&w, NOTICE_QUARANTINE) != NULL),
       "trouble with the quarantine is told");
    ok(eventually(sent_count(&w) == 4), "sending goes on");
    ok(eventually(stats(&w).seq == 1), "the cursor comes up to the event");
    rename(away, w.quarantine_directory);
    ok(eventually(stats(&w).seq == 5), "it does once the folder is back");
    is_int(stats(&w).refused, 1, "it is counted once");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

static void test_unclean_stop(void)
{
    struct world w;

    world_init(&w);
    w.puppet.hold_after = 7;
    append_mine(&w, 20);
    start(&w);
    ok(eventually(sent_count(&w) == 20 && stats(&w).seq == 7),
       "what is acknowledged moves the cursor");
    stop(&w, false);
    assert_conservation(&w, 13);
    w.puppet.hold_after = 0;
    start(&w);
    ok(eventually(stats(&w).delivered == 20), "the rest is sent at the start");
    is_int(sent_count(&w), 20 + 13, "once more");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

static void *release_soon(void *userdata)
{
    struct world *w = userdata;

    order(w, &w->puppet.hold_after, 0);
    return NULL;
}

static void test_clean_stop(void)
{
    pthread_t thread;
    struct world w;

    world_init(&w);
    w.puppet.hold_after = 1;
    append_mine(&w, 20);
    start(&w);
    ok(eventually(sent_count(&w) == 20), "all are in flight");
    deliver_stop(w.deliver, true);
    pthread_create(&thread, NULL, release_soon, &w);
    deliver_free(TAKE(w.deliver));
    pthread_join(thread, NULL);
    assert_conservation(&w, 0);
    is_int(sent_count(&w), 20, "a clean stop waited for them");
    world_done(&w);
}

static void test_rewind(void)
{
    struct world w;

    world_init(&w);
    append_mine(&w, 10);
    start(&w);
    ok(eventually(stats(&w).delivered == 10), "ten are delivered");
    pthread_mutex_lock(&w.puppet.lock);
    w.puppet.back_to = 6;
    w.puppet.fail_at = 11;
    pthread_mutex_unlock(&w.puppet.lock);
    append_mine(&w, 1);
    ok(eventually(deliver_reopen(w.deliver), stats(&w).seq == 11),
       "after a disconnect it goes on");
    is_int(sent_count(&w), 10 + 6, "with some that were acknowledged before");
    is_int(w.puppet.sent[10], 6, "from where the sink says");
    is_int(stats(&w).delivered, 11, "which are not counted twice");
    stop(&w, true);
    assert_conservation(&w, 0);

    w.puppet.back_to = 9;
    start(&w);
    ok(eventually(stats(&w).state == DELIVER_UP), "it is up");
    stop(&w, false);
    start(&w);
    ok(eventually(sent_count(&w) == 16 + 3 && stats(&w).seq == 11),
       "going back is remembered over a restart");
    is_int(stats(&w).delivered, 11, "and so is what was counted");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

static void test_skip(void)
{
    const struct notice *n;
    struct world w;

    world_init(&w);
    w.puppet.start_failures = 1000000;
    append_mine(&w, 10);
    append(&w, OUTCOME_FORWARDED, "other", NULL);
    append_mine(&w, 10);
    start(&w);
    ok(eventually(stats(&w).state == DELIVER_DOWN), "the sink is down");
    deliver_skip(w.deliver, 15);
    ok(eventually(stats(&w).saved == 14), "the cursor moves all the same");
    is_int(stats(&w).skipped, 13, "only its own records count as skipped");
    ok(eventually(find_notice(&w, NOTICE_SKIPPED) != NULL), "it is told");
    n = find_notice(&w, NOTICE_SKIPPED);
    is_int(n ? n->count : 0, 13, "with the number");
    pthread_mutex_lock(&w.puppet.lock);
    w.puppet.start_failures = 0;
    pthread_mutex_unlock(&w.puppet.lock);
    deliver_reopen(w.deliver);
    ok(eventually(stats(&w).seq == 21), "the rest is delivered");
    is_int(stats(&w).delivered, 7, "and counted");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

/* A sink that is up but does not acknowledge can be skipped too. */
static void test_skip_in_flight(void)
{
    struct world w;

    world_init(&w);
    w.puppet.hold_after = 1;
    append_mine(&w, 10);
    start(&w);
    ok(eventually(sent_count(&w) == 10 && stats(&w).seq == 1),
       "nine are in flight");
    deliver_skip(w.deliver, 6);
    ok(eventually(stats(&w).seq == 5), "those skipped hold nothing any more");
    is_int(stats(&w).skipped, 4, "they are counted");
    order(&w, &w.puppet.hold_after, 0);
    ok(eventually(stats(&w).delivered == 6), "the others arrive");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

static void test_new_sink(void)
{
    struct world w;

    world_init(&w);
    append_mine(&w, 10);
    w.start_seq = 8;
    w.routed -= 8;
    start(&w);
    ok(eventually(stats(&w).delivered == 2), "a new sink begins as it is told");
    is_int(w.puppet.sent[0], 9, "with the record after that");
    stop(&w, true);
    assert_conservation(&w, 0);
    w.start_seq = 0;
    start(&w);
    append_mine(&w, 1);
    ok(eventually(stats(&w).delivered == 3), "later its cursor counts alone");
    stop(&w, true);
    world_done(&w);
}

static void damage_cursor(struct world *w)
{
    _cleanup_free_ char *path = xasprintf("%s/cursor-mine", w->directory);

    if (truncate(path, 3) < 0)
        diag("cannot damage %s", path);
}

static void test_lost_cursor(void)
{
    struct cursor_state ahead = {.seq = 1000, .counted = 1000};
    enum cursor_found found;
    struct cursor *c = NULL;
    struct world w;

    world_init(&w);
    append_mine(&w, 5);
    start(&w);
    ok(eventually(stats(&w).delivered == 5), "five are delivered");
    stop(&w, true);
    damage_cursor(&w);
    start(&w);
    ok(eventually(stats(&w).delivered == 5),
       "without a cursor all are sent again");
    is_int(sent_count(&w), 10, "rather twice than not at all");
    ok(find_notice(&w, NOTICE_CURSOR_LOST) != NULL, "which is told");
    ok(!find_notice(&w, NOTICE_RECORDS_LOST), "and nothing else is");
    stop(&w, true);

    w.seen_count = 0;
    cursor_open(w.directory, "mine", &ahead, &c, &(struct cursor_state){0},
                &found, NULL);
    cursor_save(c, &ahead, NULL);
    cursor_close(c);
    start(&w);
    ok(eventually(stats(&w).delivered == 5),
       "so they are when the cursor is of another spool");
    ok(find_notice(&w, NOTICE_CURSOR_LOST) != NULL, "and it is told");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

static void test_broken_record(void)
{
    uint8_t id[SPOOL_ID_LEN] = {0};
    struct world w;

    world_init(&w);
    append_mine(&w, 1);
    spool_append(w.spool, SPOOL_EVENT, 1, id, "rubbish", 7);
    append_mine(&w, 1);
    start(&w);
    ok(eventually(stats(&w).seq == 3), "a record that is none stops nobody");
    is_int(stats(&w).delivered, 2, "the others arrive");
    ok(find_notice(&w, NOTICE_RECORD_BROKEN) != NULL, "it is told");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

/* More than one round, one window of the ring and one save. */
static void test_many(void)
{
    struct world w;

    world_init(&w);
    start(&w);
    for (int i = 0; i < 100; i++)
        append_mine(&w, 300);
    ok(eventually(stats(&w).delivered == 30000), "30,000 are delivered");
    stop(&w, true);
    assert_conservation(&w, 0);
    world_done(&w);
}

int main(void)
{
    test_selection();
    test_busy();
    test_failures();
    test_refusal();
    test_late_refusal();
    test_quarantine_trouble();
    test_unclean_stop();
    test_clean_stop();
    test_rewind();
    test_skip();
    test_skip_in_flight();
    test_new_sink();
    test_lost_cursor();
    test_broken_record();
    test_many();
    return done_testing();
}
