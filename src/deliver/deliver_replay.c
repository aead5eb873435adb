/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending history once more: the sink's thread leaves the far end as at a
 * failure, goes back, and passes over what was not asked for until it is where
 * it was. The cursor on disk stays: a death in between loses only the replay.
 */
#include "deliver/deliver_private.h"

void deliver_replay(struct deliver *d, const struct replay_window *window)
{
    pthread_mutex_lock(&d->lock);
    replay_add(&d->wish.replay, window, 0);
    d->shared.replaying = true;
    deliver_unlock_and_wake(d);
}

void deliver_take_replay(struct deliver *d, struct replay *ret_left)
{
    pthread_mutex_lock(&d->lock);
    *ret_left = (struct replay){0};
    if (d->replay.active)
        *ret_left = TAKE_STRUCT(d->replay);
    for (size_t i = 0; i < d->wish.replay.count; i++)
        replay_add(ret_left, &d->wish.replay.windows[i], 0);
    pthread_mutex_unlock(&d->lock);
}

void deliver_begin_replay(struct deliver *d, const struct replay *wish)
{
    /* First, so that it is under way in all that is published from here. */
    for (size_t i = 0; i < wish->count; i++)
        replay_add(&d->replay, &wish->windows[i], d->state.seq);
    if (d->connected) {
        deliver_break_off(d, d->inflight.count == 0);
        d->start_at = 0;
    }
    deliver_go_back(d, replay_first(&d->replay));
    deliver_seek(d);
}

void deliver_count_replayed(struct deliver *d, uint64_t seq)
{
    const char *item = replay_item(&d->replay, seq);
    struct error why = {0};

    d->replayed++;
    if (item && quarantine_drop(d->o.quarantine, item, &why) < 0)
        deliver_note(d, NOTICE_QUARANTINE, seq, 1, why.text);
}
