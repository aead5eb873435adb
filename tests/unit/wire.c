/* SPDX-License-Identifier: Apache-2.0 */
/* Raw and TLS peers for the tests of the network rooms; see wire.h. */
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "util/alloc.h"

static void must(bool fine, const char *what)
{
    if (fine)
        return;
    printf("Bail out! %s: %s\n", what, strerror(errno));
    exit(1);
}

static void identity_sign(struct wire_identity *i,
                          const struct wire_identity *issuer)
{
    gnutls_datum_t pem;

    must(gnutls_x509_crt_sign2(i->certificate, issuer->certificate, issuer->key,
                               GNUTLS_DIG_SHA256, 0) >= 0,
         "sign");
    must(gnutls_x509_crt_export2(i->certificate, GNUTLS_X509_FMT_PEM, &pem) >=
             0,
         "export");
    i->certificate_pem = xstrndup((char *)pem.data, pem.size);
    gnutls_free(pem.data);
    must(gnutls_x509_privkey_export2(i->key, GNUTLS_X509_FMT_PEM, &pem) >= 0,
         "export");
    i->key_pem = xstrndup((char *)pem.data, pem.size);
    gnutls_free(pem.data);
}

struct wire_identity *wire_identity_new(const char *name,
                                        const struct wire_identity *issuer)
{
    static const unsigned char localhost[] = {127, 0, 0, 1};
    struct wire_identity *i = XNEW(struct wire_identity);
    time_t now = time(NULL);

    must(gnutls_x509_privkey_init(&i->key) >= 0, "key");
    must(gnutls_x509_privkey_generate(
             i->key, GNUTLS_PK_ECDSA,
             GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0) >= 0,
         "key");
    must(gnutls_x509_crt_init(&i->certificate) >= 0, "certificate");
    gnutls_x509_crt_set_version(i->certificate, 3);
    gnutls_x509_crt_set_serial(i->certificate, name, strlen(name));
    gnutls_x509_crt_set_dn_by_oid(i->certificate, GNUTLS_OID_X520_COMMON_NAME,
                                  0, name, (unsigned)strlen(name));
    gnutls_x509_crt_set_activation_time(i->certificate, now - 3600);
    gnutls_x509_crt_set_expiration_time(i->certificate, now + 90 * 86400);
    gnutls_x509_crt_set_key(i->certificate, i->key);
    gnutls_x509_crt_set_ca_status(i->certificate, issuer == NULL);
    gnutls_x509_crt_set_subject_alt_name(i->certificate, GNUTLS_SAN_IPADDRESS,
                                         localhost, sizeof(localhost),
                                         GNUTLS_FSAN_SET);
    identity_sign(i, issuer ? issuer : i);
    return i;
}

void wire_identity_free(struct wire_identity *identity)
{
    gnutls_x509_crt_deinit(identity->certificate);
    gnutls_x509_privkey_deinit(identity->key);
    free(identity->certificate_pem);
    free(identity->key_pem);
    free(identity);
}

int wire_listen(bool ipv6, uint16_t *ret_port)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6,
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in four = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr *address = ipv6 ? (void *)&six : (void *)&four;
    socklen_t len = ipv6 ? sizeof(six) : sizeof(four);
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, address, len) < 0 || listen(fd, 128) < 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    must(getsockname(fd, address, &len) == 0, "getsockname");
    *ret_port = ntohs(ipv6 ? six.sin6_port : four.sin_port);
    return fd;
}

bool wire_listens_for_a_child(void)
{
    int listens;

    for (int fd = 0; fd < 1024; fd++) {
        socklen_t size = sizeof(listens);

        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 &&
            listens && !(fcntl(fd, F_GETFD) & FD_CLOEXEC))
            return true;
    }
    return false;
}

static void wire_adopt(struct wire *w, sd_event *loop, int fd)
{
    *w = (struct wire){.loop = loop, .fd = fd};
    must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
}

void wire_connect(struct wire *w, sd_event *loop, int listener)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    int fd;

    must(getsockname(listener, (void *)&address, &len) == 0, "getsockname");
    fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0 && connect(fd, (void *)&address, len) == 0, "connect");
    wire_adopt(w, loop, fd);
}

bool wire_accept(struct wire *w, sd_event *loop, int listener)
{
    int fd = -1;

    must(fcntl(listener, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    if (!wire_wait(loop, (fd = accept(listener, NULL, NULL)) >= 0))
        return false;
    wire_adopt(w, loop, fd);
    return true;
}

static bool wire_tls(struct wire *w, const struct wire_identity *identity,
                     unsigned side)
{
    int rc;

    gnutls_certificate_allocate_credentials(&w->credentials);
    if (identity)
        must(gnutls_certificate_set_x509_key(
                 w->credentials, (gnutls_x509_crt_t *)&identity->certificate, 1,
                 identity->key) >= 0,
             "key");
    gnutls_init(&w->tls, side | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
    gnutls_set_default_priority(w->tls);
    gnutls_credentials_set(w->tls, GNUTLS_CRD_CERTIFICATE, w->credentials);
    gnutls_transport_set_int(w->tls, w->fd);
    rc = GNUTLS_E_AGAIN;
    if (!wire_wait(w->loop, (rc = gnutls_handshake(w->tls)) == 0 ||
                                gnutls_error_is_fatal(rc)))
        return false;
    return rc == 0;
}

bool wire_handshake(struct wire *w, const struct wire_identity *identity)
{
    return wire_tls(w, identity, GNUTLS_CLIENT);
}

bool wire_accept_tls(struct wire *w, const struct wire_identity *identity)
{
    return wire_tls(w, identity, GNUTLS_SERVER);
}

static ssize_t wire_write(struct wire *w, const char *text, size_t len)
{
    ssize_t n;

    if (w->tls) {
        n = gnutls_record_send(w->tls, text, len);
        return n == GNUTLS_E_AGAIN ? 0 : n;
    }
    n = send(w->fd, text, len, MSG_NOSIGNAL);
    return n < 0 && errno == EAGAIN ? 0 : n;
}

void wire_send(struct wire *w, const char *text)
{
    size_t left = strlen(text);
    ssize_t n = 0;

    while (left > 0 && n >= 0) {
        n = wire_write(w, text, left);
        if (n > 0) {
            text += n;
            left -= (size_t)n;
        } else if (n == 0) {
            (void)sd_event_run(w->loop, USEC_PER_MSEC);
        }
    }
}

static ssize_t wire_read(struct wire *w, char *data, size_t len)
{
    ssize_t n;

    if (!w->tls) {
        n = recv(w->fd, data, len, 0);
        return n < 0 && errno == EAGAIN ? -EAGAIN : n;
    }
    n = gnutls_record_recv(w->tls, data, len);
    return n < 0 && !gnutls_error_is_fatal((int)n) ? -EAGAIN : n;
}

static void wire_pump(struct wire *w)
{
    char data[4096];
    ssize_t n;

    while (!w->eof && (n = wire_read(w, data, sizeof(data))) != -EAGAIN) {
        if (n <= 0)
            w->eof = true;
        else
            buffer_add(&w->in, data, (size_t)n);
    }
}

bool wire_has(struct wire *w, const char *text)
{
    wire_pump(w);
    return w->in.data && strstr(w->in.data, text);
}

bool wire_is_over(struct wire *w)
{
    wire_pump(w);
    return w->eof;
}

unsigned wire_count(const struct wire *w, const char *text)
{
    unsigned n = 0;

    for (const char *p = w->in.data; p && (p = strstr(p, text)); p++)
        n++;
    return n;
}

void wire_close(struct wire *w, bool reset)
{
    struct linger linger = {.l_onoff = 1};

    if (reset)
        (void)setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    if (w->tls)
        gnutls_deinit(w->tls);
    if (w->credentials)
        gnutls_certificate_free_credentials(w->credentials);
    close(w->fd);
    buffer_done(&w->in);
    *w = (struct wire){.fd = -1};
}
