/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One answer of a BMC's log, taken apart for whoever reads logs (backfill.h):
 * the entries, each with its own JSON and with what tells old from new, and
 * where the next page is. What an entry says is decode's (decode_options.log):
 * nothing here is lost that is lost there. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/clock.h"
#include "util/error.h"
#include "util/macro.h"

struct log_entry {
    char *id;        /* its Id, else the last part of its URI, else "" */
    char *uri;       /* @odata.id as it stands, or NULL */
    usec_t created;  /* by the BMC's clock, however absurd; 0: not known */
    usec_t changed;  /* likewise; 0: not known */
    bool repaired;   /* it says that the fault is over */
    bool vacant;     /* a place without an entry, of a log that has places */
    bool reference;  /* nothing but a link: to be read from `uri` */
    uint64_t print;  /* of what never changes in it; never 0 */
    uint64_t about;  /* of what it is about: message, arguments, origin */
    uint64_t number; /* the Id, if it is a number; 0: it is none */
    char *bytes;     /* its JSON */
    size_t len;
};

struct log_page {
    struct log_entry *entries;
    size_t count;
    char *next;    /* Members@odata.nextLink as it stands, or NULL */
    int64_t total; /* Members@odata.count; -1: not said */
};

/*
 * Reads a page, or one entry alone, mending what decode mends. -EBADMSG with
 * a text if it is neither; *ret is then empty.
 */
int log_page_read(const char *bytes, size_t len, struct log_page *ret,
                  struct error *err);
void log_page_done(struct log_page *page);

void log_entry_done(struct log_entry *entry);
