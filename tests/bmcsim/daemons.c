/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The libmicrohttpd daemons of the server: they have no socket of their own,
 * the acceptor gives them connections.
 */
#include "conn.h"

#include <stdio.h>
#include <string.h>

#define CONNECTIONS_MAX 100000
#define MEMORY_PER_CONNECTION 16384 /* thousands of them are open at a time */

/* One libmicrohttpd daemon: plain, or with its certificate. */
struct daemon {
    struct daemon *next;
    char *certificate, *key; /* paths; NULL: plain */
    char *certificate_pem, *key_pem;
    struct MHD_Daemon *mhd;
};

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "re");
    struct buf text = {0};
    char part[4096];
    size_t n;

    if (!file)
        return NULL;
    while ((n = fread(part, 1, sizeof(part), file)) > 0)
        buf_add(&text, part, n);
    fclose(file);
    return text.data;
}

static void daemon_free(struct daemon *d)
{
    if (d->mhd)
        MHD_stop_daemon(d->mhd);
    free(d->certificate);
    free(d->key);
    free(d->certificate_pem);
    free(d->key_pem);
    free(d);
}

static struct MHD_Daemon *daemon_start(struct server *s, const struct daemon *d)
{
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, d->certificate_pem},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, d->key_pem},
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL |
                     MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET |
                     MHD_ALLOW_SUSPEND_RESUME |
                     (d->certificate ? (unsigned)MHD_USE_TLS : 0u);

    return MHD_start_daemon(
        flags, 0, NULL, NULL, server_on_request, s, MHD_OPTION_NOTIFY_COMPLETED,
        server_on_completed, s, MHD_OPTION_NOTIFY_CONNECTION,
        server_on_connection, s, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)MEMORY_PER_CONNECTION, MHD_OPTION_THREAD_POOL_SIZE,
        s->sim->threads, MHD_OPTION_ARRAY, d->certificate ? tls : tls + 2,
        MHD_OPTION_END);
}

static struct daemon *daemon_new(struct server *s, const char *certificate,
                                 const char *key, struct error *err)
{
    struct daemon *d = xcalloc(1, sizeof(*d));

    d->certificate = xstrdup(certificate);
    d->key = xstrdup(key);
    if (certificate) {
        d->certificate_pem = read_text(certificate);
        d->key_pem = read_text(key);
    }
    if (certificate && (!d->certificate_pem || !d->key_pem))
        error_set(err, 0, "cannot read the certificate %s or its key %s",
                  certificate, key);
    else if (!(d->mhd = daemon_start(s, d)))
        error_set(err, 0, "cannot start a server%s%s",
                  certificate ? " with certificate " : "",
                  certificate ? certificate : "");
    if (d->mhd)
        return d;
    daemon_free(d);
    return NULL;
}

struct MHD_Daemon *server_daemon(struct server *s, const struct bmc *b,
                                 struct error *err)
{
    bool tls = b && b->dialect.tls;
    const char *certificate = tls ? b->dialect.certificate : NULL;
    const char *key = tls ? b->dialect.key : NULL;
    struct daemon *d;

    if (tls && (!*certificate || !*key)) {
        error_set(err, 0, "%s has tls, but no certificate and key: use --tls",
                  b->name);
        return NULL;
    }
    for (d = s->daemons; d; d = d->next)
        if (!certificate == !d->certificate &&
            (!certificate || (strcmp(certificate, d->certificate) == 0 &&
                              strcmp(key, d->key) == 0)))
            return d->mhd;
    d = daemon_new(s, certificate, key, err);
    if (!d)
        return NULL;
    d->next = s->daemons;
    s->daemons = d;
    return d->mhd;
}

void server_stop_daemons(struct server *s)
{
    while (s->daemons) {
        struct daemon *d = s->daemons;

        s->daemons = d->next;
        daemon_free(d);
    }
}
