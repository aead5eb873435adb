/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subscriptions of a BMC's event service: made, shown, changed and
 * deleted over Redfish, with the limits and fancies of the dialect, and kept
 * supplied with events.
 */
#ifndef BMCSIM_SUBSCRIPTIONS_H
#define BMCSIM_SUBSCRIPTIONS_H

#include "event.h"
#include "http.h"

/* Owned by the BMC's list; its lane posts for it. */
struct subscription {
    struct subscription *next;
    struct bmc *bmc;
    unsigned id;
    char *destination; /* empty: a slot that nobody has */
    char *context;     /* NULL: none */
    json_t *resource;  /* as the client gave it, without HttpHeaders */
    json_t *headers;   /* array of objects, or NULL */
    int policy;        /* enum retry_policy */
    bool filtered;     /* not for all events */
    bool suspended;
    struct timer beat;
    uint64_t posted, acked;
    struct lane *lane;
};

/* The event to each subscription that wants it. */
void subscriptions_push(struct bmc *b, struct event *e);

/* Requests below the subscriptions' URI; tail is "" or the member's name. */
void subscriptions_handle(struct request *r, const char *tail,
                          struct reply *ret);

void subscription_delete(struct subscription *s);
void subscriptions_clear(struct bmc *b);
/* A stranger's, as if he had posted body; no limit is heeded. -EINVAL. */
int subscriptions_plant(struct bmc *b, json_t *body, struct error *err);
/* What a reboot does to them: keep them but for what was on its way, or not. */
void subscriptions_reboot(struct bmc *b, bool keep);
/* Without the slots that nobody has. */
size_t subscriptions_count(const struct bmc *b);
/* New reference: for the control port. */
json_t *subscriptions_describe(const struct bmc *b);

#endif
