/* SPDX-License-Identifier: Apache-2.0 */
/* A BMC as we talk to it: where, with which login, in which lane. */
#include <string.h>

#include "reach.h"
#include "talk/talk_private.h"
#include "util/alloc.h"

struct talk_peer *talk_peer_of(struct talk *t, struct bmc *bmc)
{
    struct talk_peer *p = bmc->peer;

    if (p)
        return p;
    p = bmc->peer = XNEW(struct talk_peer);
    p->talk = t;
    p->bmc = bmc_ref(bmc);
    p->lane.limit = bmc->config->username ? 1 : TALK_PER_BMC;
    p->next = t->peers;
    if (t->peers)
        t->peers->prev = p;
    t->peers = p;
    return p;
}

void talk_peer_free(struct talk_peer *p)
{
    if (p->prev)
        p->prev->next = p->next;
    else
        p->talk->peers = p->next;
    if (p->next)
        p->next->prev = p->prev;
    p->bmc->peer = NULL;
    bmc_unref(p->bmc);
    free(p);
}

void talk_peer_settle(struct talk_peer *p)
{
    if (!p->exchanges && p->bmc->left)
        talk_peer_free(p);
}

void talk_peer_prove(struct talk_peer *p, bool proven)
{
    bool all = proven || !p->bmc->config->username;

    p->proven = proven;
    gate_set_limit(&p->talk->gate, &p->lane, all ? TALK_PER_BMC : 1);
}

void talk_peer_begin(struct talk_peer *p)
{
    reach_begin(p->bmc);
    talk_peer_prove(p, false);
}

int talk_peer_request(struct talk_peer *p, struct http_client_request *q,
                      bool with_login, char **ret_password, struct error *err)
{
    const struct config_bmc *c = p->bmc->config;
    int r = with_login ? config_password(c, ret_password, err) : 0;

    if (r < 0)
        return r;
    q->tls =
        (struct http_client_tls){c->tls.verify, c->tls.ca, c->tls.fingerprint};
    q->username = *ret_password ? c->username : NULL;
    q->password = *ret_password;
    return 0;
}
