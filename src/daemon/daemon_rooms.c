/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rooms that deal with BMCs, made and taken down in the order in which
 * they need each other: who asks (talk), what is known (discover, registries),
 * what is watched (tasks, recheck), and who listens (keep and its ways).
 */
#include "backfill.h"
#include "daemon/daemon_parts.h"
#include "reach.h"
#include "subscribe/leftover.h"
#include "voice.h"

static struct backfill *open_backfill(struct daemon *d)
{
    struct backfill_setup setup = {
        .loop = d->loop,
        .talk = d->talk,
        .pipeline = d->pipeline,
        .spool = d->spool,
        .ledger = d->ledger,
    };

    return backfill_new(&setup);
}

static void on_event(void *userdata, struct bmc *bmc, const struct event *e)
{
    struct daemon *d = userdata;

    tasks_notice(d->tasks, bmc, e);
}

void daemon_rooms_open(struct daemon *d)
{
    struct talk_setup talk = {
        .loop = d->loop,
        .client = d->client,
        .pipeline = d->pipeline,
        .notebook = d->notebook,
    };
    struct recheck_setup recheck = {
        .loop = d->loop,
        .pipeline = d->pipeline,
        .correlator = d->correlator,
    };
    struct registry_fetch_setup fetch = {
        .loop = d->loop,
        .client = d->client,
        .pipeline = d->pipeline,
        .fleet = d->fleet,
    };

    fetch.talk = d->talk = talk_new(&talk);
    d->discoverer = discover_new(d->talk, d->pipeline, d->notebook);
    d->fetch = registry_fetch_new(&fetch);
    recheck.talk = d->talk;
    d->recheck = recheck_new(&recheck);
    d->host = (struct source_host){
        .loop = d->loop,
        .spool = d->spool,
        .pipeline = d->pipeline,
        .fleet = d->fleet,
        .talk = d->talk,
        .notebook = d->notebook,
        .discoverer = d->discoverer,
        .registries = d->fetch,
        .recheck = d->recheck,
    };
    d->host.backfill = open_backfill(d);
    d->tasks = tasks_new(&d->host);
    pipeline_set_witness(d->pipeline, on_event, d);
    d->host.keep = keep_new(&d->host);
    d->host.subscriber = subscribe_new(&d->host);
    d->host.proof = proof_new(&d->host);
    for (size_t i = 0; source_types[i]; i++)
        d->sources[i] = source_types[i]->create(&d->host);
}

/* What is still said is known again; of the spool, it is over by now. */
void daemon_rooms_restore(struct daemon *d)
{
    reach_restore(d->fleet, d->correlator);
    if (correlate_has_own(d->correlator, "", VOICE_SPOOL_SICK,
                          VOICE_ORIGIN_SPOOL) &&
        spool_state(d->spool) == SPOOL_OK)
        pipeline_say(d->pipeline, NULL, VOICE_SPOOL_WELL, VOICE_ORIGIN_SPOOL,
                     NULL, NULL);
    leftover_tell(d->host.subscriber);
}

void daemon_rooms_spool_changed(struct daemon *d)
{
    uint64_t durable = spool_durable(d->spool);
    enum spool_state state = spool_state(d->spool);

    for (size_t i = 0; source_types[i]; i++)
        source_types[i]->spool_changed(d->sources[i], durable, state);
}

size_t daemon_rooms_waiting(const struct daemon *d)
{
    size_t count = 0;

    for (size_t i = 0; source_types[i]; i++)
        count += source_types[i]->waiting(d->sources[i]);
    return count;
}

/* Who listens goes first, and asks the others nothing more. */
void daemon_rooms_remove(void *userdata, struct bmc *bmc)
{
    struct daemon *d = userdata;

    keep_remove(d->host.keep, bmc);
    tasks_remove(d->tasks, bmc);
    for (size_t i = 0; source_types[i]; i++)
        source_types[i]->remove_bmc(d->sources[i], bmc);
    subscribe_remove(d->host.subscriber, bmc);
    proof_remove(d->host.proof, bmc);
    registry_fetch_remove(d->fetch, bmc);
    recheck_remove(d->recheck, bmc);
    backfill_remove(d->host.backfill, bmc);
    discover_remove(d->discoverer, bmc);
}

void daemon_rooms_quiesce(struct daemon *d)
{
    keep_quiesce(d->host.keep);
    for (size_t i = 0; source_types[i]; i++)
        source_types[i]->quiesce(d->sources[i]);
    registry_fetch_quiesce(d->fetch);
    tasks_quiesce(d->tasks);
    backfill_quiesce(d->host.backfill);
    talk_close(d->talk); /* after all who ask */
}

void daemon_rooms_close(struct daemon *d)
{
    tasks_free(d->tasks);
    keep_free(d->host.keep); /* it stops what the others do for it */
    for (size_t i = 0; source_types[i]; i++)
        if (d->sources[i])
            source_types[i]->destroy(d->sources[i]);
    subscribe_free(d->host.subscriber);
    proof_free(d->host.proof);
    backfill_free(d->host.backfill);
    registry_fetch_free(d->fetch);
    recheck_free(d->recheck);
    discover_free(d->discoverer);
    talk_free(d->talk);
}
