/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of an exchange: it waits for its turn, is asked (again, if it is
 * sent elsewhere within the BMC), and is answered once. What cannot be asked
 * at all is answered from the loop's next turn, so that no caller meets its
 * own callback.
 */
#include "talk.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "reach.h"
#include "talk/talk_private.h"
#include "util/alloc.h"

#define ANSWER_MAX (1u << 20) /* most documents are a few KiB */
#define ANSWER_TIMEOUT (30 * USEC_PER_SEC)
#define HEAD_TIMEOUT USEC_PER_MINUTE    /* a stream that does not begin */
#define REFUSAL_MAX 65536u              /* what comes in place of a stream */
#define PAUSE_MAX (5 * USEC_PER_MINUTE) /* that a BMC can ask for */

static void on_done(void *userdata, unsigned status, const char *body,
                    size_t len, const struct error *failure);

void talk_wake(struct talk *t)
{
    sd_event_source_set_enabled(t->later, SD_EVENT_ONESHOT);
}

/* ---- its beginning and end */

static char **copy_headers(const char *const *headers)
{
    size_t count = 0;
    char **copy;

    while (headers && headers[count])
        count++;
    copy = xcalloc(count + 1, sizeof(*copy));
    for (size_t i = 0; i < count; i++)
        copy[i] = xstrdup(headers[i]);
    return copy;
}

static struct talk_exchange *exchange_new(struct talk *t,
                                          const struct talk_request *r)
{
    struct talk_exchange *e = XNEW(struct talk_exchange);

    e->peer = talk_peer_of(t, r->bmc);
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
    buffer_done(&e->refusal);
    sd_event_source_disable_unref(e->head_timer);
    free(e);
    talk_peer_settle(p);
}

static void leave_gate(struct talk_exchange *e)
{
    gate_leave(&e->peer->talk->gate, &e->turn);
    talk_wake(e->peer->talk);
}

static void stop_transfer(struct talk_exchange *e)
{
    if (e->transfer)
        http_client_cancel(TAKE(e->transfer));
    leave_gate(e);
}

static void drop(struct talk_exchange *e)
{
    stop_transfer(e);
    exchange_free(e);
}

static void answer(struct talk_exchange *e, const struct talk_answer *a)
{
    e->answering = true;
    if (e->request.on_answer)
        e->request.on_answer(e->request.userdata, a);
    exchange_free(e);
}

/* To be answered in the loop's next turn. */
static void fail_later(struct talk_exchange *e, unsigned status)
{
    struct talk *t = e->peer->talk;

    e->has_failed = true;
    e->failed_status = status;
    e->next_failed = NULL;
    *t->failed_end = e;
    t->failed_end = &e->next_failed;
    leave_gate(e);
}

static void tell_failed(struct talk *t)
{
    struct talk_exchange *e = t->failed, *next;

    t->failed = NULL;
    t->failed_end = &t->failed;
    for (; e; e = next) {
        struct talk_answer a = {
            .status = e->failed_status,
            .body = "",
            .asked = clock_real(),
            .answered = clock_real(),
            .err = &e->failure,
        };

        next = e->next_failed;
        answer(e, &a);
    }
}

/* ---- the answer */

static char *own_url(struct talk_exchange *e, const char *uri,
                     struct error *err)
{
    struct bmc *bmc = e->peer->bmc;
    char *url = NULL;

    if (uri && http_client_same_origin(bmc->config->url, uri, &url, err) < 0)
        reach_refused_uri(e->peer->talk->setup.pipeline, bmc, uri);
    return url;
}

static bool is_redirect(const struct talk_exchange *e, unsigned status)
{
    return (status == 301 || status == 302 || status == 307 || status == 308) &&
           strcmp(e->method, "GET") == 0 && e->redirects < TALK_REDIRECTS_MAX;
}

/* Asked again at the place that the BMC names, before others of its lane. */
static void ask_there(struct talk_exchange *e, char *url)
{
    struct talk *t = e->peer->talk;

    free(e->url);
    e->url = url;
    e->redirects++;
    e->transfer = NULL;
    gate_leave(&t->gate, &e->turn);
    gate_wait_first(&t->gate, &e->peer->lane, &e->turn);
    talk_wake(t);
}

static void ask_again(struct talk_exchange *e)
{
    ask_there(e, xstrdup(e->url));
}

/* The service root needs no login, says the specification. Some differ. */
static bool needs_login_after_all(struct talk_exchange *e, unsigned status)
{
    return (status == 401 || status == 403) && !e->with_login &&
           !e->peer->root_is_closed && e->peer->bmc->config->username;
}

static void count_login(struct talk_exchange *e, unsigned status)
{
    struct talk_peer *p = e->peer;

    if (!e->with_login)
        return;
    if (status == 401)
        reach_login_refused(p->talk->setup.pipeline, p->bmc, clock_monotonic());
    else if (status / 100 == 2)
        reach_login_accepted(p->talk->setup.pipeline, p->bmc);
    talk_peer_prove(p, status / 100 == 2 || (p->proven && status != 401));
}

/* Its pause, if it asks for one: what else there is for it waits, too. */
static usec_t take_pause(struct talk_exchange *e, unsigned status)
{
    const char *text = http_client_response_header(e->transfer, "Retry-After");
    usec_t pause = talk_answer_pause(text, clock_real());

    if (pause && (status == 503 || status == 429))
        gate_rest(&e->peer->talk->gate, &e->peer->lane,
                  clock_monotonic() + MIN_OF(pause, PAUSE_MAX));
    return pause;
}

/* Whether it is asked once more; else *ret_location is where it points to. */
static bool goes_on(struct talk_exchange *e, unsigned status,
                    char **ret_location, struct error *err)
{
    *ret_location =
        own_url(e, http_client_response_header(e->transfer, "Location"), err);
    if (needs_login_after_all(e, status)) {
        e->peer->root_is_closed = true;
        ask_again(e);
        return true;
    }
    if (!*ret_location || !is_redirect(e, status))
        return false;
    ask_there(e, TAKE(*ret_location));
    return true;
}

static void on_done(void *userdata, unsigned status, const char *body,
                    size_t len, const struct error *failure)
{
    struct talk_exchange *e = userdata;
    struct error err = *failure, elsewhere = {""};
    _cleanup_free_ char *location = NULL;
    struct talk_answer a = {
        .status = status,
        .body = e->refusal.len > 0 ? e->refusal.data : body,
        .len = e->refusal.len > 0 ? e->refusal.len : len,
        .asked = e->asked,
        .answered = clock_real(),
        .err = &err,
        .transfer = e->transfer,
    };

    if (e->streaming) {
        if (status)
            error_set(&err, 0, "it ended");
        answer(e, &a);
        return;
    }
    e->peer->lane.silent = status == 0;
    count_login(e, status);
    a.retry_after = take_pause(e, status);
    if (goes_on(e, status, &location, &elsewhere))
        return;
    a.location = location;
    talk_answer_read(&a, e->request.raw, &err);
    if (*elsewhere.text && status / 100 == 3)
        err = elsewhere;
    leave_gate(e);
    answer(e, &a);
    talk_answer_done(&a);
}

/* ---- streams */

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
              "GET %s: it did not begin its stream within "
              "%llu s",
              e->url, (unsigned long long)(HEAD_TIMEOUT / USEC_PER_SEC));
    e->peer->lane.silent = true;
    stop_transfer(e);
    answer(e, &a);
    return 0;
}

static void on_head(void *userdata, unsigned status, const char *content_type)
{
    struct talk_exchange *e = userdata;

    if (status != 200)
        return;
    e->streaming = true;
    sd_event_source_disable_unref(TAKE(e->head_timer));
    e->peer->lane.silent = false;
    count_login(e, status);
    leave_gate(e);
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

/* ---- asking */

/* Public by the specification: asked without a login as long as that works. */
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

static bool needs_login(const struct talk_exchange *e)
{
    return e->peer->bmc->config->username &&
           (e->peer->root_is_closed || !is_root(e->url));
}

static void set_callbacks(struct talk_exchange *e,
                          struct http_client_request *q)
{
    q->on_done = on_done;
    q->userdata = e;
    if (!e->request.on_data)
        return;
    q->timeout = USEC_INFINITY;
    q->response_max = 0;
    q->on_head = on_head;
    q->on_data = on_data;
    buffer_clear(&e->refusal);
    sd_event_source_disable_unref(e->head_timer);
    e->head_timer = NULL;
    sd_event_add_time_relative(e->peer->talk->setup.loop, &e->head_timer,
                               CLOCK_MONOTONIC, HEAD_TIMEOUT, 0, on_head_timer,
                               e);
}

static int send_exchange(struct talk_exchange *e, struct error *err)
{
    _cleanup_free_ char *password = NULL;
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
    int r;

    r = talk_peer_request(e->peer, &q, e->with_login, &password, err);
    if (r < 0)
        return r;
    set_callbacks(e, &q);
    e->asked = clock_real();
    r = http_client_start(e->peer->talk->setup.client, &q, &e->transfer, err);
    if (password)
        explicit_bzero(password, strlen(password));
    return r;
}

static void begin(struct talk_exchange *e)
{
    e->with_login = needs_login(e);
    if (e->with_login && !reach_may_log_in(e->peer->bmc, clock_monotonic())) {
        error_set(&e->failure, -EACCES,
                  "it refuses our password; to lock no account it is not "
                  "tried again for now");
        fail_later(e, 401);
    } else if (send_exchange(e, &e->failure) < 0) {
        fail_later(e, 0);
    }
}

static void arm_rest(struct talk *t)
{
    usec_t due = gate_due(&t->gate);

    sd_event_source_set_time(t->rest, due);
    sd_event_source_set_enabled(
        t->rest, due == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static int on_later(sd_event_source *source _unused_, void *userdata)
{
    struct talk *t = userdata;
    struct gate_turn *turn;

    tell_failed(t);
    while ((turn = gate_next(&t->gate, clock_monotonic())))
        begin((struct talk_exchange *)turn);
    arm_rest(t);
    return 0;
}

static int on_rest(sd_event_source *source _unused_, uint64_t now _unused_,
                   void *userdata)
{
    talk_wake(userdata);
    return 0;
}

/* ---- the doors */

struct talk_exchange *talk_start(struct talk *t, const struct talk_request *r)
{
    struct talk_exchange *e = exchange_new(t, r);

    e->url = own_url(e, r->uri, &e->failure);
    if (!e->url) {
        fail_later(e, 0);
        return e;
    }
    gate_wait(&t->gate, &e->peer->lane, &e->turn);
    talk_wake(t);
    return e;
}

char *talk_url(struct talk *t, struct bmc *bmc, const char *uri)
{
    char *url = NULL;

    if (uri && http_client_same_origin(bmc->config->url, uri, &url, NULL) < 0)
        reach_refused_uri(t->setup.pipeline, bmc, uri);
    return url;
}

void talk_cancel(struct talk_exchange *e)
{
    if (!e)
        return;
    assert(!e->answering);
    if (e->has_failed) { /* freed when its turn to be told comes */
        e->request.on_answer = NULL;
        return;
    }
    drop(e);
}

void talk_pause(struct talk_exchange *e, bool paused)
{
    if (e->transfer)
        http_client_pause(e->transfer, paused);
}

struct talk *talk_new(const struct talk_setup *setup)
{
    struct talk *t = XNEW(struct talk);

    t->setup = *setup;
    t->gate.max = 1;
    t->failed_end = &t->failed;
    sd_event_add_defer(setup->loop, &t->later, on_later, t);
    sd_event_source_set_enabled(t->later, SD_EVENT_OFF);
    sd_event_add_time(setup->loop, &t->rest, CLOCK_MONOTONIC, USEC_INFINITY, 0,
                      on_rest, t);
    return t;
}

void talk_adopt(struct talk *t, const struct config *config)
{
    t->gate.max = (unsigned)config->limits.bmc_requests;
    for (struct talk_peer *p = t->peers, *next; p; p = next) {
        next = p->next;
        talk_peer_begin(p);
        talk_peer_settle(p);
    }
    talk_wake(t);
}

void talk_free(struct talk *t)
{
    if (!t)
        return;
    while (t->peers)
        if (t->peers->exchanges)
            drop(t->peers->exchanges);
        else
            talk_peer_free(t->peers);
    sd_event_source_disable_unref(t->later);
    sd_event_source_disable_unref(t->rest);
    free(t);
}
