/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logging in to a BMC. In this order, and only when somebody wants to ask:
 *   a session left by a crash is ended, with the password;
 *   a new one is opened;
 *   what could not be ended before is ended with its token.
 * So there is never more than one of ours, if the BMC takes the password alone
 * at all. Where sessions cannot be had, each request carries it (auth: auto):
 * also where the POST that opens one is refused itself, which some services
 * want a login for. So the two tries of a password go both ways.
 * Meanwhile the BMC's lane is shut.
 */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "notebook.h"
#include "reach.h"
#include "service.h"
#include "talk/answer.h"
#include "talk/exchange.h"
#include "talk/login.h"
#include "util/alloc.h"
#include "util/json_writer.h"

#define STANDARD_URI "/redfish/v1/SessionService/Sessions"
#define LOGIN_TIMEOUT (30 * USEC_PER_SEC)
#define ANSWER_MAX 65536u
#define AGAIN_AFTER (10 * USEC_PER_MINUTE) /* when a session was refused */

/* What is known at a step's end. */
typedef void on_done_fn(void *userdata, unsigned status, const char *body,
                        size_t len, const struct error *failure);

static void open_session(struct talk_peer *p);

/* ---- the notebook */

static void note(struct talk_peer *p, const char *uri)
{
    if (p->talk->setup.notebook)
        notebook_set(p->talk->setup.notebook, p->bmc->name, TALK_SESSION_KEY,
                     uri);
}

void session_init(struct talk_peer *p)
{
    struct notebook *n = p->talk->setup.notebook;

    if (n)
        p->session.leftover =
            xstrdup(notebook_get(n, p->bmc->name, TALK_SESSION_KEY));
}

void session_done(struct talk_peer *p)
{
    struct talk_session *s = &p->session;

    http_client_cancel(TAKE(s->transfer));
    gate_leave(&p->talk->gate, &s->turn);
    p->talk->logins -= s->opening;
    if (s->token)
        explicit_bzero(s->token, strlen(s->token));
    free(s->token);
    free(s->uri);
    free(s->leftover);
}

void session_lose(struct talk_peer *p)
{
    struct talk_session *s = &p->session;

    if (s->uri) { /* should it be there still, it is ended first */
        free(s->leftover);
        s->leftover = TAKE(s->uri);
        s->leftover_tried = false;
    }
    if (s->token)
        explicit_bzero(s->token, strlen(s->token));
    free(TAKE(s->token));
}

bool session_is_wanted(const struct talk_peer *p, usec_t now)
{
    const struct talk_session *s = &p->session;

    if (s->token)
        return false;
    if (s->leftover && !s->leftover_tried)
        return true;
    return p->config->auth != AUTH_BASIC && (!s->basic || now >= s->again);
}

/* ---- the end of it */

/* Lets the BMC's exchanges go on. */
static void finish(struct talk_peer *p)
{
    struct talk_session *s = &p->session;

    s->opening = false;
    p->talk->logins--;
    gate_leave(&p->talk->gate, &s->turn);
    peer_prove(p, p->proven);
    talk_wake(p->talk);
    if (p->talk->closing)
        farewell_begin(p);
    peer_settle(p);
}

/* The exchange that it was begun for does not get its login. */
static void give_up(struct talk_peer *p, unsigned status,
                    const struct error *err)
{
    struct gate_turn *turn = p->lane.first;

    while (turn && !exchange_needs_login((struct talk_exchange *)turn))
        turn = turn->next;
    if (turn)
        exchange_fail((struct talk_exchange *)turn, status, err);
    finish(p);
}

/* The other way is next: at once, if another try is left. */
static void refuse(struct talk_peer *p, unsigned status,
                   const struct error *err)
{
    struct talk_session *s = &p->session;
    usec_t now = clock_monotonic();

    login_refused(p);
    p->proven = false;
    s->basic = status == 401 && p->config->auth == AUTH_AUTO;
    s->again = s->basic ? USEC_INFINITY : 0;
    if (s->basic && reach_may_log_in(p->bmc, now))
        finish(p);
    else
        give_up(p, 401, err);
}

void session_refuse_basic(struct talk_peer *p)
{
    p->session.basic = false;
    p->session.again = 0;
}

/* No session: the password with each request, where that is allowed. */
static void do_without(struct talk_peer *p, unsigned status,
                       const struct error *err)
{
    struct talk_session *s = &p->session;
    /*
     * There is no SessionService: asked again after a reload only. All else may
     * pass, such as a table of sessions that is full.
     */
    bool never = status == 404 || status == 405 || status == 501;

    if (p->config->auth == AUTH_SESSION) {
        give_up(p, status, err);
        return;
    }
    s->basic = true;
    s->again = never ? USEC_INFINITY : clock_monotonic() + AGAIN_AFTER;
    finish(p);
}

/* ---- its steps */

/* One request of ours, in the place that session_begin() took. */
static int ask(struct talk_peer *p, struct http_client_request *q,
               const char *uri, on_done_fn *on_done, struct error *err)
{
    _cleanup_free_ char *url = talk_url(p->talk, p->bmc, uri);
    int r = url ? 0 : error_set(err, -EXDEV, "its sessions are elsewhere");

    q->url = url;
    q->timeout = LOGIN_TIMEOUT;
    q->response_max = ANSWER_MAX;
    q->on_done = on_done;
    q->userdata = p;
    r = r < 0 ? r : talk_set_tls(p->talk, p->config, q, err);
    return r < 0 ? r
                 : http_client_start(p->talk->setup.client, q,
                                     &p->session.transfer, err);
}

static bool is_gone(unsigned status)
{
    return status / 100 == 2 || status == 404 || status == 410;
}

static void forget_leftover(struct talk_peer *p)
{
    free(TAKE(p->session.leftover));
    if (!p->session.uri)
        note(p, NULL);
}

static void on_leftover_ended(void *userdata, unsigned status,
                              const char *body _unused_, size_t len _unused_,
                              const struct error *failure)
{
    struct talk_peer *p = userdata;

    p->session.transfer = NULL;
    p->session.leftover_tried = true;
    /*
     * Else it is tried once more with the next session's token (end_late()),
     * then left to the BMC's time-out.
     */
    if (is_gone(status))
        forget_leftover(p);
    if (status == 401)
        login_refused(p);
    if (status == 0)
        give_up(p, 0, failure);
    else if (p->config->auth != AUTH_BASIC &&
             reach_may_log_in(p->bmc, clock_monotonic()))
        open_session(p);
    else
        finish(p);
}

static int end_leftover(struct talk_peer *p, struct error *err)
{
    struct http_client_request q = {
        .method = "DELETE",
        .username = p->config->username,
        .password = p->password ?: "",
    };

    return ask(p, &q, p->session.leftover, on_leftover_ended, err);
}

static void on_late_end(void *userdata, unsigned status _unused_,
                        const char *body _unused_, size_t len _unused_,
                        const struct error *failure _unused_)
{
    struct talk_peer *p = userdata;

    p->session.transfer = NULL;
    forget_leftover(p);
    finish(p);
}

/* With a session at last: what the password could not end. */
static int end_late(struct talk_peer *p)
{
    _cleanup_free_ char *header =
        xasprintf("X-Auth-Token: %s", p->session.token);
    const char *const headers[] = {header, NULL};
    struct http_client_request q = {.method = "DELETE", .headers = headers};
    int r = ask(p, &q, p->session.leftover, on_late_end, NULL);

    explicit_bzero(header, strlen(header));
    return r;
}

static void take_session(struct talk_peer *p, const struct talk_answer *a)
{
    struct talk_session *s = &p->session;
    const char *location = http_client_response_header(a->transfer, "Location");
    const char *id = json_string_value(json_object_get(a->json, "@odata.id"));
    _cleanup_free_ char *url = talk_url(p->talk, p->bmc, location);

    if (!url)
        url = talk_url(p->talk, p->bmc, id);
    s->token =
        xstrdup(http_client_response_header(a->transfer, "X-Auth-Token"));
    /*
     * DSP0266, Session login: the token is in X-Auth-Token, the session in
     * Location. Where that is missing, its own @odata.id names it; without
     * either it cannot be ended, and the BMC's time-out has to do it.
     */
    s->uri = xstrdup(url);
    s->generation++;
    s->basic = s->limit_told = false;
    /* At once: a crash from here on leaves a session behind. */
    note(p, s->uri);
    s->used = false; /* that the token is good for something, shows later */
    if (!s->leftover || end_late(p) < 0)
        finish(p);
}

static void tell_limit(struct talk_peer *p, const struct error *err)
{
    if (!p->session.limit_told)
        log_warning("%s: has no room for a session (%s); each request carries "
                    "the password until it has",
                    p->bmc->name, err->text);
    p->session.limit_told = true;
}

static void take_refusal(struct talk_peer *p, const struct talk_answer *a)
{
    /* First the limit, whatever status it comes with. */
    if (talk_answer_is_full(a)) {
        tell_limit(p, a->err);
        do_without(p, a->status, a->err);
    } else if (talk_answer_is_refusal(a)) {
        refuse(p, a->status, a->err);
    } else if (a->status == 0 || a->status == 503) {
        /*
         * Nothing about sessions is learned from these: the next who asks
         * tries again.
         */
        peer_take_pause(p, a->transfer, a->status);
        give_up(p, a->status, a->err);
    } else {
        do_without(p, a->status, a->err);
    }
}

static void on_login(void *userdata, unsigned status, const char *body,
                     size_t len, const struct error *failure)
{
    struct talk_peer *p = userdata;
    struct error err = *failure;
    struct talk_answer a = {
        .status = status,
        .body = body,
        .len = len,
        .err = &err,
        .transfer = TAKE(p->session.transfer),
    };

    p->lane.silent = status == 0;
    talk_answer_read(&a, false, &err);
    if (status / 100 != 2)
        take_refusal(p, &a);
    else if (http_client_response_header(a.transfer, "X-Auth-Token"))
        take_session(p, &a);
    else
        do_without(p, status, &err);
    talk_answer_done(&a);
}

static void write_login(const struct talk_peer *p, struct buffer *ret)
{
    struct json_writer w;

    json_writer_init(&w, ret);
    json_writer_open_object(&w);
    json_writer_member(&w, "UserName", p->config->username);
    json_writer_member(&w, "Password", p->password ?: "");
    json_writer_close_object(&w);
}

/* As it was discovered, unless the BMC has another URL since. */
static const char *place_of(const struct talk_peer *p)
{
    const char *known = p->bmc->service ? p->bmc->service->sessions_url : NULL;
    _cleanup_free_ char *url = NULL;

    return known && http_client_same_origin(p->bmc->config->url, known, &url,
                                            NULL) == 0
               ? known
               : STANDARD_URI;
}

static void open_session(struct talk_peer *p)
{
    _cleanup_(buffer_done) struct buffer body = {0};
    struct http_client_request q = {.method = "POST"};
    struct error err = {""};
    int r;

    write_login(p, &body);
    q.body = body.data;
    q.body_len = body.len;
    r = ask(p, &q, place_of(p), on_login, &err);
    explicit_bzero(body.data, body.len);
    if (r < 0)
        give_up(p, 0, &err);
}

void session_begin(struct talk_peer *p, struct talk_exchange *e)
{
    struct talk_session *s = &p->session;
    struct error err = {""};
    int r = peer_password(p, &err);

    s->opening = true;
    p->talk->logins++;
    /* In this order: once the lane is shut, the exchange goes back into it. */
    gate_set_limit(&p->talk->gate, &p->lane, 0);
    gate_swap(&p->talk->gate, &e->turn, &s->turn);
    if (r == 0 && s->leftover && !s->leftover_tried)
        r = end_leftover(p, &err);
    else if (r == 0)
        open_session(p);
    if (r < 0)
        give_up(p, 0, &err);
}
