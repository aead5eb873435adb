/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a subscription: a POST of one body after another, until one is taken
 * or none is left. Where the vendor made slots, a PATCH of one that is free.
 * "There is one" and "there is no room" are looked into: what is ours and
 * stale makes room, what is a stranger's never does.
 */
#include "subscribe/subscription.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "service.h"
#include "util/alloc.h"
#include "vendors.h"
#include "voice.h"

static void post(struct subscription *s);

/* The BMC is full, of others: told once. */
static void say_limit(struct subscription *s)
{
    char strangers[24], streams[24];

    if (s->bmc->limited)
        return;
    snprintf(strangers, sizeof(strangers), "%zu",
             look_count(&s->found, MEMBER_STRANGER));
    snprintf(streams, sizeof(streams), "%zu",
             look_count(&s->found, MEMBER_STREAM));
    s->bmc->limited = s->bmc->refused = true;
    log_warning("%s: has no room for our subscription: %s of others and %s "
                "streams stand there",
                s->bmc->name, strangers, streams);
    pipeline_say(s->owner->host->pipeline, s->bmc, VOICE_SUBSCRIPTION_LIMIT,
                 s->bmc->config->url, strangers, streams);
}

/* What is known of its kind and of our address may be the reason. */
static void explain(struct subscription *s)
{
    const struct vendor *v = s->bmc->service->vendor_row;
    const char *to = s->words.destination;
    size_t len = strlen(s->why.text);

    if (v->https_only && strncmp(to, "https:", 6) != 0)
        snprintf(s->why.text + len, sizeof(s->why.text) - len,
                 " (it may post to https: only, which public_url is not)");
}

static void give_up(struct subscription *s)
{
    struct talk_answer a = {.status = s->status, .err = &s->why};

    explain(s);
    if (s->refusal == REFUSAL_LIMIT)
        say_limit(s);
    subscription_down(s, &a, &s->why);
}

/* The next body, as the refusal says. */
static void go_on(struct subscription *s, const struct refusal *why)
{
    struct ladder_facts facts = subscription_facts(s);

    if (ladder_next(&s->ladder, &facts, why))
        post(s);
    else
        give_up(s);
}

void climb_crowded(struct subscription *s)
{
    struct refusal plain = {.kind = REFUSAL_BODY};

    if (look_find(&s->found, MEMBER_STALE))
        settle_remove_stale(s, post);
    else if (s->refusal == REFUSAL_EXISTS)
        go_on(s, &plain); /* there is none: it meant something else */
    else
        give_up(s);
}

/* First with what is known of what stands there, then with a new look. */
static void on_crowded(struct subscription *s)
{
    if (s->crowded || look_find(&s->found, MEMBER_STALE)) {
        climb_crowded(s);
        return;
    }
    s->crowded = true;
    settle_begin(s);
}

/* A uri of the answer that can be the new member's; as lists have it. */
static const char *uri_of(const struct subscription *s,
                          const struct talk_answer *a)
{
    const char *base = s->bmc->config->url;
    size_t len = strlen(base);

    if (!a->location)
        return json_string_value(json_object_get(a->json, "@odata.id"));
    if (strncmp(a->location, base, len) == 0 && a->location[len] == '/')
        return a->location + len;
    return a->location;
}

static void made(struct subscription *s, const struct talk_answer *a)
{
    const struct look_member *slot = look_find(&s->found, MEMBER_FREE);
    const char *uri = s->bmc->service->vendor_row->fixed_slots && slot
                          ? slot->uri
                          : uri_of(s, a);

    log_info("%s: made a subscription", s->bmc->name);
    s->owner->counts.made++;
    if (s->bmc->service->vendor_row->default_port_only &&
        member_has_own_port(s->words.destination))
        log_warning("%s: is of a kind that posts to standard ports only, and "
                    "public_url names another: its events may not arrive",
                    s->bmc->name);
    s->fresh = s->gap = s->changed = true;
    s->made = clock_monotonic();
    s->bmc->secret_required = false; /* until it is seen again */
    memory_set_secret(s->owner->host->notebook, s->bmc->name, false);
    free(s->memory.ladder);
    s->memory.ladder = ladder_remember(&s->ladder);
    free(s->uri);
    s->uri = xstrdup(uri);
    if (s->uri)
        mend_look(s);
    else
        settle_begin(s);
}

static void on_posted(void *userdata, const struct talk_answer *a)
{
    struct subscription *s = userdata;
    struct refusal r = refusal_read(a->status, a->json);

    s->exchange = NULL;
    s->refusal = r.kind;
    s->status = a->status;
    s->why = *a->err;
    switch (r.kind) {
    case REFUSAL_NONE:
        made(s, a);
        return;
    case REFUSAL_BODY:
        go_on(s, &r);
        return;
    case REFUSAL_EXISTS:
    case REFUSAL_LIMIT:
        on_crowded(s);
        return;
    case REFUSAL_LATER:
        subscription_down(s, a, a->err);
        return;
    case REFUSAL_NEVER:
        subscription_absent(s, a->err);
        return;
    }
}

static void post(struct subscription *s)
{
    struct ladder_facts facts = subscription_facts(s);
    json_t *body = ladder_body(&s->ladder, &facts);
    const struct look_member *slot = look_find(&s->found, MEMBER_FREE);

    if (!facts.vendor->fixed_slots) {
        subscription_ask(s, "POST", subscription_collection(s), body,
                         on_posted);
    } else if (slot) {
        subscription_ask(s, "PATCH", slot->uri, body, on_posted);
    } else {
        s->refusal = REFUSAL_LIMIT;
        s->status = 400;
        error_set(&s->why, 0, "all of its slots are in use");
        give_up(s);
    }
    json_decref(body);
}

/* What worked here under this firmware, or at another of its kind. */
static const char *remembered(const struct subscription *s)
{
    const struct service *service = s->bmc->service;
    const struct memory *m = &s->memory;
    const char *firmware = service->firmware;

    if (m->ladder &&
        (!m->firmware || !firmware || strcmp(m->firmware, firmware) == 0))
        return m->ladder;
    return service->product ? hashmap_find(s->owner->products, service->product)
                            : NULL;
}

void climb_begin(struct subscription *s)
{
    struct ladder_facts facts = subscription_facts(s);

    s->crowded = false;
    ladder_begin(&s->ladder, &facts, remembered(s));
    post(s);
}
