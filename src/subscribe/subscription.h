/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of subscribe share: subscribe.c (all subscriptions, and what
 * keep.h calls), settle.c (from a look to a subscription that holds), climb.c
 * (making it), mend.c (seeing that it still is as it was made). Each step asks
 * one thing of the BMC and goes on from the answer; nothing else is under way
 * meanwhile.
 */
#pragma once

#include "keep.h"
#include "subscribe.h"
#include "subscribe/ladder.h"
#include "subscribe/look.h"
#include "subscribe/memory.h"

struct subscribe_leaving;

struct subscriber {
    struct source_host *host;
    const struct config *config;
    struct hashmap *subscriptions; /* by BMC name */
    struct hashmap *products;      /* bodies that were taken, by product */
    struct subscribe_leaving *leavings;
    struct subscribe_counts counts;
};

/* What says what is ours at one BMC. */
struct words {
    char *destination, *context, *shown, *token, *old_token;
    struct member_words member; /* points to them */
    const struct fleet *fleet;
    char *url; /* of the BMC */
};

void words_init(struct words *w, const struct subscriber *s,
                const struct bmc *bmc);
void words_done(struct words *w);

/* One BMC's, from start to stop; owned by the subscriber. */
struct subscription {
    struct subscriber *owner;
    struct bmc *bmc;
    struct words words;
    struct memory memory; /* of earlier ones */
    struct ladder ladder;
    struct talk_exchange *exchange; /* the step that is under way, */
    struct look_run *look;          /* or this */
    sd_event_source *timer;         /* the next check */
    struct look found;              /* what stood there at the last look */
    char *uri;                      /* ours; NULL: there is none */
    char *etag;
    json_t *terms;                        /* as it was made; NULL: not known */
    void (*then)(struct subscription *s); /* after stale ones are removed */
    usec_t checked;                       /* real; when it last was seen */
    usec_t made;   /* monotonic, in this life; 0: it was there, or was seen */
    bool up;       /* told so to keep */
    bool gap;      /* events may have been missed; to be told */
    bool changed;  /* made or mended since; to be proved */
    bool fresh;    /* made in this round: it is taken as it is */
    bool crowded;  /* the BMC said that there is one, or no room */
    bool mended;   /* tried, in this round */
    bool replaced; /* likewise */
    enum refusal_kind refusal; /* what it said when it was crowded */
    struct error why;          /* and its words */
    unsigned status;
};

/* ---- subscribe.c */

/* Asks for the step; its answer comes to on_answer(s, …). */
void subscription_ask(struct subscription *s, const char *method,
                      const char *uri, const json_t *body,
                      void (*on_answer)(void *, const struct talk_answer *));

/* It holds: told, and looked at again after a while. */
void subscription_up(struct subscription *s);

/* It does not: told, and no more is done until it is started again. */
void subscription_down(struct subscription *s, const struct talk_answer *a,
                       const struct error *why);
void subscription_absent(struct subscription *s, const struct error *why);

const char *subscription_collection(const struct subscription *s);
struct ladder_facts subscription_facts(const struct subscription *s);

/* ---- settle.c: look, adopt or make, put the rest in order, up */

void settle_begin(struct subscription *s);

/*
 * What was made does not show. True if that was dealt with: it brings events
 * all the same and is left alone, or the BMC keeps none of those that it takes.
 */
bool settle_unseen(struct subscription *s);

/* It is made or mended: removes what is ours and stale, then it is up. */
void settle_rest(struct subscription *s);

/* Deletes the stale ones; `then` comes when all were tried. */
void settle_remove_stale(struct subscription *s,
                         void (*then)(struct subscription *s));

/* ---- climb.c */

/* Makes one; goes on to mend_look(). */
void climb_begin(struct subscription *s);

/* The same, after a look at what is in the way. */
void climb_crowded(struct subscription *s);

/* ---- mend.c */

/* Reads ours and mends it: at a check, and after it was made. */
void mend_look(struct subscription *s);

/* The same with what was read of it; goes on to settle_rest(). */
void mend_begin(struct subscription *s, const json_t *document);
