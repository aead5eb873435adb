/* SPDX-License-Identifier: Apache-2.0 */
/* /metrics, /metrics/bmcs and /healthz over HTTP; see metrics.h. */
#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "http_server.h"
#include "listener.h"
#include "log.h"
#include "util/alloc.h"

struct endpoint {
    char *address;
    int fd;
    struct http_server *server;
};

struct metrics {
    sd_event *loop;
    const struct metrics_view *view;
    struct endpoint current, prepared;
};

static const struct {
    const char *path;
    void (*write)(const struct metrics_view *view, struct buffer *out);
} pages[] = {
    {"/metrics", metrics_write},
    {"/metrics/bmcs", metrics_write_bmcs},
    {"/healthz", NULL},
};

/* ARRAY_LEN(pages) if there is no such page. */
static size_t find_page(struct http_request *r)
{
    const char *path = http_request_path(r);
    size_t i = 0;

    while (i < ARRAY_LEN(pages) && strcmp(path, pages[i].path) != 0)
        i++;
    return i;
}

static void answer(struct http_request *r, unsigned status, const char *type,
                   const struct buffer *body)
{
    http_request_answer(r, status, type, body->data, body->len, NULL);
}

static unsigned on_header(void *userdata _unused_, struct http_request *r)
{
    const char *method = http_request_method(r);

    if (find_page(r) == ARRAY_LEN(pages))
        return 404;
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ? 0 : 405;
}

static void on_request(void *userdata, struct http_request *r,
                       const char *body _unused_, size_t len _unused_)
{
    struct metrics *m = userdata;
    _cleanup_(buffer_done) struct buffer out = {0};
    size_t page = find_page(r);
    unsigned status = 200;

    if (pages[page].write) {
        pages[page].write(m->view, &out);
        answer(r, status, "text/plain; version=0.0.4; charset=utf-8", &out);
        return;
    }
    if (!metrics_health(m->view, &out))
        status = 503;
    answer(r, status, "text/plain; charset=utf-8", &out);
}

struct metrics *metrics_new(sd_event *loop, const struct metrics_view *view)
{
    struct metrics *m = XNEW(struct metrics);

    m->loop = loop;
    m->view = view;
    m->current.fd = m->prepared.fd = -1;
    return m;
}

static void endpoint_done(struct endpoint *e)
{
    http_server_stop(e->server);
    if (e->fd >= 0)
        close(e->fd);
    free(e->address);
    *e = (struct endpoint){.fd = -1};
}

void metrics_free(struct metrics *m)
{
    if (!m)
        return;
    endpoint_done(&m->prepared);
    endpoint_done(&m->current);
    free(m);
}

/* An address that we hold already cannot be bound once more. */
static int take_descriptor(struct metrics *m, struct endpoint *e,
                           struct error *err)
{
    if (!m->current.address || strcmp(m->current.address, e->address) != 0)
        return listener_open(e->address, &e->fd, err);
    e->fd = fcntl(m->current.fd, F_DUPFD_CLOEXEC, 3);
    return e->fd < 0 ? error_set(err, -errno, "cannot duplicate a socket: %s",
                                 strerror(errno))
                     : 0;
}

/* Few come here, and none with a body: bounds that nobody need set. */
int metrics_prepare(struct metrics *m, const char *address, struct error *err)
{
    struct endpoint *e = &m->prepared;
    struct http_server_options options = {
        .limits = {.body = 0,
                   .bodies = 0,
                   .connections = 64,
                   .connections_per_address = 32,
                   .header_timeout = 10 * USEC_PER_SEC,
                   .body_timeout = 10 * USEC_PER_SEC,
                   .idle_timeout = USEC_PER_MINUTE},
        .on_header = on_header,
        .on_request = on_request,
        .userdata = m,
    };
    int r;

    if (!address)
        return 0;
    e->address = xstrdup(address);
    r = take_descriptor(m, e, err);
    options.fd = e->fd;
    r = r < 0 ? r : http_server_start(m->loop, &options, &e->server, err);
    return r < 0 ? error_prefix(err, r, "control.metrics") : 0;
}

void metrics_adopt(struct metrics *m)
{
    endpoint_done(&m->current);
    m->current = m->prepared;
    m->prepared = (struct endpoint){.fd = -1};
    if (m->current.server)
        log_info("metrics on %s (port %u)", m->current.address,
                 listener_port(m->current.fd));
}

void metrics_abandon(struct metrics *m)
{
    endpoint_done(&m->prepared);
}
