/* SPDX-License-Identifier: Apache-2.0 */
/* TLS into a buffer; see syslog_tls.h. */
#include "sinks/syslog_tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "formats/text.h"
#include "util/alloc.h"

struct syslog_tls {
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t session;
    const char *name; /* for messages */
    struct buffer *out;
};

/* Versions that RFC 8996 has retired, should the system still offer them. */
#define NO_OLD_VERSIONS "-VERS-SSL3.0:-VERS-TLS1.0:-VERS-TLS1.1"

static ssize_t on_push(gnutls_transport_ptr_t ptr, const void *data, size_t len)
{
    buffer_add(ptr, data, len);
    return (ssize_t)len;
}

static int load_trust(struct syslog_tls *t,
                      const struct syslog_tls_options *options,
                      struct error *err)
{
    int r;

    if (!options->verify)
        return 0;
    if (options->ca)
        r = gnutls_certificate_set_x509_trust_file(t->credentials, options->ca,
                                                   GNUTLS_X509_FMT_PEM);
    else
        r = gnutls_certificate_set_x509_system_trust(t->credentials);
    if (r > 0)
        return 0;
    return error_set(err, -EINVAL,
                     "cannot read certificates of authorities "
                     "from %s: %s",
                     options->ca ? options->ca : "the system's store",
                     r < 0 ? gnutls_strerror(r) : "there is none");
}

static int load_own(struct syslog_tls *t,
                    const struct syslog_tls_options *options, struct error *err)
{
    int r;

    if (!options->certificate)
        return 0;
    r = gnutls_certificate_set_x509_key_file(t->credentials,
                                             options->certificate, options->key,
                                             GNUTLS_X509_FMT_PEM);
    if (r >= 0)
        return 0;
    return error_set(err, -EINVAL, "cannot use certificate %s with key %s: %s",
                     options->certificate, options->key, gnutls_strerror(r));
}

static void set_name(struct syslog_tls *t,
                     const struct syslog_tls_options *options)
{
    size_t len = strlen(t->name);

    if (!text_is_address(t->name, len))
        gnutls_server_name_set(t->session, GNUTLS_NAME_DNS, t->name, len);
    if (options->verify)
        gnutls_session_set_verify_cert(t->session, t->name, 0);
}

int syslog_tls_new(const struct syslog_tls_options *options, const char *host,
                   int fd, struct buffer *out, struct syslog_tls **ret,
                   struct error *err)
{
    struct syslog_tls *t = XNEW(struct syslog_tls);
    int r;

    t->name = options->server_name ? options->server_name : host;
    t->out = out;
    r = gnutls_certificate_allocate_credentials(&t->credentials);
    if (r == 0)
        r = gnutls_init(&t->session,
                        GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
    if (r == 0)
        r = gnutls_set_default_priority_append(t->session, NO_OLD_VERSIONS,
                                               NULL, 0);
    if (r == 0)
        r = gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE,
                                   t->credentials);
    if (r < 0) {
        syslog_tls_free(t);
        return error_set(err, -EPROTO, "cannot prepare TLS: %s",
                         gnutls_strerror(r));
    }
    r = load_trust(t, options, err);
    if (r == 0)
        r = load_own(t, options, err);
    if (r < 0) {
        syslog_tls_free(t);
        return r;
    }
    set_name(t, options);
    gnutls_transport_set_ptr2(t->session, (void *)(intptr_t)fd, out);
    gnutls_transport_set_push_function(t->session, on_push);
    *ret = t;
    return 0;
}

void syslog_tls_free(struct syslog_tls *t)
{
    if (!t)
        return;
    if (t->session)
        gnutls_deinit(t->session);
    if (t->credentials)
        gnutls_certificate_free_credentials(t->credentials);
    free(t);
}

/* What is wrong with the peer's certificate, in words. */
static int certificate_refused(struct syslog_tls *t, struct error *err)
{
    unsigned status = gnutls_session_get_verify_cert_status(t->session);
    gnutls_datum_t text = {0};
    int r;

    gnutls_certificate_verification_status_print(
        status, gnutls_certificate_type_get(t->session), &text, 0);
    r = error_set(err, -EACCES,
                  "the receiver's certificate is not accepted "
                  "for the name %s: %s",
                  t->name, text.data ? (const char *)text.data : "it has none");
    gnutls_free(text.data);
    return r;
}

static int alert_received(struct syslog_tls *t, struct error *err)
{
    const char *name = gnutls_alert_get_name(gnutls_alert_get(t->session));

    return error_set(err, -EPROTO, "TLS: the receiver sent the alert \"%s\"",
                     name ? name : "unknown");
}

int syslog_tls_handshake(struct syslog_tls *t, struct error *err)
{
    int r;

    do
        r = gnutls_handshake(t->session);
    while (r < 0 && r != GNUTLS_E_AGAIN && !gnutls_error_is_fatal(r));
    if (r >= 0)
        return 0;
    if (r == GNUTLS_E_AGAIN)
        return -EAGAIN;
    if (r == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
        return certificate_refused(t, err);
    if (r == GNUTLS_E_FATAL_ALERT_RECEIVED)
        return alert_received(t, err);
    return error_set(err, -EPROTO, "TLS handshake failed: %s",
                     gnutls_strerror(r));
}

int syslog_tls_encrypt(struct syslog_tls *t, const char *data, size_t len,
                       struct error *err)
{
    ssize_t n;

    while (len > 0) {
        n = gnutls_record_send(t->session, data, len);
        if (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_AGAIN)
            continue; /* on_push() takes everything: never twice */
        if (n < 0)
            return error_set(err, -EPROTO, "TLS: cannot encrypt: %s",
                             gnutls_strerror((int)n));
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

int syslog_tls_read(struct syslog_tls *t, struct error *err)
{
    char ignored[1024];
    ssize_t n;

    do
        n = gnutls_record_recv(t->session, ignored, sizeof(ignored));
    while (n > 0 || n == GNUTLS_E_INTERRUPTED ||
           n == GNUTLS_E_WARNING_ALERT_RECEIVED);
    if (n == GNUTLS_E_AGAIN)
        return 0;
    if (n == 0 || n == GNUTLS_E_PREMATURE_TERMINATION)
        return error_set(err, -EPIPE, "the receiver closed the connection");
    if (n == GNUTLS_E_FATAL_ALERT_RECEIVED)
        return alert_received(t, err);
    if (!gnutls_error_is_fatal((int)n)) /* a wish to renegotiate: ignored */
        return 0;
    return error_set(err, -EPROTO, "the connection broke: %s",
                     n == GNUTLS_E_PULL_ERROR ? strerror(errno)
                                              : gnutls_strerror((int)n));
}

void syslog_tls_bye(struct syslog_tls *t)
{
    gnutls_bye(t->session, GNUTLS_SHUT_WR);
}
