/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sink syslog over TLS, against a receiver in a thread of this process with
 * certificates made for the occasion: the name and the issuer are verified
 * unless told otherwise, our own certificate is shown, records arrive and are
 * acknowledged, the end is announced.
 */
#include "sinks/sink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "sink_drive.h"
#include "sinks/syslog_options.h"
#include "tap.h"
#include "util/buffer.h"

#define RECORDS 2000

struct identity {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
};

/* What the receiver saw of one connection. */
struct receiver {
    int listener;
    const struct identity *identity;
    const struct identity *ca;
    bool ask; /* for a certificate of ours */
    struct buffer got;
    bool shaken, announced;
    bool had_certificate;
};

static void make_identity(struct identity *i, const struct identity *ca,
                          const char *name)
{
    unsigned char serial = ca ? 2 : 1;
    time_t now = time(NULL);

    gnutls_x509_privkey_init(&i->key);
    gnutls_x509_privkey_generate(
        i->key, GNUTLS_PK_ECDSA,
        GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    gnutls_x509_crt_init(&i->certificate);
    gnutls_x509_crt_set_version(i->certificate, 3);
    gnutls_x509_crt_set_serial(i->certificate, &serial, 1);
    gnutls_x509_crt_set_activation_time(i->certificate, now - 3600);
    gnutls_x509_crt_set_expiration_time(i->certificate, now + 3600);
    gnutls_x509_crt_set_dn(i->certificate, ca ? "CN=peer" : "CN=authority",
                           NULL);
    gnutls_x509_crt_set_key(i->certificate, i->key);
    gnutls_x509_crt_set_ca_status(i->certificate, ca == NULL);
    if (ca)
        gnutls_x509_crt_set_subject_alt_name(i->certificate, GNUTLS_SAN_DNSNAME,
                                             name, strlen(name),
                                             GNUTLS_FSAN_SET);
    else
        gnutls_x509_crt_set_key_usage(i->certificate, GNUTLS_KEY_KEY_CERT_SIGN);
    gnutls_x509_crt_sign2(i->certificate, ca ? ca->certificate : i->certificate,
                          ca ? ca->key : i->key, GNUTLS_DIG_SHA256, 0);
}

static void free_identity(struct identity *i)
{
    gnutls_x509_crt_deinit(i->certificate);
    gnutls_x509_privkey_deinit(i->key);
}

static void save(const char *folder, const char *name,
                 const gnutls_datum_t *data, char *ret_path, size_t size)
{
    FILE *f;

    snprintf(ret_path, size, "%s/%s", folder, name);
    f = fopen(ret_path, "w");
    if (!f || fwrite(data->data, 1, data->size, f) != data->size)
        abort();
    fclose(f);
}

static void save_certificate(const struct identity *i, const char *folder,
                             const char *name, char *ret_path, size_t size)
{
    gnutls_datum_t data = {0};

    gnutls_x509_crt_export2(i->certificate, GNUTLS_X509_FMT_PEM, &data);
    save(folder, name, &data, ret_path, size);
    gnutls_free(data.data);
}

static void save_key(const struct identity *i, const char *folder,
                     const char *name, char *ret_path, size_t size)
{
    gnutls_datum_t data = {0};

    gnutls_x509_privkey_export2(i->key, GNUTLS_X509_FMT_PEM, &data);
    save(folder, name, &data, ret_path, size);
    gnutls_free(data.data);
}

static void converse(struct receiver *r, gnutls_session_t session)
{
    char text[4096];
    unsigned count;
    ssize_t n;
    int code;

    do
        code = gnutls_handshake(session);
    while (code < 0 && !gnutls_error_is_fatal(code));
    r->shaken = code == 0;
    if (code < 0)
        return;
    r->had_certificate = gnutls_certificate_get_peers(session, &count) != NULL;
    while ((n = gnutls_record_recv(session, text, sizeof(text))) > 0 ||
           n == GNUTLS_E_INTERRUPTED)
        if (n > 0)
            buffer_add(&r->got, text, (size_t)n);
    r->announced = n == 0;
}

/* The thread of the receiver: one connection, to its end. */
static void *receive(void *userdata)
{
    struct receiver *r = userdata;
    gnutls_certificate_credentials_t credentials;
    gnutls_x509_crt_t certificate = r->identity->certificate;
    gnutls_session_t session;
    int fd = accept(r->listener, NULL, NULL);

    gnutls_certificate_allocate_credentials(&credentials);
    gnutls_certificate_set_x509_key(credentials, &certificate, 1,
                                    r->identity->key);
    gnutls_init(&session, GNUTLS_SERVER);
    gnutls_set_default_priority(session);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    if (r->ask)
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
    gnutls_transport_set_int(session, fd);
    converse(r, session);
    close(fd);
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(credentials);
    return NULL;
}

static int open_listener(char *ret_address, size_t size)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 || listen(fd, 4) < 0 ||
        getsockname(fd, (struct sockaddr *)&in, &len) < 0)
        abort();
    snprintf(ret_address, size, "tls://127.0.0.1:%d", ntohs(in.sin_port));
    return fd;
}

static struct {
    const char *name;
    bool use_ca, verify, ask, have;
    const char *server_name;
    bool works;
    const char *because; /* in the text of the error */
} const cases[] = {
    {"issuer and name fit", true, true, false, false, "siem.test", true, NULL},
    {"another name", true, true, false, false, "other.test", false, "name"},
    {"the address is no name", true, true, false, false, NULL, false, "name"},
    {"an unknown issuer", false, true, false, false, "siem.test", false,
     "certificate"},
    {"not verified", false, false, false, false, NULL, true, NULL},
    {"with our certificate", true, true, true, true, "siem.test", true, NULL},
};

static struct identity ca, stranger, server, client;
static char ca_file[128], stranger_file[128], own_file[128], key_file[128];

static struct syslog_options options_of(size_t i, char *address)
{
    return (struct syslog_options){
        .address = address,
        .tls =
            {
                .ca = cases[i].use_ca ? ca_file : stranger_file,
                .verify = cases[i].verify,
                .server_name = (char *)cases[i].server_name,
                .certificate = cases[i].have ? own_file : NULL,
                .key = cases[i].have ? key_file : NULL,
            },
        .rewind = 1 << 20,
        .max_message = 8192,
        .timeout = 60 * USEC_PER_SEC,
    };
}

static void send_all(struct drive *d)
{
    char text[64];
    uint64_t seq = 1;

    while (seq <= RECORDS) {
        snprintf(text, sizeof(text), "<1>record %llu", (unsigned long long)seq);
        if (drive_send(d, seq, NULL, text) == SINK_TAKEN)
            seq++;
        else if (drive_round(d) < 0)
            return;
    }
}

static void test_case(size_t i)
{
    char address[64];
    struct receiver r = {.identity = &server, .ca = &ca, .ask = cases[i].ask};
    struct syslog_options o = options_of(i, address);
    pthread_t thread;
    struct drive d;

    r.listener = open_listener(address, sizeof(address));
    pthread_create(&thread, NULL, receive, &r);
    drive_init(&d, &sink_syslog, &o, NULL);
    is_int(drive_start(&d) == 0, cases[i].works, "%s: %s %s", cases[i].name,
           cases[i].works ? "connects" : "is refused", d.err.text);
    if (cases[i].works) {
        send_all(&d);
        ok(drive_until_acked(&d, RECORDS), "all records are acknowledged");
        is_int(drive_stop(&d, true), 0, "clean stop");
    } else {
        ok(strstr(d.err.text, cases[i].because), "because of its %s",
           cases[i].because);
    }
    pthread_join(thread, NULL);
    if (cases[i].works) {
        ok(r.announced, "the end was announced");
        ok(strstr(r.got.data, "11 <1>record 111 <1>record 2") &&
               strstr(r.got.data, "14 <1>record 2000"),
           "records arrived");
        is_int(r.had_certificate, cases[i].ask,
               "our certificate is shown when asked for");
    }
    drive_done(&d);
    buffer_done(&r.got);
    close(r.listener);
}

/* A receiver that wants a certificate of ours and gets none. */
static void test_late_refusal(void)
{
    char address[64];
    struct receiver r = {.identity = &server, .ca = &ca, .ask = true};
    struct syslog_options o = options_of(0, address);
    pthread_t thread;
    struct drive d;
    int code;

    r.listener = open_listener(address, sizeof(address));
    pthread_create(&thread, NULL, receive, &r);
    drive_init(&d, &sink_syslog, &o, NULL);
    code = drive_start(&d);
    if (code == 0) /* TLS 1.3: the refusal comes after our handshake */
        code = drive_until_failed(&d);
    ok(code < 0, "a receiver that misses our certificate: %s", d.err.text);
    drive_stop(&d, false);
    pthread_join(thread, NULL);
    ok(!r.shaken, "the receiver has not let us in");
    drive_done(&d);
    close(r.listener);
}

/* A connection cut without close_notify. */
static void test_cut(void)
{
    char address[64];
    struct receiver r = {.identity = &server, .ca = &ca};
    struct syslog_options o = options_of(0, address);
    pthread_t thread;
    struct drive d;

    r.listener = open_listener(address, sizeof(address));
    pthread_create(&thread, NULL, receive, &r);
    drive_init(&d, &sink_syslog, &o, NULL);
    drive_start(&d);
    send_all(&d);
    ok(drive_until_acked(&d, RECORDS), "acknowledged");
    is_int(drive_stop(&d, false), 1, "an unclean stop goes back");
    pthread_join(thread, NULL);
    ok(!r.announced, "and says no good-bye");
    drive_done(&d);
    buffer_done(&r.got);
    close(r.listener);
}

/* What the configuration names is not there. */
static void test_missing_files(void)
{
    char address[64];
    struct syslog_options o = options_of(0, address);
    int listener = open_listener(address, sizeof(address));
    struct drive d;

    o.tls.ca = (char *)"/nonexistent/ca.pem";
    drive_init(&d, &sink_syslog, &o, NULL);
    ok(drive_start(&d) < 0 && strstr(d.err.text, "/nonexistent/ca.pem"),
       "a missing file is named: %s", d.err.text);
    drive_done(&d);
    close(listener);
}

int main(void)
{
    char folder[] = "/tmp/sink-syslog-tls-XXXXXX";

    if (!mkdtemp(folder))
        skip_all("no folder for certificates can be made");
    make_identity(&ca, NULL, NULL);
    make_identity(&stranger, NULL, NULL);
    make_identity(&server, &ca, "siem.test");
    make_identity(&client, &ca, "trawl.test");
    save_certificate(&ca, folder, "ca", ca_file, sizeof(ca_file));
    save_certificate(&stranger, folder, "stranger", stranger_file,
                     sizeof(stranger_file));
    save_certificate(&client, folder, "own", own_file, sizeof(own_file));
    save_key(&client, folder, "key", key_file, sizeof(key_file));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        test_case(i);
    test_late_refusal();
    test_cut();
    test_missing_files();
    unlink(ca_file);
    unlink(stranger_file);
    unlink(own_file);
    unlink(key_file);
    rmdir(folder);
    free_identity(&ca);
    free_identity(&stranger);
    free_identity(&server);
    free_identity(&client);
    return done_testing();
}
