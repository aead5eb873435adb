/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of the quarantine, read back: what quarantine_put() wrote, and what
 * an operator may have laid there. Its name without ".json" is its id.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "util/buffer.h"
#include "util/error.h"

#define ENVELOPE_SUFFIX ".json"
#define ENVELOPE_MAX (64u << 20) /* the largest body, as base64 in JSON */

struct envelope {
    char *time, *reason, *bmc, *source, *sink, *id; /* NULL: not there */
    uint64_t seq;                                   /* 0: it has none */
    struct buffer payload;
};

/* Reads one by its path; -EBADMSG if it is no envelope. */
int envelope_read(const char *path, struct envelope *ret, struct error *err);
void envelope_done(struct envelope *e);

/*
 * The path of an item in the folder; NULL with a text if the id is none: it
 * must not lead elsewhere. The caller frees it.
 */
char *envelope_path(const char *directory, const char *id, struct error *err);
