/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exchange until it is asked. What cannot be asked at all is answered from
 * the loop's next turn.
 */
#include <errno.h>
#include <string.h>

#include "reach.h"
#include "talk/exchange.h"
#include "util/alloc.h"

#define ANSWER_MAX (1u << 20) /* most documents are a few KiB */
#define ANSWER_TIMEOUT (30 * USEC_PER_SEC)

static void on_turn(struct gate_turn *turn)
{
    exchange_begin((struct talk_exchange *)turn);
}

static char **copy_headers(const char *const *headers)
{
    size_t count = 0;
    char **copy;

    while (headers && headers[count])
        count++;
    copy = xcalloc(count + 2, sizeof(*copy)); /* and room for a token */
    for (size_t i = 0; i < count; i++)
        copy[i] = xstrdup(headers[i]);
    return copy;
}

struct talk_exchange *exchange_new(struct talk *t, const struct talk_request *r)
{
    struct talk_exchange *e = XNEW(struct talk_exchange);

    e->turn.begin = on_turn;
    /*
     * Only what can be asked a second time without harm: a POST that is cut off
     * may have made its subscription.
     */
    e->turn.yields = !r->method || strcmp(r->method, "GET") == 0;
    e->peer = peer_of(t, r->bmc);
    e->next = e->peer->exchanges;
    if (e->next)
        e->next->prev = e;
    e->peer->exchanges = e;
    e->request = *r;
    e->request.timeout = r->timeout ?: ANSWER_TIMEOUT;
    e->request.response_max = r->response_max ?: ANSWER_MAX;
    e->method = xstrdup(r->method ?: "GET");
    e->headers = copy_headers(r->headers);
    if (r->body)
        e->body = json_dumps(r->body, JSON_COMPACT);
    return e;
}

static void exchange_free(struct talk_exchange *e)
{
    struct talk_peer *p = e->peer;

    if (e->prev)
        e->prev->next = e->next;
    else
        p->exchanges = e->next;
    if (e->next)
        e->next->prev = e->prev;
    for (size_t i = 0; e->headers[i]; i++)
        free(e->headers[i]);
    free(e->headers);
    free(e->method);
    free(e->url);
    free(e->body);
    free(e->failure);
    buffer_done(&e->refusal);
    sd_event_source_disable_unref(e->head_timer);
    free(e);
    /* Last: the peer may go with it. */
    peer_settle(p);
}

static void leave_gate(struct talk_exchange *e)
{
    gate_leave(&e->peer->talk->gate, &e->turn);
    talk_wake(e->peer->talk);
}

void exchange_drop(struct talk_exchange *e)
{
    http_client_cancel(TAKE(e->transfer));
    leave_gate(e);
    exchange_free(e);
}

void exchange_answer(struct talk_exchange *e, const struct talk_answer *a)
{
    /* Before the callback, which may ask the next thing in its place. */
    leave_gate(e);
    e->answering = true;
    if (e->request.on_answer)
        e->request.on_answer(e->request.userdata, a);
    exchange_free(e);
}

void exchange_yield(struct talk_exchange *e)
{
    struct talk_peer *p = e->peer;

    http_client_cancel(TAKE(e->transfer));
    sd_event_source_disable_unref(TAKE(e->head_timer));
    buffer_clear(&e->refusal);
    /* In this order: the lane is placed among the silent by gate_leave(). */
    p->lane.silent = true;
    gate_leave(&p->talk->gate, &e->turn);
    gate_wait_first(&p->talk->gate, &p->lane, &e->turn);
}

void exchange_fail(struct talk_exchange *e, unsigned status,
                   const struct error *err)
{
    struct talk *t = e->peer->talk;

    leave_gate(e);
    e->has_failed = true;
    e->failure = XNEW(struct error); /* few fail: it is large */
    *e->failure = *err;
    e->failed_status = status;
    *t->failed_end = e;
    t->failed_end = &e->next_failed;
}

void exchange_tell_failed(struct talk *t)
{
    struct talk_exchange *e = t->failed, *next;

    /* Those that fail while these are told are for the next turn. */
    t->failed = NULL;
    t->failed_end = &t->failed;
    for (; e; e = next) {
        struct talk_answer a = {
            .status = e->failed_status,
            .body = "",
            .asked = clock_real(),
            .answered = clock_real(),
            .err = e->failure,
        };

        next = e->next_failed;
        exchange_answer(e, &a);
    }
}

/* ---- asking */

/*
 * Public by the specification (DSP0266, Authentication): asked
 * without a login as long as that works, so that a BMC whose password is wrong
 * can still be told apart from one that is away.
 */
static bool is_root(const char *url)
{
    static const char *const roots[] = {"/redfish", "/redfish/", "/redfish/v1",
                                        "/redfish/v1/"};
    const char *host = strstr(url, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;

    for (size_t i = 0; path && i < ARRAY_LEN(roots); i++)
        if (strcmp(path, roots[i]) == 0)
            return true;
    return false;
}

bool exchange_needs_login(const struct talk_exchange *e)
{
    return e->peer->config->username &&
           (e->peer->root_is_closed || !is_root(e->url));
}

/* Either the session's token, in the last place of the headers, or Basic. */
static int set_login(struct talk_exchange *e, struct http_client_request *q,
                     struct error *err)
{
    struct talk_peer *p = e->peer;
    size_t last = 0;
    int r;

    e->generation = 0;
    if (!e->with_login)
        return 0;
    /*
     * DSP0266, Session management: X-Auth-Token is what a session's requests
     * bear, and nothing else.
     */
    if (p->session.token) {
        while (e->headers[last])
            last++;
        e->headers[last] = xasprintf("X-Auth-Token: %s", p->session.token);
        e->generation = p->session.generation;
        return 0;
    }
    r = peer_password(p, err);
    q->username = p->password ? p->config->username : NULL;
    q->password = p->password;
    return r;
}

static void unset_login(struct talk_exchange *e)
{
    size_t last = 0;

    if (e->generation == 0)
        return;
    /*
     * The client has its own copy; ours must not outlive the sending, since an
     * exchange may wait for long and be asked again with another token.
     */
    while (e->headers[last + 1])
        last++;
    explicit_bzero(e->headers[last], strlen(e->headers[last]));
    free(TAKE(e->headers[last]));
}

static int send_exchange(struct talk_exchange *e, struct error *err)
{
    struct talk *t = e->peer->talk;
    struct http_client_request q = {
        .method = e->method,
        .url = e->url,
        .headers = (const char *const *)e->headers,
        .body = e->body,
        .body_len = e->body ? strlen(e->body) : 0,
        .timeout = e->request.timeout,
        .packed = e->request.raw,
        .response_max = e->request.response_max,
    };
    int r = talk_set_tls(t, e->peer->config, &q, err);

    r = r < 0 ? r : set_login(e, &q, err);
    if (r < 0)
        return r;
    exchange_set_callbacks(e, &q);
    e->asked = clock_real();
    r = http_client_start(t->setup.client, &q, &e->transfer, err);
    unset_login(e);
    return r;
}

void exchange_begin(struct talk_exchange *e)
{
    struct talk_peer *p = e->peer;
    usec_t now = clock_monotonic();
    struct error err = {""};

    e->with_login = exchange_needs_login(e);
    /*
     * The order matters. A refused password is not sent again, neither as Basic
     * nor to open a session: BMCs lock an account after a few. A
     * session that is there is used all the same: it needs no password.
     */
    if (p->talk->closing) {
        error_set(&err, -ESHUTDOWN, "Trawl stops");
        exchange_fail(e, 0, &err);
    } else if (e->with_login && !p->session.token &&
               !reach_may_log_in(p->bmc, now)) {
        error_set(&err, -EACCES,
                  "it refuses our password; to lock no account it is not "
                  "tried again for now");
        exchange_fail(e, 401, &err);
    } else if (e->with_login && session_is_wanted(p, now)) {
        session_begin(p, e);
    } else if (send_exchange(e, &err) < 0) {
        exchange_fail(e, 0, &err);
    }
}
