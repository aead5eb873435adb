/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much is asked of the BMCs: requests by method and by what they are
 * about, and how many were under way at a time, of one BMC and of all. A
 * stream counts until it is open. What waits unread in a socket is not under
 * way yet, but its connection is counted: give answers a delay to see what a
 * client does at a time.
 */
#ifndef BMCSIM_LOAD_H
#define BMCSIM_LOAD_H

#include <jansson.h>
#include <stdint.h>

#define LOAD_KINDS 14
#define LOAD_METHODS 5

struct bmc;
struct request;
struct sim;

/* In struct bmc, and once in struct sim for all. */
struct load {
    uint32_t now, most;
    uint32_t connections, most_connections;
    uint32_t counts[LOAD_KINDS][LOAD_METHODS];
};

/* The request begins, is about something, and ends. */
void load_begin(struct bmc *b);
void load_count(const struct request *r);
void load_end(struct bmc *b);

/* A connection was accepted, or has ended. */
void load_connected(struct bmc *b);
void load_disconnected(struct bmc *b);

/* Begins to count anew. */
void load_reset(struct load *load);

/* {"now", "most", "connections", "most_connections", "kinds":
 * {KIND: {METHOD: n}}}, new reference. */
json_t *load_describe(const struct load *load);

#endif
