/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A BMC as we talk to it: its lane, its password, what a reload changes. It is
 * made with the first question and outlives each: whether the login is good
 * and how the session stands is known from one to the next. It holds a
 * reference to its BMC, so that one that left the fleet stays until its last
 * exchange and the farewell to its session are over.
 */
#include <errno.h>
#include <string.h>

#include "reach.h"
#include "talk/answer.h"
#include "talk/login.h"
#include "util/alloc.h"
#include "util/file.h"

#define PEM_MAX (1u << 20)
/*
 * Of a pause that a BMC asks for. It can send its events meanwhile, but we
 * would neither renew a subscription nor see that one is gone.
 */
#define PAUSE_MAX (5 * USEC_PER_MINUTE)

static void forget_password(struct talk_peer *p)
{
    if (p->password)
        explicit_bzero(p->password, strlen(p->password));
    free(TAKE(p->password));
    p->password_read = false;
}

struct talk_peer *peer_of(struct talk *t, struct bmc *bmc)
{
    struct talk_peer *p = bmc->peer;

    if (p)
        return p;
    p = bmc->peer = XNEW(struct talk_peer);
    p->talk = t;
    p->bmc = bmc_ref(bmc);
    p->config = bmc->config;
    /* Until a login was taken; see `proven`. */
    p->lane.limit = p->config->username ? 1 : TALK_PER_BMC;
    p->next = t->peers;
    if (t->peers)
        t->peers->prev = p;
    t->peers = p;
    session_init(p);
    login_recall(p);
    return p;
}

void peer_free(struct talk_peer *p)
{
    session_done(p);
    forget_password(p);
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

void peer_settle(struct talk_peer *p)
{
    /* A login under way still needs the peer: finish() asks here again. */
    if (p->exchanges || !p->bmc->left || p->session.opening)
        return;
    farewell_begin(p);
    peer_free(p);
}

void peer_prove(struct talk_peer *p, bool proven)
{
    bool all = proven || !p->config->username;

    p->proven = proven;
    if (!p->session.opening)
        gate_set_limit(&p->talk->gate, &p->lane, all ? TALK_PER_BMC : 1);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* A session is with one account at one place. */
static bool same_login(const struct config_bmc *a, const struct config_bmc *b)
{
    return same_text(a->url, b->url) && same_text(a->username, b->username) &&
           a->auth == b->auth;
}

/* The login that was refused is another now: it has all its tries. */
static void look_at_refused(struct talk_peer *p, const char *before)
{
    if (p->bmc->logins_refused == 0)
        return;
    reach_begin(p->bmc);
    if (peer_password(p, NULL) == 0 && before && p->password &&
        strcmp(before, p->password) != 0)
        p->bmc->logins_refused = 0;
}

void peer_adopt(struct talk_peer *p)
{
    const struct config_bmc *before = p->config, *now = p->bmc->config;
    _cleanup_free_ char *password = xstrdup(p->password);

    if (!same_login(before, now))
        farewell_begin(p); /* with the configuration it was made with */
    /* A file is read again on reload, a credential at the next start. */
    if (now->password_file || !same_text(before->credential, now->credential))
        forget_password(p);
    p->config = now;
    /* Somebody may just have made room for a session. */
    if (!p->session.token) {
        p->session.basic = false;
        p->session.again = 0;
    }
    p->session.leftover_tried = false;
    look_at_refused(p, password);
    if (!same_login(before, now))
        p->bmc->logins_refused = 0;
    peer_prove(p, false);
    if (password)
        explicit_bzero(password, strlen(password));
}

usec_t peer_take_pause(struct talk_peer *p, struct http_transfer *answer,
                       unsigned status)
{
    const char *text = http_client_response_header(answer, "Retry-After");
    usec_t pause = talk_answer_pause(text, clock_real());

    /*
     * With other answers it means something else: with a 202, when to look at
     * the task (DSP0266, Asynchronous operations).
     */
    if (pause && (status == 503 || status == 429))
        gate_rest(&p->talk->gate, &p->lane,
                  clock_monotonic() + MIN_OF(pause, PAUSE_MAX));
    return pause;
}

int peer_password(struct talk_peer *p, struct error *err)
{
    int r = 0;

    if (!p->password_read)
        r = config_password(p->config, &p->password, err);
    p->password_read = r == 0;
    return r;
}

/* A PEM file, once for all that name it; NULL with a text if it is none. */
static const char *pem_of(struct talk *t, const char *path, struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    char *known = hashmap_find(t->files, path);

    if (known)
        return known;
    if (file_read(path, PEM_MAX, &text, err) < 0)
        return NULL;
    known = buffer_take_text(&text);
    hashmap_set(t->files, path, known);
    return known;
}

int talk_set_tls(struct talk *t, const struct config_bmc *c,
                 struct http_client_request *q, struct error *err)
{
    q->tls = (struct http_client_tls){
        .verify = c->tls.verify,
        .ca = c->tls.ca,
        .fingerprint = c->tls.fingerprint,
    };
    if (!c->tls.certificate)
        return 0;
    q->tls.certificate = pem_of(t, c->tls.certificate, err);
    if (!q->tls.certificate)
        return -EIO;
    q->tls.key = pem_of(t, c->tls.key, err);
    return q->tls.key ? 0 : -EIO;
}
