/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of talk share. talk.c: the doors and the queue. exchange.h:
 * one question. peer.h: a BMC as we talk to it. session.h: logging in and
 * out. answer.h: what an answer says. Nobody else includes these.
 */
#pragma once

#include "talk.h"
#include "talk/gate.h"
#include "util/hashmap.h"

#define TALK_PER_BMC 2             /* requests at a time */
#define TALK_SESSION_KEY "session" /* its URI, in the notebook */

struct talk {
    struct talk_setup setup;
    struct gate gate;
    sd_event_source *later; /* looks what may begin, and tells failures */
    sd_event_source *rest;  /* when a BMC's pause is over */
    struct talk_peer *peers;
    struct talk_exchange *failed, **failed_end; /* not told yet */
    struct talk_farewell *farewells;
    struct hashmap *files; /* client certificates and keys, by path */
    unsigned logins;       /* under way */
    unsigned begun;        /* requests, since the heap was last trimmed */
    usec_t tidied;         /* monotonic; that was then */
    bool closing;
};

/* talk.c: has the queue looked at in the next turn of the loop. */
void talk_wake(struct talk *t);
