/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder where Trawl keeps what it could not read, and what a sink could
 * never take: nothing that arrived is thrown away. One file each, a JSON
 * object of schema "trawl.quarantine/1" with the reason and the bytes, durable
 * before any cursor passes. Names sort by time and say what the file is about,
 * so putting the same thing twice (after a crash) leaves one file. Used from
 * several threads.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "util/clock.h"
#include "util/error.h"
#include "util/macro.h"

struct quarantine_item {
    usec_t time;        /* real, of the arrival */
    const char *reason; /* a sentence for people */
    const char *bmc;    /* each of these may be NULL */
    const char *source;
    const char *sink; /* that refused it; NULL if it could not be read */
    const char *id;   /* of the event */
    uint64_t seq;     /* its place in the spool; 0 if it has none */
    const void *payload;
    size_t len;
};

struct quarantine;

/* Opens the folder, made if missing, and adds up what is in it. */
int quarantine_open(const char *directory, struct quarantine **ret,
                    struct error *err);

/* NULL is accepted. */
void quarantine_close(struct quarantine *q);
DEFINE_FREEP(struct quarantine, quarantine_close);

/* Writes one file. After an error the caller tries again, for ever. */
int quarantine_put(struct quarantine *q, const struct quarantine_item *item,
                   struct error *err);

/*
 * Removes an item by its id, the file's name without ".json", durably. -ENOENT
 * if there is none, -EINVAL if that is no id.
 */
int quarantine_drop(struct quarantine *q, const char *id, struct error *err);

/* The folder. */
const char *quarantine_directory(const struct quarantine *q);

/* Bytes and number of the files. */
uint64_t quarantine_size(struct quarantine *q);
uint64_t quarantine_count(struct quarantine *q);
