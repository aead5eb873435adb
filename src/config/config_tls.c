/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and keys before they are used; see config_tls.h. */
#include "config/config_tls.h"

#include <gnutls/x509.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/file.h"

#define PEM_MAX (1u << 20)
#define SOON (14 * USEC_PER_DAY) /* time enough to get another one */

struct pair {
    struct config_reader *r;
    const struct yaml_mark *mark;
    const char *path;
    const char *certificate, *key; /* files */
    gnutls_x509_crt_t *chain;
    unsigned chain_len;
    gnutls_x509_privkey_t private;
};

static void complain(const struct pair *p, const char *file, const char *what,
                     int code)
{
    yaml_problem(p->r->problems, p->mark, p->path, "%s %s: %s", file, what,
                 gnutls_strerror(code));
}

/* What is no PEM file at all is told by config_check_file(). */
static bool load_certificate(struct pair *p)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    gnutls_datum_t pem;
    int code;

    if (file_read(p->certificate, PEM_MAX, &text, NULL) < 0 || !text.data ||
        !strstr(text.data, "CERTIFICATE-----"))
        return false;
    pem = (gnutls_datum_t){(void *)text.data, (unsigned)text.len};
    code = gnutls_x509_crt_list_import2(&p->chain, &p->chain_len, &pem,
                                        GNUTLS_X509_FMT_PEM, 0);
    if (code < 0)
        complain(p, p->certificate, "holds a certificate that cannot be read",
                 code);
    return code >= 0 && p->chain_len > 0;
}

static bool load_key(struct pair *p)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    gnutls_datum_t pem;
    int code;

    if (file_read(p->key, PEM_MAX, &text, NULL) < 0 || !text.data ||
        !strstr(text.data, "PRIVATE KEY-----"))
        return false;
    pem = (gnutls_datum_t){(void *)text.data, (unsigned)text.len};
    gnutls_x509_privkey_init(&p->private);
    code = gnutls_x509_privkey_import2(p->private, &pem, GNUTLS_X509_FMT_PEM,
                                       NULL, 0);
    explicit_bzero(text.data, text.len);
    if (code == GNUTLS_E_DECRYPTION_FAILED)
        yaml_problem(p->r->problems, p->mark, p->path,
                     "the private key %s is encrypted, and nobody can give its "
                     "passphrase here (openssl pkey -in FILE -out FILE "
                     "decrypts it)",
                     p->key);
    else if (code < 0)
        complain(p, p->key, "holds a private key that cannot be read", code);
    return code >= 0;
}

static void check_match(const struct pair *p)
{
    unsigned char ours[64], theirs[64];
    size_t ours_len = sizeof(ours), theirs_len = sizeof(theirs);

    if (gnutls_x509_privkey_get_key_id(p->private, GNUTLS_KEYID_USE_SHA256,
                                       ours, &ours_len) < 0 ||
        gnutls_x509_crt_get_key_id(p->chain[0], GNUTLS_KEYID_USE_SHA256, theirs,
                                   &theirs_len) < 0)
        return;
    if (ours_len != theirs_len || memcmp(ours, theirs, ours_len) != 0)
        yaml_problem(p->r->problems, p->mark, p->path,
                     "%s is not the key of the first certificate in %s", p->key,
                     p->certificate);
}

static void warn_of_day(const struct pair *p, const char *what, time_t day,
                        const char *so)
{
    char text[16];
    struct tm tm;

    gmtime_r(&day, &tm);
    strftime(text, sizeof(text), "%Y-%m-%d", &tm);
    yaml_warning(p->r->problems, p->mark, p->path,
                 "the certificate %s %s %s: %s", p->certificate, what, text,
                 so);
}

/* A warning: the clock may be wrong, and many who post check nothing. */
static void check_days(const struct pair *p)
{
    time_t now = (time_t)(clock_real() / USEC_PER_SEC);
    time_t from = gnutls_x509_crt_get_activation_time(p->chain[0]);
    time_t to = gnutls_x509_crt_get_expiration_time(p->chain[0]);

    if (from != (time_t)-1 && from > now)
        warn_of_day(p, "is not valid before", from,
                    "until then who checks it refuses it");
    if (to == (time_t)-1)
        return;
    if (to <= now)
        warn_of_day(p, "has expired on", to, "who checks it refuses it");
    else if (to - now < (time_t)(SOON / USEC_PER_SEC))
        warn_of_day(p, "expires on", to, "get another in time");
}

/* Of the group nothing is said: that is how a key is shared with us. */
static void check_mode(const struct pair *p)
{
    struct stat st;

    if (stat(p->key, &st) == 0 && st.st_mode & S_IRWXO)
        yaml_warning(p->r->problems, p->mark, p->path,
                     "the private key %s may be read by everybody (mode "
                     "%04o): chmod o= it",
                     p->key, (unsigned)st.st_mode & 07777);
}

static void unload(struct pair *p)
{
    for (unsigned i = 0; i < p->chain_len; i++)
        gnutls_x509_crt_deinit(p->chain[i]);
    gnutls_free(p->chain);
    gnutls_x509_privkey_deinit(p->private);
}

void config_check_pair(struct config_reader *r, const struct yaml_mark *mark,
                       const char *path, const char *certificate,
                       const char *key)
{
    struct pair p = {r, mark, path, certificate, key, NULL, 0, NULL};
    _cleanup_free_ char *seen = NULL;

    if (!certificate || !key)
        return;
    seen = xasprintf("%s\n%s", certificate, key);
    if (hashmap_set(r->files, seen, r)) /* as other sinks have it too */
        return;
    if (load_certificate(&p) && load_key(&p)) {
        check_mode(&p);
        check_match(&p);
        check_days(&p);
    }
    unload(&p);
}
