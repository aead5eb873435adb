/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes back: an answer, a stream, or a reason to ask once more (at
 * another place of the BMC, or with another login).
 */
#include <errno.h>
#include <string.h>

#include "reach.h"
#include "talk/answer.h"
#include "talk/exchange.h"
#include "talk/login.h"
#include "util/alloc.h"

#define REDIRECTS_MAX 3
#define HEAD_TIMEOUT USEC_PER_MINUTE /* a stream that does not begin */
#define REFUSAL_MAX 65536u           /* what comes in place of a stream */

char *exchange_own_url(struct talk_exchange *e, const char *uri,
                       struct error *err)
{
    struct bmc *bmc = e->peer->bmc;
    char *url = NULL;

    if (uri && http_client_same_origin(bmc->config->url, uri, &url, err) < 0)
        reach_refused_uri(e->peer->talk->setup.pipeline, bmc, uri);
    return url;
}

/* ---- once more */

/* Before others of its lane. */
static void ask_again(struct talk_exchange *e)
{
    struct talk *t = e->peer->talk;

    e->transfer = NULL;
    gate_leave(&t->gate, &e->turn);
    gate_wait_first(&t->gate, &e->peer->lane, &e->turn);
    talk_wake(t);
}

/*
 * iLO sends one to the same URI with a slash at its end. Of a GET only: after
 * a POST, a client may repeat it as a GET (RFC 9110, 15.4), and we must not.
 */
static bool is_redirect(const struct talk_exchange *e, unsigned status)
{
    return (status == 301 || status == 302 || status == 307 || status == 308) &&
           strcmp(e->method, "GET") == 0 && e->redirects < REDIRECTS_MAX;
}

/* The service root needs no login, says the specification. Some differ. */
static bool opens_root(struct talk_exchange *e, unsigned status)
{
    struct talk_peer *p = e->peer;

    if ((status != 401 && status != 403) || e->with_login ||
        p->root_is_closed || !p->config->username)
        return false;
    p->root_is_closed = true;
    return true;
}

/*
 * A token that was good and is refused is one that ended (time, a reboot of
 * the BMC), and no refused password: once more, with a new one.
 */
static bool has_ended(const struct talk_exchange *e, unsigned status)
{
    const struct talk_session *s = &e->peer->session;

    return status == 401 && e->generation && !e->renewed &&
           (s->used || s->generation != e->generation);
}

static void lose_session(struct talk_exchange *e)
{
    struct talk_peer *p = e->peer;

    /* Another exchange may have opened a new one meanwhile: that one stays. */
    if (p->session.token && p->session.generation == e->generation)
        session_lose(p);
}

static bool renews(struct talk_exchange *e, unsigned status)
{
    if (!has_ended(e, status))
        return false;
    e->renewed = true;
    lose_session(e);
    return true;
}

/* Whether it is asked once more; else *ret_location is where it points to. */
static bool goes_on(struct talk_exchange *e, unsigned status,
                    char **ret_location, struct error *err)
{
    /*
     * Before ask_again(), which ends the transfer that the header belongs to.
     */
    *ret_location = exchange_own_url(
        e, http_client_response_header(e->transfer, "Location"), err);
    if (renews(e, status) || opens_root(e, status)) {
        ask_again(e);
        return true;
    }
    if (!*ret_location || !is_redirect(e, status))
        return false;
    free(e->url);
    e->url = TAKE(*ret_location);
    e->redirects++;
    ask_again(e);
    return true;
}

/* ---- an answer */

/* Of a token only a new one that is refused counts. */
static void count_login(struct talk_exchange *e, unsigned status)
{
    struct talk_peer *p = e->peer;

    if (!e->with_login || has_ended(e, status))
        return;
    if (status == 401) {
        lose_session(e);
        if (e->generation == 0)
            session_refuse_basic(p);
        login_refused(p);
    } else if (status / 100 == 2) {
        p->session.used |= p->session.generation == e->generation;
        login_accepted(p);
    }
    /*
     * Anything but a 401 proves as much as was proven before: a 404 or a 503
     * may come before the login is looked at.
     */
    peer_prove(p, status / 100 == 2 || (p->proven && status != 401));
}

static void end_stream(struct talk_exchange *e, struct talk_answer *a,
                       struct error *err)
{
    if (a->status)
        error_set(err, 0, "it ended");
    exchange_answer(e, a);
}

/* "it answered 404" alone would leave open to what. */
static void tell_question(const struct talk_exchange *e, struct error *err)
{
    const char *host = strstr(e->url, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;
    struct error bare = *err;

    error_set(err, -EPROTO, "%s (%s %.256s)", bare.text, e->method,
              path ? path : e->url);
}

static void take_answer(struct talk_exchange *e, struct talk_answer *a,
                        struct error *err)
{
    _cleanup_free_ char *location = NULL;
    struct error elsewhere = {""};

    /* Before exchange_answer() leaves the gate; see gate.h. */
    e->peer->lane.silent =
        a->status == 0 || clock_monotonic() - e->turn.since > GATE_PATIENCE;
    count_login(e, a->status);
    a->retry_after = peer_take_pause(e->peer, e->transfer, a->status);
    if (goes_on(e, a->status, &location, &elsewhere))
        return;
    a->location = location;
    if (!talk_answer_read(a, e->request.raw, err))
        tell_question(e, err);
    /* Why a redirect was not followed says more than its status. */
    if (*elsewhere.text && a->status / 100 == 3)
        *err = elsewhere;
    exchange_answer(e, a);
    talk_answer_done(a);
}

static void on_done(void *userdata, unsigned status, const char *body,
                    size_t len, const struct error *failure)
{
    struct talk_exchange *e = userdata;
    _cleanup_(buffer_done) struct buffer refusal = TAKE_STRUCT(e->refusal);
    struct error err = *failure;
    struct talk_answer a = {
        .status = status,
        .body = refusal.len > 0 ? refusal.data : body,
        .len = refusal.len > 0 ? refusal.len : len,
        .asked = e->asked,
        .answered = clock_real(),
        .err = &err,
        .transfer = e->transfer,
    };

    /* Any answer, also a refusal: the BMC is there. */
    if (status)
        e->peer->bmc->answered = clock_monotonic();
    if (e->streaming)
        end_stream(e, &a, &err);
    else
        take_answer(e, &a, &err);
}

/* ---- a stream */

static int on_head_timer(sd_event_source *source _unused_,
                         uint64_t now _unused_, void *userdata)
{
    struct talk_exchange *e = userdata;
    struct error err;
    struct talk_answer a = {
        .body = "",
        .asked = e->asked,
        .answered = clock_real(),
        .err = &err,
    };

    error_set(&err, -ETIMEDOUT,
              "GET %s: it did not begin its stream within %llu s", e->url,
              (unsigned long long)(HEAD_TIMEOUT / USEC_PER_SEC));
    e->peer->lane.silent = true;
    http_client_cancel(TAKE(e->transfer));
    exchange_answer(e, &a);
    return 0;
}

static void on_head(void *userdata, unsigned status, const char *content_type)
{
    struct talk_exchange *e = userdata;

    if (status != 200)
        return;
    e->streaming = true;
    sd_event_source_disable_unref(TAKE(e->head_timer));
    /*
     * The stream leaves the gate: open for days, it must not hold a place that
     * questions wait for. Its BMC has a limit of its own for streams.
     */
    e->peer->lane.silent = false;
    count_login(e, status);
    gate_leave(&e->peer->talk->gate, &e->turn);
    talk_wake(e->peer->talk);
    e->request.on_head(e->request.userdata, content_type);
}

static void on_data(void *userdata, const char *data, size_t len)
{
    struct talk_exchange *e = userdata;

    if (e->streaming)
        e->request.on_data(e->request.userdata, data, len);
    else if (e->refusal.len + len <= REFUSAL_MAX)
        buffer_add(&e->refusal, data, len);
}

void exchange_set_callbacks(struct talk_exchange *e,
                            struct http_client_request *q)
{
    q->on_done = on_done;
    q->userdata = e;
    if (!e->request.on_data)
        return;
    /* A stream has no end and no size that were known before; its head has. */
    q->timeout = USEC_INFINITY;
    q->response_max = 0;
    q->on_head = on_head;
    q->on_data = on_data;
    sd_event_source_disable_unref(TAKE(e->head_timer));
    sd_event_add_time_relative(e->peer->talk->setup.loop, &e->head_timer,
                               CLOCK_MONOTONIC, HEAD_TIMEOUT, 0, on_head_timer,
                               e);
}
