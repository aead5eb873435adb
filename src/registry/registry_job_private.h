/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What registry_job.c (whether and which registries are to be read) and
 * registry_job_read.c (each of them) share. Nobody else includes this.
 */
#pragma once

#include "registry/registry_intake.h"
#include "registry/registry_job.h"
#include "registry/registry_locator.h"

struct registry_job {
    struct registry_job_setup setup;
    char *registries_url, *managers_url;
    char *firmware;
    struct talk_exchange *exchange;
    struct http_transfer *transfer; /* from a publisher */
    struct registry_intake *intake; /* of what was read */
    char *etag;                     /* with it */
    usec_t deadline;                /* monotonic */

    char *members[CONFIG_REGISTRIES_MAX]; /* URLs of the locators */
    size_t member_count, member_at;
    unsigned pages;

    struct registry_locator locator; /* the one that is being read */
    size_t place_at;
    char *url;        /* of the place */
    struct error why; /* the last place was of no use */
    bool again;       /* that may pass */
    size_t size;      /* of all that were taken in */
    struct registry_claims claims;
};

/* Asks for a document of the BMC. */
void registry_job_get(struct registry_job *j, const char *uri,
                      void (*on_answer)(void *userdata,
                                        const struct talk_answer *a));

/* Whether a refusal may be none another time (0: there was no answer). */
bool registry_job_may_pass(unsigned status);

/* What is known of the BMC from before, or NULL. */
const struct registry_binding *registry_job_known(const struct registry_job *j);

/*
 * Reads the registries of all locators that were found, and then ends the
 * job: it may be gone when this returns.
 */
void registry_job_read(struct registry_job *j);

/*
 * The job ends at the first answer that refuses our password (true: it is
 * gone then), so that it cannot help to lock an account.
 */
bool registry_job_ends(struct registry_job *j, unsigned status);

/* Ends the job; it may be gone when these return. */
void registry_job_finish(struct registry_job *j,
                         struct registry_job_result *result);
void registry_job_give_up(struct registry_job *j, const char *why);
