/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions that are ended at BMCs: when the program ends, when a BMC leaves,
 * when its login became another. They go through the gate like everything
 * else, with the configuration and token that they were made with, for
 * whoever they belonged to may be gone by then. One that could not be ended
 * stays in the notebook, for the next start.
 */
#include <string.h>

#include "notebook.h"
#include "talk/peer.h"
#include "util/alloc.h"

/*
 * The program's end waits for these: a BMC that takes longer ends the session
 * by its own time-out, and the next start finds it in the notebook.
 */
#define FAREWELL_TIMEOUT (5 * USEC_PER_SEC)

struct talk_farewell {
    struct gate_turn turn; /* first: the gate gives it back */
    struct gate_lane lane; /* its own: the BMC's may be shut, or gone */
    struct talk *talk;
    struct talk_farewell *prev, *next;
    struct config_bmc *config; /* a copy */
    char *token, *uri;
    struct http_transfer *transfer;
};

static void farewell_free(struct talk_farewell *f)
{
    struct talk *t = f->talk;

    http_client_cancel(f->transfer);
    gate_leave(&t->gate, &f->turn);
    if (f->prev)
        f->prev->next = f->next;
    else
        t->farewells = f->next;
    if (f->next)
        f->next->prev = f->prev;
    explicit_bzero(f->token, strlen(f->token));
    free(f->token);
    free(f->uri);
    config_bmc_free(f->config);
    free(f);
    talk_wake(t);
}

void farewell_free_all(struct talk *t)
{
    while (t->farewells)
        farewell_free(t->farewells);
}

/* It need not be ended at the next start. */
static void strike_out(const struct talk_farewell *f)
{
    struct notebook *n = f->talk->setup.notebook;
    const char *noted =
        n ? notebook_get(n, f->config->name, TALK_SESSION_KEY) : NULL;

    /* By now it may be the next session that is noted there. */
    if (noted && strcmp(noted, f->uri) == 0)
        notebook_set(n, f->config->name, TALK_SESSION_KEY, NULL);
}

static void on_done(void *userdata, unsigned status, const char *body _unused_,
                    size_t len _unused_, const struct error *failure _unused_)
{
    struct talk_farewell *f = userdata;

    f->transfer = NULL;
    /* 401: the token is over, and the session with it. */
    if (status / 100 == 2 || status == 401 || status == 404 || status == 410)
        strike_out(f);
    farewell_free(f);
}

static void on_turn(struct gate_turn *turn)
{
    struct talk_farewell *f = (struct talk_farewell *)turn;
    _cleanup_free_ char *url = NULL;
    _cleanup_free_ char *header = xasprintf("X-Auth-Token: %s", f->token);
    const char *const headers[] = {header, NULL};
    struct http_client_request q = {
        .method = "DELETE",
        .headers = headers,
        .timeout = FAREWELL_TIMEOUT,
        .response_max = 65536,
        .on_done = on_done,
        .userdata = f,
    };
    int r = http_client_same_origin(f->config->url, f->uri, &url, NULL);

    q.url = url;
    r = r < 0 ? r : talk_set_tls(f->talk, f->config, &q, NULL);
    r = r < 0
            ? r
            : http_client_start(f->talk->setup.client, &q, &f->transfer, NULL);
    /* A failure is silent: the notebook has what is needed. */
    explicit_bzero(header, strlen(header));
    if (r < 0)
        farewell_free(f);
}

void farewell_begin(struct talk_peer *p)
{
    struct talk_session *s = &p->session;
    struct talk *t = p->talk;
    struct talk_farewell *f;

    if (!s->token || !s->uri) {
        free(TAKE(s->token));
        return;
    }
    f = XNEW(struct talk_farewell);
    f->turn.begin = on_turn;
    f->lane.limit = 1;
    f->lane.silent = p->lane.silent;
    f->talk = t;
    /*
     * A reload may free the peer's configuration, and the token must only ever
     * go to the address that gave it.
     */
    f->config = config_bmc_copy(p->config);
    f->token = TAKE(s->token);
    f->uri = TAKE(s->uri);
    f->next = t->farewells;
    if (f->next)
        f->next->prev = f;
    t->farewells = f;
    gate_wait(&t->gate, &f->lane, &f->turn);
    talk_wake(t);
}
