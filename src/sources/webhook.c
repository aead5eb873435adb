/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BMCs post events to <public_url>/events/<token>. The token says which BMC it
 * is; a wrong one gets 404 before its body is read. A payload goes through the
 * pipeline at once and is answered when its ticket is durable: 200, JSON, with
 * Content-Length (wire facts 4.2: some BMCs take anything else for a failure).
 *
 * A reload starts new servers on the same descriptors beside the old ones,
 * which finish what they have (retired) and are stopped a little later.
 */
#include "sources/source.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

#include "http_server.h"
#include "listener.h"
#include "log.h"
#include "sources/sender.h"
#include "sources/waiting.h"
#include "util/alloc.h"
#include "util/file.h"

#define PEM_MAX (1u << 20)
/* Longer than a batch takes to the disk, so that each gets its 200. */
#define RETIRE_AFTER (5 * USEC_PER_SEC)

struct webhook;

struct address {
    char *name; /* as in the configuration */
    int fd;     /* shared by successive servers; owned by the newest */
    struct http_server *server;
};

struct address_set {
    struct address *items;
    size_t count;
};

struct webhook {
    struct source_host *host;
    struct address_set current, prepared;
    struct address_set retired;
    sd_event_source *retire_timer;
    struct waiting *waiting;
    struct sender senders;
};

static unsigned on_header(void *userdata, struct http_request *r)
{
    struct webhook *w = userdata;

    /*
     * Before the body is read, also of a 405 and a 503: a stranger costs no
     * memory. The server closes such connections.
     */
    if (!sender_check(&w->senders, r))
        return 404;
    if (strcmp(http_request_method(r), "POST") != 0)
        return 405;
    return spool_state(w->host->spool) == SPOOL_OK ? 0 : 503;
}

static bool take(void *userdata, struct bmc *bmc, const char *body, size_t len,
                 uint64_t *ret_ticket)
{
    struct webhook *w = userdata;
    struct pipeline_intake intake = {
        .bmc = bmc,
        .source = source_webhook.name,
        .bytes = body,
        .len = len,
        .received = clock_real(),
    };
    uint64_t before;

    /* Asked again: the header may be older than a body that came slowly. */
    if (spool_state(w->host->spool) != SPOOL_OK)
        return false;
    before = spool_appended(w->host->spool);
    *ret_ticket = pipeline_take(w->host->pipeline, &intake);
    pace_count(&w->host->pace, bmc, spool_appended(w->host->spool) - before,
               clock_monotonic());
    return true;
}

static void on_request(void *userdata, struct http_request *r, const char *body,
                       size_t len)
{
    struct webhook *w = userdata;
    struct bmc *bmc =
        sender_find(&w->senders, r); /* a reload may have come meanwhile */

    if (!bmc)
        http_request_refuse(r, 404, NULL);
    else
        waiting_enter(w->waiting, r, bmc, body, len, clock_monotonic());
}

static void on_gone(void *userdata, struct http_request *r)
{
    struct webhook *w = userdata;

    waiting_gone(w->waiting, r);
}

static void webhook_spool_changed(struct source *source, uint64_t durable,
                                  enum spool_state state _unused_)
{
    struct webhook *w = (struct webhook *)source;

    waiting_answer(w->waiting, durable, clock_monotonic());
}

static void address_set_done(struct address_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        http_server_stop(set->items[i].server);
        if (set->items[i].fd >= 0)
            close(set->items[i].fd);
        free(set->items[i].name);
    }
    free(set->items);
    *set = (struct address_set){0};
}

static struct address *find_address(struct address_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->items[i].name, name) == 0)
            return &set->items[i];
    return NULL;
}

/* What a PEM file holds; nothing where none is named. */
static int read_pem(const char *path, struct buffer *ret, struct error *err)
{
    return path ? file_read(path, PEM_MAX, ret, err) : 0;
}

static struct http_server_limits limits_of(const struct config *config)
{
    const struct config_limits *l = &config->limits;

    return (struct http_server_limits){
        .body = l->body,
        .bodies = l->bodies,
        .connections = (unsigned)l->connections,
        .connections_per_address = (unsigned)l->connections_per_address,
        .header_timeout = l->header_timeout,
        .body_timeout = l->body_timeout,
        .idle_timeout = l->idle_timeout,
    };
}

static int start_server(struct webhook *w, struct address *a,
                        const struct config_listener *listener,
                        const struct config *config, struct error *err)
{
    _cleanup_(buffer_done) struct buffer certificate = {0}, key = {0},
                                         client_ca = {0};
    struct http_server_options options = {
        .fd = a->fd,
        .limits = limits_of(config),
        .on_header = on_header,
        .on_request = on_request,
        .on_gone = on_gone,
        .userdata = w,
    };
    int r = read_pem(listener->certificate, &certificate, err);

    r = r < 0 ? r : read_pem(listener->key, &key, err);
    r = r < 0 ? r : read_pem(listener->client_ca, &client_ca, err);
    if (r < 0)
        return error_prefix(err, r, "listen on %s", a->name);
    options.certificate = certificate.data;
    options.key = key.data;
    options.client_ca = client_ca.data;
    r = http_server_start(w->host->loop, &options, &a->server, err);
    if (key.data)
        explicit_bzero(key.data, key.len);
    return r < 0 ? error_prefix(err, r, "listen on %s", a->name) : 0;
}

/* The descriptor of a running address again, or a new one. */
static int take_descriptor(struct webhook *w, struct address *a,
                           struct error *err)
{
    const struct address *running = find_address(&w->current, a->name);

    if (!running)
        return listener_open(a->name, &a->fd, err);
    /*
     * The same socket: connections that wait in its backlog are not refused,
     * and a privileged port need not be bound again.
     */
    a->fd = fcntl(running->fd, F_DUPFD_CLOEXEC, 3);
    return a->fd < 0 ? error_set(err, -errno, "cannot duplicate a socket: %s",
                                 strerror(errno))
                     : 0;
}

static int webhook_prepare(struct source *source, const struct config *config,
                           struct error *err)
{
    struct webhook *w = (struct webhook *)source;
    int r;

    w->prepared.items =
        xcalloc(config->listener_count, sizeof(*w->prepared.items));
    for (size_t i = 0; i < config->listener_count; i++) {
        const struct config_listener *listener = &config->listeners[i];
        struct address *a = &w->prepared.items[w->prepared.count++];

        *a = (struct address){.name = xstrdup(listener->address), .fd = -1};
        r = take_descriptor(w, a, err);
        r = r < 0 ? r : start_server(w, a, listener, config, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static void webhook_abandon(struct source *source)
{
    struct webhook *w = (struct webhook *)source;

    address_set_done(&w->prepared);
}

static int on_retire(sd_event_source *timer _unused_, uint64_t now _unused_,
                     void *userdata)
{
    struct webhook *w = userdata;

    address_set_done(&w->retired);
    return 0;
}

/*
 * Yesterday's servers finish what they have and are stopped later, together
 * with those of reloads shortly before.
 */
static void retire(struct webhook *w)
{
    size_t cap = w->retired.count, count = w->retired.count;

    w->retired.items = xgrow(w->retired.items, &cap, count + w->current.count,
                             sizeof(*w->retired.items));
    for (size_t i = 0; i < w->current.count; i++) {
        /* Two servers on one socket: the old one no longer accepts. */
        http_server_quiesce(w->current.items[i].server);
        w->retired.items[w->retired.count++] = w->current.items[i];
    }
    free(w->current.items);
    w->current = (struct address_set){0};
    sd_event_source_disable_unref(w->retire_timer);
    w->retire_timer = NULL;
    if (w->retired.count > 0)
        sd_event_add_time_relative(w->host->loop, &w->retire_timer,
                                   CLOCK_MONOTONIC, RETIRE_AFTER, 0, on_retire,
                                   w);
}

static void webhook_adopt(struct source *source, const struct config *config)
{
    struct webhook *w = (struct webhook *)source;

    retire(w);
    w->current = TAKE_STRUCT(w->prepared);
    w->host->pace.share = (size_t)config->limits.requests_per_bmc;
    for (size_t i = 0; i < w->current.count; i++)
        log_info("listening on %s (port %u%s)", w->current.items[i].name,
                 listener_port(w->current.items[i].fd),
                 config->listeners[i].certificate ? ", TLS" : "");
}

static void webhook_remove_bmc(struct source *source, struct bmc *bmc)
{
    struct webhook *w = (struct webhook *)source;

    waiting_forget(w->waiting, bmc);
}

static void webhook_quiesce(struct source *source)
{
    struct webhook *w = (struct webhook *)source;

    for (size_t i = 0; i < w->current.count; i++)
        http_server_quiesce(w->current.items[i].server);
}

static size_t unanswered(const struct address_set *set)
{
    size_t count = 0;

    for (size_t i = 0; i < set->count; i++)
        count += http_server_unanswered(set->items[i].server);
    return count;
}

/* Also an answer that has not left yet: without it the BMC sends again. */
static size_t webhook_waiting(const struct source *source)
{
    const struct webhook *w = (const struct webhook *)source;

    return unanswered(&w->current) + unanswered(&w->retired);
}

static struct source *webhook_create(struct source_host *host)
{
    struct webhook *w = XNEW(struct webhook);
    struct waiting_setup setup = {
        .loop = host->loop,
        .pace = &host->pace,
        .take = take,
        .userdata = w,
    };

    w->host = host;
    w->waiting = waiting_new(&setup);
    sender_init(&w->senders, host);
    return (struct source *)w;
}

static void webhook_destroy(struct source *source)
{
    struct webhook *w = (struct webhook *)source;

    sd_event_source_disable_unref(w->retire_timer);
    address_set_done(&w->retired);
    address_set_done(&w->prepared);
    address_set_done(&w->current);
    waiting_free(w->waiting);
    free(w);
}

const struct source_type source_webhook = {
    .name = "webhook",
    .create = webhook_create,
    .prepare = webhook_prepare,
    .adopt = webhook_adopt,
    .abandon = webhook_abandon,
    .remove_bmc = webhook_remove_bmc,
    .spool_changed = webhook_spool_changed,
    .quiesce = webhook_quiesce,
    .waiting = webhook_waiting,
    .destroy = webhook_destroy,
};
