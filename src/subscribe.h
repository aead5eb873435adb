/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the webhook subscription of BMCs: looks for ours, makes it by the
 * ladder of subscribe/ladder.h, looks at it from time to time and mends it,
 * removes it when it is not wanted any more. Only our own are ever touched. A
 * way of keep.h, which starts it, and again after it told that it is down.
 */
#pragma once

#include "keep.h"
#include "sources/source.h"

struct subscriber;
struct subscribe_leaving;

/* What keep calls; the way itself is the subscriber. */
extern const struct way_type subscribe_way;

struct subscriber *subscribe_new(struct source_host *host);

/* What stands at BMCs stays there. NULL is accepted. */
void subscribe_free(struct subscriber *s);

/* Adopts the configuration whose public_url is told to BMCs. */
void subscribe_adopt(struct subscriber *s, const struct config *config);

/* A BMC leaves the fleet: what is ours at it is removed, if it lets us. */
void subscribe_remove(struct subscriber *s, struct bmc *bmc);

/*
 * Removes what is ours at a BMC; until it is started again (a reload, a
 * restart) none is made. on_done (may be NULL) is called once, never from
 * inside, with a text if something may have stayed; the leaving is gone then.
 */
struct subscribe_leaving *subscribe_leave(
    struct subscriber *s, struct bmc *bmc,
    void (*on_done)(void *userdata, bool ok, const struct error *err),
    void *userdata);

/* It goes on, but on_done is not called. NULL is accepted. */
void subscribe_leave_forget(struct subscribe_leaving *f);

/*
 * Whether a request that has the BMC's token may be its, by the secret that it
 * brings (NULL: none). A BMC that has sent it once has to, until its
 * subscription is made again: many that take the header show it as empty, so
 * that nothing else tells whether they do send it.
 */
bool subscribe_knows_sender(struct subscriber *s, struct bmc *bmc,
                            const char *secret);

struct subscribe_view {
    const char *uri;  /* of ours at the BMC; NULL: there is none */
    const char *body; /* what it took: "context,format,..."; or NULL */
    usec_t checked;   /* real, of the last look that found it; 0: none */
    size_t strangers; /* others that stood there at the last look */
    size_t streams;
};

/* All of it stays valid until the loop turns; false: none is kept there. */
bool subscribe_describe(const struct subscriber *s, const struct bmc *bmc,
                        struct subscribe_view *ret);

/* Since the start. */
struct subscribe_counts {
    uint64_t made, mended, lost;
};
void subscribe_count(const struct subscriber *s, struct subscribe_counts *ret);
