/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One libmicrohttpd daemon on the loop: its epoll descriptor as an io source
 * and one timer that is set after every turn. What that library does not say
 * of itself stands at the line that deals with it; the numbers are those of
 * the reference's pitfalls.
 */
#include "http/http_server_private.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "util/alloc.h"

/*
 * TLS 1.2 and 1.3; the rest as GnuTLS has it, which still takes the plain RSA
 * key exchange that old BMCs offer.
 */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* Header and buffers of one connection; BMCs send headers below 1 KiB. */
#define CONNECTION_MEMORY (16u << 10)

#define BACKOFF_FIRST USEC_PER_MSEC
#define BACKOFF_CEILING (64 * USEC_PER_MSEC)

/* The library's chatter; the last line explains a start that failed. */
static void on_log(void *cls, const char *format, va_list args)
{
    struct http_server *s = cls;

    if (!s->daemon)
        (void)vsnprintf(s->log, sizeof(s->log), format, args);
}

/* The trusted CA alone verifies nobody (5): the handshake must. */
static void demand_certificate(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info;

    info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (!info)
        return; /* then the first request is refused */
    gnutls_certificate_server_set_request(info->tls_session,
                                          GNUTLS_CERT_REQUIRE);
    gnutls_session_set_verify_cert(info->tls_session, NULL, 0);
}

static void connection_open(struct http_server *s, struct MHD_Connection *mhd,
                            void **context)
{
    struct http_connection *c = XNEW(struct http_connection);
    const union MHD_ConnectionInfo *info;

    info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    c->server = s;
    c->fd = info->connect_fd;
    *context = c;
    s->connections++;
    if (s->verify)
        demand_certificate(mhd);
    http_limits_enter(c, HTTP_PHASE_HEADER);
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http_server *s = cls;
    struct http_connection *c = *context;

    s->progress++;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        connection_open(s, mhd, context);
        return;
    }
    http_limits_enter(c, HTTP_PHASE_NONE);
    s->connections--;
    s->closed = true;
    free(c);
    *context = NULL;
}

/* A request line arrived: on a kept connection the header's time starts. */
static void *on_request_line(void *cls, const char *uri,
                             struct MHD_Connection *mhd)
{
    struct http_server *s = cls;
    const union MHD_ConnectionInfo *info;
    struct http_connection *c;

    (void)uri;
    s->progress++;
    info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    c = info->socket_context;
    if (c->phase == HTTP_PHASE_IDLE)
        http_limits_enter(c, HTTP_PHASE_HEADER);
    return NULL;
}

/*
 * The library speaks of milliseconds from now, the loop of microseconds (1),
 * and a timeout of 0 may stand for ever, as with half a ClientHello (2): turns
 * that led to nothing are spaced out, and new bytes come by the descriptor.
 */
static void server_arm(struct http_server *s, bool progress)
{
    MHD_UNSIGNED_LONG_LONG ms = 0;
    usec_t delay;

    if (!s->closed && MHD_get_timeout(s->daemon, &ms) != MHD_YES) {
        s->backoff = 0;
        (void)sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
        return;
    }
    if (ms > 0 || progress)
        s->backoff = 0;
    else
        s->backoff =
            MIN_OF(MAX_OF(2 * s->backoff, BACKOFF_FIRST), BACKOFF_CEILING);
    delay = ms > 0 ? ms * USEC_PER_MSEC : s->backoff;
    (void)sd_event_source_set_time_relative(s->timer, delay);
    (void)sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
}

static void server_turn(struct http_server *s)
{
    uint64_t before = s->progress;

    s->closed = false;
    (void)MHD_run(s->daemon);
    if (s->closed) {
        /* A slot became free: only a further turn listens again (3). */
        s->closed = false;
        (void)MHD_run(s->daemon);
    }
    server_arm(s, s->progress != before);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents,
                 void *userdata)
{
    (void)source;
    (void)fd;
    (void)revents;
    server_turn(userdata);
    return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)source;
    (void)usec;
    server_turn(userdata);
    return 0;
}

static int on_wake(sd_event_source *source, void *userdata)
{
    (void)source;
    server_turn(userdata);
    return 0;
}

void http_server_wake(struct http_server *s)
{
    (void)sd_event_source_set_enabled(s->wake, SD_EVENT_ONESHOT);
}

/* Checked before the library sees them: its own message would say nothing. */
static int check_tls(const struct http_server_options *o, struct error *err)
{
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t cert = {(void *)(uintptr_t)o->certificate,
                           (unsigned)strlen(o->certificate)};
    gnutls_datum_t key, ca;
    int rc;

    if (!o->key)
        return error_set(err, -EINVAL, "TLS needs a key with the certificate");
    key = (gnutls_datum_t){(void *)(uintptr_t)o->key, (unsigned)strlen(o->key)};
    if (gnutls_certificate_allocate_credentials(&credentials) < 0)
        return error_set(err, -ENOMEM, "TLS cannot be set up");
    rc = gnutls_certificate_set_x509_key_mem2(credentials, &cert, &key,
                                              GNUTLS_X509_FMT_PEM, NULL, 0);
    if (rc < 0) {
        rc = error_set(err, -EINVAL,
                       "the TLS certificate and key are no use: %s",
                       gnutls_strerror(rc));
    } else if (o->client_ca) {
        ca = (gnutls_datum_t){(void *)(uintptr_t)o->client_ca,
                              (unsigned)strlen(o->client_ca)};
        rc = gnutls_certificate_set_x509_trust_mem(credentials, &ca,
                                                   GNUTLS_X509_FMT_PEM);
        if (rc <= 0)
            rc = error_set(err, -EINVAL, "client_ca holds no certificate");
    }
    gnutls_certificate_free_credentials(credentials);
    return rc < 0 ? rc : 0;
}

static size_t add_tls(struct MHD_OptionItem *items,
                      const struct http_server_options *o)
{
    size_t n = 0;

    items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
                                         (void *)(uintptr_t)o->certificate};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0,
                                         (void *)(uintptr_t)o->key};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
                                         (void *)(uintptr_t)TLS_PRIORITIES};
    if (o->client_ca)
        items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0,
                                             (void *)(uintptr_t)o->client_ca};
    return n;
}

static int server_start_daemon(struct http_server *s,
                               const struct http_server_options *o,
                               struct error *err)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_ERROR_LOG | (s->tls ? MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[8] = {{MHD_OPTION_END, 0, NULL}};

    if (s->tls)
        tls[add_tls(tls, o)] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    s->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, http_request_access, s,
        MHD_OPTION_EXTERNAL_LOGGER, on_log, s, MHD_OPTION_LISTEN_SOCKET, s->fd,
        MHD_OPTION_CONNECTION_LIMIT, o->limits.connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, o->limits.connections_per_address,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
        MHD_OPTION_NOTIFY_COMPLETED, http_request_completed, s,
        MHD_OPTION_URI_LOG_CALLBACK, on_request_line, s, MHD_OPTION_ARRAY, tls,
        MHD_OPTION_END);
    if (s->daemon)
        return 0;
    /* Whether the library closed the descriptor then differs: leave it. */
    s->fd = -1;
    return error_set(err, -EIO, "libmicrohttpd does not start: %s",
                     s->log[0] ? s->log : "no reason given");
}

static int server_attach(struct http_server *s, struct error *err)
{
    const union MHD_DaemonInfo *info;
    int rc;

    info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    rc = info ? 0 : -EOPNOTSUPP;
    if (rc >= 0)
        rc =
            sd_event_add_io(s->loop, &s->io, info->epoll_fd, EPOLLIN, on_io, s);
    if (rc >= 0)
        rc = sd_event_add_time_relative(s->loop, &s->timer, CLOCK_MONOTONIC, 0,
                                        1, on_timer, s);
    if (rc >= 0)
        rc = sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
    if (rc >= 0)
        rc = sd_event_add_defer(s->loop, &s->wake, on_wake, s);
    if (rc < 0)
        return error_set(err, rc, "cannot put the HTTP server on the loop: %s",
                         strerror(-rc));
    return 0; /* the last one runs once by itself: the first turn */
}

static struct http_server *server_new(sd_event *loop,
                                      const struct http_server_options *o)
{
    struct http_server *s = XNEW(struct http_server);

    s->loop = sd_event_ref(loop);
    s->options = *o;
    s->options.certificate = s->options.key = s->options.client_ca = NULL;
    s->tls = o->certificate != NULL;
    s->verify = s->tls && o->client_ca != NULL;
    if (s->options.limits.connections == 0)
        s->options.limits.connections = 1;
    s->fd = fcntl(o->fd, F_DUPFD_CLOEXEC, 3);
    return s;
}

int http_server_start(sd_event *loop, const struct http_server_options *options,
                      struct http_server **ret, struct error *err)
{
    struct http_server *s;
    int flags = fcntl(options->fd, F_GETFL), rc = 0;

    /* Two servers may share the descriptor: accepting must never block. */
    if (flags < 0 || fcntl(options->fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return error_set(err, -errno, "the listening socket is no use: %s",
                         strerror(errno));
    if (options->certificate)
        rc = check_tls(options, err);
    if (rc < 0)
        return rc;
    s = server_new(loop, options);
    if (s->fd < 0)
        rc = error_set(err, -errno, "no descriptor left for a listener");
    if (rc == 0)
        rc = http_limits_start(s, err);
    if (rc >= 0)
        rc = server_start_daemon(s, options, err);
    if (rc >= 0)
        rc = server_attach(s, err);
    if (rc < 0) {
        http_server_stop(s);
        return rc;
    }
    *ret = s;
    return 0;
}

void http_server_quiesce(struct http_server *s)
{
    if (s->quiesced)
        return;
    s->quiesced = true;
    (void)MHD_quiesce_daemon(s->daemon);
}

void http_server_stop(struct http_server *s)
{
    if (!s)
        return;
    if (s->daemon) {
        http_server_quiesce(s); /* else the library closes the descriptor */
        /* Stopping with suspended connections aborts the process (6). */
        while (s->queues[HTTP_PHASE_WAITING].head)
            http_request_abandon(s->queues[HTTP_PHASE_WAITING].head->request);
        MHD_stop_daemon(s->daemon);
    }
    sd_event_source_disable_unref(s->io);
    sd_event_source_disable_unref(s->timer);
    sd_event_source_disable_unref(s->wake);
    sd_event_source_disable_unref(s->deadlines);
    sd_event_unref(s->loop);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}

unsigned http_server_unanswered(const struct http_server *s)
{
    return s->unanswered;
}

unsigned http_server_connections(const struct http_server *s)
{
    return s->connections;
}

size_t http_server_body_bytes(const struct http_server *s)
{
    return s->body_bytes;
}
