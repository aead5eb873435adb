/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See server.h. A request is collected whole, answered under the lock by
 * redfish.c or control.c, and queued to libmicrohttpd outside of it: what
 * frees a response takes the lock itself.
 */
#include "exchange.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "control.h"
#include "redfish.h"
#include "stream.h"

#define BODY_MAX (64 * 1024 * 1024)

/* ---- connections
 * ---------------------------------------------------------------- */

static void conn_unref(struct conn *c)
{
    if (--c->refs == 0)
        free(c);
}

void conn_resume(struct conn *c)
{
    if (!c->suspended || c->closed)
        return;
    c->suspended = false;
    MHD_resume_connection(c->mhd);
}

void conn_suspend(struct conn *c)
{
    c->suspended = true;
    MHD_suspend_connection(c->mhd);
}

void conn_hold_back(struct conn *c)
{
    c->stuck = true;
    acceptor_watch(c->server, c);
    conn_suspend(c);
}

void conn_set_stream(struct conn *c, struct stream *s)
{
    c->stream = s;
    if (s) {
        c->refs++;
        acceptor_watch(c->server, c);
    } else {
        conn_unref(c);
    }
}

static struct conn *conn_new(struct server *s, struct MHD_Connection *mhd)
{
    struct conn *c = xcalloc(1, sizeof(*c));
    struct conn **list;

    c->refs = 1;
    c->server = s;
    c->mhd = mhd;
    c->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)
                ->connect_fd;
    c->bmc = s->slots[c->fd].owner;
    s->slots[c->fd].conn = c;
    list = c->bmc ? &c->bmc->conns : &s->control_conns;
    c->next = *list;
    c->at = list;
    if (c->next)
        c->next->at = &c->next;
    *list = c;
    if (c->bmc)
        load_connected(c->bmc);
    return c;
}

static void conn_close(struct conn *c)
{
    c->closed = true;
    if (c->bmc)
        load_disconnected(c->bmc);
    c->server->slots[c->fd] = (struct slot){0};
    *c->at = c->next;
    if (c->next)
        c->next->at = c->at;
    conn_unref(c);
}

void server_on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *s = cls;

    pthread_mutex_lock(&s->sim->lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = conn_new(s, mhd);
    } else if (*context) {
        conn_close(*context);
        *context = NULL;
    }
    pthread_mutex_unlock(&s->sim->lock);
}

/* ---- requests
 * -------------------------------------------------------------------- */

const char *request_header(const struct request *r, const char *name)
{
    const struct exchange *x = (const struct exchange *)r;

    return MHD_lookup_connection_value(x->mhd, MHD_HEADER_KIND, name);
}

const char *request_arg(const struct request *r, const char *name)
{
    const struct exchange *x = (const struct exchange *)r;

    return MHD_lookup_connection_value(x->mhd, MHD_GET_ARGUMENT_KIND, name);
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind,
                                 const char *name, const char *value)
{
    (void)kind;
    json_object_set_new(cls, name, json_string(value ? value : ""));
    return MHD_YES;
}

json_t *request_headers(const struct request *r)
{
    const struct exchange *x = (const struct exchange *)r;
    json_t *headers = json_object();

    MHD_get_connection_values(x->mhd, MHD_HEADER_KIND, on_header, headers);
    return headers;
}

static struct exchange *exchange_new(struct server *s,
                                     struct MHD_Connection *mhd,
                                     const char *url, const char *method)
{
    struct exchange *x = xcalloc(1, sizeof(*x));
    struct request *r = &x->request;
    size_t len = strlen(url);

    x->mhd = mhd;
    r->sim = s->sim;
    r->conn = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
                  ->socket_context;
    r->bmc = r->conn->bmc;
    r->head = strcmp(method, "HEAD") == 0;
    r->method = r->head ? "GET" : method;
    r->path = xstrdup(url);
    while (len > 1 && r->path[len - 1] == '/')
        r->path[--len] = 0;
    return x;
}

static void on_delay(void *arg)
{
    struct exchange *x = arg;

    conn_resume(x->request.conn);
}

/* Under the lock. True when the reply has to wait. */
static bool handle(struct exchange *x)
{
    struct request *r = &x->request;

    x->handled = true;
    if (r->too_large) {
        reply_error(&x->reply, 413, "PayloadTooLarge",
                    "The request body is too large.");
        return false;
    }
    if (!r->bmc) {
        control_handle(r, &x->reply);
        return false;
    }
    r->bmc->counters.requests++;
    redfish_handle(r, &x->reply);
    if (x->reply.fault == ANSWER_NEVER && !r->sim->stopping) {
        conn_hold_back(r->conn);
        return true;
    }
    if (r->bmc->behave.answer_delay_ms <= 0 || r->sim->stopping)
        return false;
    clock_set(r->sim->clock, &x->delay,
              time_now() + (usec_t)r->bmc->behave.answer_delay_ms * USEC_MSEC,
              on_delay, x);
    conn_suspend(r->conn);
    return true;
}

/* The request is under way from its first line until its answer or stream
 * begins: later than that, the client may already have the whole of it and
 * ask the next thing. */
static void count(struct exchange *x)
{
    struct sim *sim = x->request.sim;

    if (!x->request.bmc)
        return;
    pthread_mutex_lock(&sim->lock);
    load_begin(x->request.bmc);
    x->request.conn->counted = true;
    pthread_mutex_unlock(&sim->lock);
}

void conn_count_out(struct conn *c)
{
    if (c->counted)
        load_end(c->bmc);
    c->counted = false;
}

enum MHD_Result server_on_request(void *cls, struct MHD_Connection *mhd,
                                  const char *url, const char *method,
                                  const char *version, const char *data,
                                  size_t *len, void **context)
{
    struct server *s = cls;
    struct exchange *x = *context;
    bool waits = false;

    (void)version;
    if (!x) {
        x = exchange_new(s, mhd, url, method);
        *context = x;
        count(x);
        return MHD_YES;
    }
    if (*len) {
        x->request.too_large |= x->request.body.len + *len > BODY_MAX;
        if (!x->request.too_large)
            buf_add(&x->request.body, data, *len);
        *len = 0;
        return MHD_YES;
    }
    if (!x->handled) {
        pthread_mutex_lock(&s->sim->lock);
        waits = handle(x);
        pthread_mutex_unlock(&s->sim->lock);
    }
    if (waits)
        return MHD_YES;
    pthread_mutex_lock(&s->sim->lock);
    conn_count_out(x->request.conn);
    pthread_mutex_unlock(&s->sim->lock);
    return answer_respond(x);
}

void server_on_completed(void *cls, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct server *s = cls;
    struct exchange *x = *context;

    (void)mhd;
    (void)code;
    if (!x)
        return;
    pthread_mutex_lock(&s->sim->lock);
    clock_cancel(s->sim->clock, &x->delay);
    conn_count_out(x->request.conn);
    if (x->reply.stream)
        stream_free(x->reply.stream);
    pthread_mutex_unlock(&s->sim->lock);
    reply_done(&x->reply);
    buf_done(&x->request.body);
    free(x->request.path);
    free(x);
    *context = NULL;
}

/* ---- the whole
 * ----------------------------------------------------------------- */

/* As many descriptors as we may have; returns how many that is. */
static size_t raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 1024;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur < 1048576 ? (size_t)limit.rlim_cur : 1048576;
}

struct server *server_new(struct sim *sim)
{
    struct server *s = xcalloc(1, sizeof(*s));

    s->sim = sim;
    s->control_fd = -1;
    s->n_slots = raise_limit();
    s->slots = xcalloc(s->n_slots, sizeof(*s->slots));
    acceptor_start(s);
    return s;
}

/* libmicrohttpd must not be stopped while a connection is suspended. */
static void let_go(struct server *s)
{
    pthread_mutex_lock(&s->sim->lock);
    s->sim->stopping = true;
    for (size_t i = 0; i < s->sim->n_bmcs; i++) {
        server_close(s->sim->bmcs[i]);
        server_hang_up(s->sim->bmcs[i], false);
    }
    pthread_mutex_unlock(&s->sim->lock);
}

void server_free(struct server *s)
{
    if (!s)
        return;
    acceptor_stop(s);
    let_go(s);
    server_stop_daemons(s);
    if (s->control_fd >= 0)
        close(s->control_fd);
    free(s->slots);
    free(s);
}
