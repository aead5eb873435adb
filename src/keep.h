/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps every BMC heard. For each: discover it, wait for its registries, take
 * the best way that it offers (stream, webhook, logs), start again whatever
 * ends, take the next way when one does not work, and come back to the better
 * one. A way only knows how to start and stop; what it learns it tells here.
 * What was missed meanwhile is read from the BMC's logs. Loop thread only.
 */
#pragma once

#include "keep/chooser.h"
#include "sources/source.h"

struct keep;

/* A way of listening. A struct of these stands in the room that knows it. */
struct way_type {
    const char *name; /* "event stream" */
    const char *verb; /* what cannot be done: "open its event stream" */
    /* Begins to listen; bmc->service is there. Tells keep_up() or _down(). */
    void (*start)(void *way, struct bmc *bmc);
    /* Ends it; nothing is told any more. Also when it was not started. */
    void (*stop)(void *way, struct bmc *bmc);
    /* Looks now whether it still holds; NULL: there is nothing to look at. */
    void (*check)(void *way, struct bmc *bmc);
    /* Another way works: take back what stays at the BMC; or NULL. */
    void (*leave)(void *way, struct bmc *bmc);
};

struct keep_end {
    unsigned status;         /* what the BMC answered; 0: nothing */
    usec_t retry_after;      /* it asked for this delay; 0: it did not */
    bool brought;            /* events came by it, so it does work */
    const struct error *err; /* never NULL */
};

struct keep *keep_new(struct source_host *host);
void keep_free(struct keep *k);

/* Before keep_adopt(); `userdata` is handed to its functions. */
void keep_add_way(struct keep *k, enum way way, const struct way_type *type,
                  void *userdata);

/* Adopts a configuration, after fleet and sources did. */
void keep_adopt(struct keep *k, const struct config *config);

/* A BMC leaves the fleet. */
void keep_remove(struct keep *k, struct bmc *bmc);

/* The program ends: nothing is begun any more. */
void keep_quiesce(struct keep *k);

/* ---- what ways tell */

/*
 * It works; `how` goes to the log ("still subscribed"). `gap`: events may have
 * been missed before it did.
 */
void keep_up(struct keep *k, struct bmc *bmc, enum way way, const char *how,
             bool gap);

/* It does not, or not any more: it has stopped by itself. */
void keep_down(struct keep *k, struct bmc *bmc, enum way way,
               const struct keep_end *end);

/* The BMC does not have this way at all, and why we think so. */
void keep_absent(struct keep *k, struct bmc *bmc, enum way way,
                 const struct error *why);

/* Events may have been missed on a way that goes on. */
void keep_gap(struct keep *k, struct bmc *bmc, const char *why);

/* A sign that the BMC may have rebooted: what it knows of us is looked at. */
void keep_suspect(struct keep *k, struct bmc *bmc, const char *why);

/* ---- for whoever asks */

struct keep_view {
    const char *state; /* "listening", "waiting", "silent" ... */
    const char *way;   /* "sse", "webhook", "poll"; NULL: none yet */
    bool degraded;     /* a better way than this one rests */
    usec_t since;      /* real, of the state */
    usec_t next;       /* real, of the next attempt; 0: none is due */
    const char *error; /* the last one, or NULL */
    usec_t error_at;   /* real */
};

/* All of it stays valid until the loop turns. */
void keep_describe(const struct keep *k, const struct bmc *bmc,
                   struct keep_view *ret);
