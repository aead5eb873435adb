/* SPDX-License-Identifier: Apache-2.0 */
/* A counter and a time in each BMC; see pace.h. */
#include "sources/pace.h"

#include "util/alloc.h"

#define ALONE_AFTER (5 * USEC_PER_SEC)
/* 4,000 records a second with a share of 8, far above what any BMC reports. */
#define ROUND (2 * USEC_PER_MSEC)

void pace_note(struct pace *p, const struct bmc *bmc, usec_t now)
{
    if (p->last != bmc)
        p->other_at = p->last_at;
    p->last = bmc;
    p->last_at = now;
}

bool pace_is_alone(const struct pace *p, const struct bmc *bmc, usec_t now)
{
    usec_t other_at = p->last == bmc ? p->other_at : p->last_at;

    return other_at == 0 || now - other_at > ALONE_AFTER;
}

void pace_count(const struct pace *p, struct bmc *bmc, uint64_t records,
                usec_t now)
{
    uint64_t in_round;

    if (p->share == 0 || pace_is_alone(p, bmc, now))
        return;
    if (now >= bmc->round_end) {
        bmc->round_end = now + ROUND;
        bmc->round_left = p->share;
    }
    in_round = MIN_OF(records, bmc->round_left);
    bmc->round_left -= in_round;
    bmc->round_end += (records - in_round) * ROUND / p->share;
}

usec_t pace_delay(const struct pace *p, const struct bmc *bmc, usec_t now)
{
    if (bmc->round_left > 0 || now >= bmc->round_end ||
        pace_is_alone(p, bmc, now))
        return 0;
    return bmc->round_end - now;
}

void pace_forget(struct pace *p, const struct bmc *bmc)
{
    if (p->last == bmc)
        p->last = NULL;
}
