/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether ours still is there, still is ours, is not switched off, and stands
 * as it was made. What is otherwise is mended: resumed, where the BMC has that
 * action (it keeps what came meanwhile), else by PATCH, and where that does
 * not help another is made in its place. What a BMC shows of a new one is
 * taken as its way of showing it, so that no endless mending begins.
 */
#include "subscribe/subscription.h"

#include <string.h>

#include "log.h"
#include "service.h"
#include "util/alloc.h"
#include "vendors.h"
#include "voice.h"

/* A reboot, an update, or too many failures: it is made again. */
static void lost(struct subscription *s, const char *how)
{
    if (settle_unseen(s))
        return;
    log_warning("%s: our subscription is gone: %s; making it again",
                s->bmc->name, how);
    s->owner->counts.lost++;
    s->bmc->refused = true; /* so that its end is told */
    pipeline_say(s->owner->host->pipeline, s->bmc, VOICE_SUBSCRIPTION_LOST,
                 s->bmc->config->url, how, NULL);
    free(TAKE(s->uri));
    settle_begin(s);
}

/* The one that we have goes when another is there. */
static void replace(struct subscription *s)
{
    log_info("%s: making our subscription anew", s->bmc->name);
    s->replaced = true;
    look_add(&s->found, MEMBER_STALE, s->uri);
    free(TAKE(s->uri));
    climb_begin(s);
}

static void on_mended(void *userdata, const struct talk_answer *a)
{
    struct subscription *s = userdata;

    s->exchange = NULL;
    if (a->status / 100 == 2) {
        s->changed = true;
        s->owner->counts.mended++;
    }
    if (a->status == 0 || a->status == 401)
        subscription_down(s, a, a->err);
    else
        mend_look(s);
}

/* Entries that only say "no filter" cannot be sent: some refuse empty lists. */
static json_t *to_send(const json_t *drift)
{
    json_t *body = json_object(), *value;
    const char *key;

    json_object_foreach ((json_t *)(uintptr_t)drift, key, value)
        if (!json_is_array(value) || json_array_size(value) > 0)
            json_object_set(body, key, value);
    return body;
}

static const char *resume_target(const json_t *document)
{
    const json_t *action =
        json_object_get(json_object_get(document, "Actions"),
                        "#EventDestination.ResumeSubscription");

    return json_string_value(json_object_get(action, "target"));
}

static void patch(struct subscription *s, const json_t *body)
{
    _cleanup_free_ char *match =
        s->etag ? xasprintf("If-Match: %s", s->etag) : NULL;
    const char *headers[] = {match, NULL};
    struct talk_request r = {
        .bmc = s->bmc,
        .method = "PATCH",
        .uri = s->uri,
        .body = body,
        .headers = headers,
        .on_answer = on_mended,
        .userdata = s,
    };

    s->exchange = talk_start(s->owner->host->talk, &r);
}

/* Some entries only say "no filter", and some BMCs take no PATCH. */
static bool can_mend(const struct subscription *s, const json_t *document,
                     const json_t *drift, bool off)
{
    json_t *body = to_send(drift);
    bool empty = json_object_size(body) == 0;

    json_decref(body);
    return (off && resume_target(document)) ||
           (!empty && !s->bmc->service->vendor_row->no_patch);
}

static void mend(struct subscription *s, const json_t *document,
                 const json_t *drift, bool off)
{
    const char *resume = off ? resume_target(document) : NULL;
    json_t *body = to_send(drift);

    s->mended = true;
    if (resume) {
        json_object_clear(body);
        json_object_set_new(body, "DeliverBufferedEventDuringSuspension",
                            json_true());
        subscription_ask(s, "POST", resume, body, on_mended);
    } else {
        patch(s, body);
    }
    json_decref(body);
}

/* As it was made, as far as that is known; else as it would be made now. */
static json_t *wanted(const struct subscription *s)
{
    struct ladder_facts facts = subscription_facts(s);
    json_t *body, *terms;
    struct ladder l;

    if (s->terms)
        return json_incref(s->terms);
    ladder_begin(&l, &facts, s->memory.ladder);
    body = ladder_body(&l, &facts);
    terms = member_terms(body);
    json_decref(body);
    return terms;
}

/*
 * What is otherwise. Of a new one only what costs events is looked at: the
 * rest is how this BMC shows what it was told.
 */
static json_t *drift_of(const struct subscription *s, const json_t *terms)
{
    struct ladder_facts facts = subscription_facts(s);
    json_t *as_told = s->fresh ? ladder_mend(&s->ladder, &facts,
                                             LADDER_POLICY | LADDER_CONTEXT)
                               : wanted(s);
    json_t *drift = member_drift(terms, as_told);
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe(
        drift, next, key, value) if (s->fresh && !json_object_get(as_told, key))
        json_object_del(drift, key);
    json_decref(as_told);
    return drift;
}

static void accept(struct subscription *s, json_t *terms)
{
    json_decref(s->terms);
    s->terms = json_incref(terms);
    settle_rest(s);
}

void mend_begin(struct subscription *s, const json_t *document)
{
    bool off = member_is_off(document);
    json_t *terms = member_terms(document), *drift = drift_of(s, terms);

    if (off)
        s->gap = true;
    if (!off && json_object_size(drift) == 0)
        accept(s, terms);
    else if (!s->mended && can_mend(s, document, drift, off))
        mend(s, document, drift, off);
    else if (!s->fresh && !s->replaced)
        replace(s);
    else
        accept(s, terms);
    json_decref(terms);
    json_decref(drift);
}

/* How it shows the address that we just gave it. */
static void learn_address(struct subscription *s, const json_t *document)
{
    const char *shown =
        json_string_value(json_object_get(document, "Destination"));

    if (!shown || member_classify(document, &s->words.member) == MEMBER_OURS)
        return;
    log_info("%s: shows the address of our subscription in a form of its own",
             s->bmc->name);
    free(s->words.shown);
    s->words.shown = xstrdup(shown);
    s->words.member.shown = s->words.shown;
}

static void on_read(void *userdata, const struct talk_answer *a)
{
    struct subscription *s = userdata;
    bool is_there = a->status == 200 && json_is_object(a->json);

    s->exchange = NULL;
    if (is_there) {
        free(s->etag);
        s->etag = look_etag(a);
    }
    if (is_there && s->fresh)
        learn_address(s, a->json);
    if (is_there && member_classify(a->json, &s->words.member) == MEMBER_OURS) {
        s->made = s->bmc->unseen = 0;
        mend_begin(s, a->json);
    } else if (s->fresh && settle_unseen(s))
        return;
    else if (s->fresh) /* it was taken; what it shows is not for us to judge */
        settle_rest(s);
    else if (is_there)
        lost(s, "another stands in its place");
    else if (a->status == 404 || a->status == 410)
        lost(s, "the BMC does not have it any more");
    else
        subscription_down(s, a, a->err);
}

void mend_look(struct subscription *s)
{
    subscription_ask(s, NULL, s->uri, NULL, on_read);
}
