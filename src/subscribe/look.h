/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the subscriptions that stand at a BMC, page by page and one after
 * another: whose each is, and where. A member that cannot be read, is gone
 * meanwhile or leads elsewhere is passed over: one bad member never hides the
 * others. Bounded in pages and members.
 */
#pragma once

#include "subscribe/member.h"
#include "talk.h"

#define LOOK_MEMBERS_MAX 64 /* the largest limit of a known BMC is 20 */
#define LOOK_PAGES_MAX 8

struct look_member {
    enum member_kind kind;
    char *uri;        /* as the BMC named it */
    char *etag;       /* or NULL */
    json_t *document; /* of what is ours and current; else NULL */
};

/* What was found. Ends with look_done(). */
struct look {
    struct look_member members[LOOK_MEMBERS_MAX];
    size_t count;
    size_t unread; /* members that could not be read */
};

struct look_request {
    struct talk *talk;
    struct bmc *bmc;
    const char *uri;                  /* of the collection */
    const struct member_words *words; /* stays until on_done */

    /*
     * Over: what was found, to be taken over (TAKE_STRUCT), or NULL with the
     * answer that stands for the failure of the collection itself.
     */
    void (*on_done)(void *userdata, struct look *found,
                    const struct talk_answer *failure);
    void *userdata;
};

struct look_run;

/* Never calls on_done from inside. The run is gone when on_done returns. */
struct look_run *look_start(const struct look_request *request);

/* NULL is accepted. */
void look_cancel(struct look_run *run);

void look_done(struct look *found);

/* The first of that kind, or NULL. */
struct look_member *look_find(struct look *found, enum member_kind kind);

/* Adds one of that kind, unless there is no room; takes one out again. */
void look_add(struct look *found, enum member_kind kind, const char *uri);
void look_drop(struct look *found, struct look_member *member);

size_t look_count(const struct look *found, enum member_kind kind);

/* The entity tag of an answer's document, from its head or body; or NULL. */
char *look_etag(const struct talk_answer *answer);
