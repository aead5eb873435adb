/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what a BMC sent as a registry to a content of the cache, in the
 * cache's worker: unpacked and hashed; and if nobody has these bytes yet,
 * parsed and written, once, however many send them meanwhile.
 */
#pragma once

#include "registry/registry_cache.h"

struct registry_intake;

struct registry_intake_result {
    /* NULL: of no use. Else the receiver lets go of it by unref. */
    struct registry_content *content;
    size_t size;             /* of its bytes, unpacked */
    bool foreign;            /* it is a registry of attributes: no concern */
    bool again;              /* that may pass: we are busy or full */
    const struct error *why; /* of no use: the reason */
};

struct registry_intake_request {
    struct registry_cache *cache; /* has a worker */
    const void *body;             /* copied */
    size_t len;
    const char *member; /* of an archive, or NULL; copied */

    /* Over, and the intake is gone; never from inside registry_intake_start().
     */
    void (*on_done)(void *userdata, const struct registry_intake_result *r);
    void *userdata;
};

/* NULL, with a text, if as much as may be is under way. */
struct registry_intake *registry_intake_start(
    const struct registry_intake_request *r, struct error *err);

/* After it on_done is not called. NULL is accepted. */
void registry_intake_cancel(struct registry_intake *i);
