/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registries of one BMC, read one request after another: its firmware;
 * if that is another than it was, the collection of locators, each locator,
 * and of each the first place that holds a registry. Whatever goes wrong with
 * one of them, the others are read. Run by registry_fetch.c.
 */
#pragma once

#include "bmc.h"
#include "registry/registry_cache.h"
#include "talk.h"

struct registry_job_result {
    bool failed;          /* nothing was found out: try again later */
    bool refused;         /* it failed because our password is refused */
    bool unchanged;       /* what is known still holds */
    const char *why;      /* it failed */
    const char *firmware; /* "" if it does not say */
    struct registry_claims *claims; /* to be taken, else they are freed */
};

struct registry_job_setup {
    struct talk *talk;
    struct http_client *client; /* for publishers, who are no BMCs */
    struct registry_cache *cache;
    struct bmc *bmc;
    const char *registries_url; /* copied, both */
    const char *managers_url;   /* NULL: its firmware is not known */
    bool publication;           /* registries.publication */
    const char *publisher_ca;   /* whom to believe then; NULL: the system's */
    usec_t time;                /* for all of it */

    /* Over; the job is gone after it. It may start others. */
    void (*on_done)(void *userdata, struct registry_job_result *result);
    void *userdata;
};

struct registry_job;

/* Starts; on_done is not called from inside. */
struct registry_job *registry_job_start(const struct registry_job_setup *s);

/* After it no callback runs. NULL is accepted. */
void registry_job_cancel(struct registry_job *job);
