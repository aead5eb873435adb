/* SPDX-License-Identifier: Apache-2.0 */
/* What a BMC counts. A delivery is one event for one subscription. */
#ifndef BMCSIM_COUNTERS_H
#define BMCSIM_COUNTERS_H

#include <jansson.h>
#include <stdint.h>

#define N_STATUSES 600

struct counters {
    uint64_t emitted;  /* events that happened */
    uint64_t dropped;  /* lost by misbehaviour */
    uint64_t down;     /* happened during a reboot: in the log only */
    uint64_t posted;   /* attempts */
    uint64_t acked;    /* deliveries answered as the dialect wants */
    uint64_t refused;  /* answered otherwise */
    uint64_t failed;   /* no answer */
    uint64_t given_up; /* deliveries lost after the last retry or with a
                          subscription */
    uint64_t overflow; /* deliveries lost to a full queue */
    uint64_t pending;  /* deliveries waiting or on the way */
    uint64_t sse_sent, sse_replayed, requests, reboots;
    uint64_t tests;           /* test events */
    uint64_t heartbeats;      /* heartbeat events */
    uint64_t log_only;        /* events that only the log was told of */
    uint64_t tipped;          /* brought down by a subscription */
    uint64_t logins;          /* sessions created */
    uint64_t basic;           /* requests with a password of their own */
    uint64_t wrong_passwords; /* in either way */
    uint64_t locked_out;      /* refused as the account was locked */
    uint64_t unauthorized;    /* 401s given, whatever for */
    uint32_t statuses[N_STATUSES];
};

/* All of them as an object, new reference. */
json_t *counters_describe(const struct counters *c);

#endif
