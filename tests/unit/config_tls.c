/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates and keys as a configuration names them: what is no use is an
 * error before anything starts, what is doubtful a warning. "@" stands for the
 * folder in what is wanted.
 */
#include "config/config_tls.h"

#include <gnutls/x509.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "problem_lines.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"
#include "wire.h"

#define YEAR (365 * 86400)

struct stage {
    char folder[64];
    struct wire_identity *ours, *other;
};

static void put(const struct stage *t, const char *name, const char *text,
                mode_t mode)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", t->folder, name);

    file_write(path, text, strlen(text), mode, NULL);
}

/* Ours, good from `from` to `to`, in seconds from now. */
static void put_dated(const struct stage *t, long from, long to)
{
    gnutls_x509_crt_t crt = t->ours->certificate;
    time_t now = time(NULL);
    gnutls_datum_t pem;

    gnutls_x509_crt_set_activation_time(crt, now + from);
    gnutls_x509_crt_set_expiration_time(crt, now + to);
    gnutls_x509_crt_sign2(crt, crt, t->ours->key, GNUTLS_DIG_SHA256, 0);
    gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem);
    put(t, "crt", (const char *)pem.data, 0644);
    gnutls_free(pem.data);
}

/* What is said of the two files; the caller frees it. */
static char *judge(const struct stage *t, const char *certificate,
                   const char *key)
{
    static const struct yaml_mark mark = {.file = "f", .line = 1, .column = 2};
    struct config_reader r = {.problems = yaml_problems_new(),
                              .files = hashmap_new()};
    _cleanup_free_ char *first =
        certificate ? xasprintf("%s/%s", t->folder, certificate) : NULL;
    _cleanup_free_ char *second =
        key ? xasprintf("%s/%s", t->folder, key) : NULL;
    char *text;

    config_check_pair(&r, &mark, "tls", first, second);
    config_check_pair(&r, &mark, "tls", first, second);
    text = problem_lines(r.problems);
    yaml_problems_free(r.problems);
    hashmap_free(r.files);
    return text;
}

/* `part` (NULL: nothing at all) is what stands in the one line. */
static void says(const struct stage *t, const char *certificate,
                 const char *key, const char *part, const char *sentence)
{
    _cleanup_free_ char *text = judge(t, certificate, key);
    const char *end = strchr(text, '\n');

    if (!part)
        is_text(text, "", "%s", sentence);
    else if (!ok(strstr(text, part) && end && !end[1], "%s", sentence))
        diag("said: %s", text);
}

static void test_pairs(const struct stage *t)
{
    put_dated(t, -YEAR, YEAR);
    put(t, "key", t->ours->key_pem, 0600);
    put(t, "other", t->other->key_pem, 0600);
    put(t, "open", t->ours->key_pem, 0644);
    put(t, "bad", "-----BEGIN CERTIFICATE-----\nMII\n", 0600);
    put(t, "badkey", "-----BEGIN PRIVATE KEY-----\nMII\n", 0600);
    put(t, "text", "hello\n", 0600);
    says(t, "crt", "key", NULL, "a certificate and its key");
    says(t, "crt", "other", "tls: ", "another's key: where");
    says(t, "crt", "other", "is not the key of the first certificate in",
         "... and what");
    says(t, "bad", "key", "holds a certificate that cannot be read",
         "a broken certificate");
    says(t, "crt", "badkey", "holds a private key that cannot be read",
         "a broken key");
    says(t, "crt", "open", "warning: tls: the private key ",
         "a key for everybody");
    says(t, "crt", NULL, NULL, "a half is another's business");
    says(t, "text", "key", NULL, "so is what is no PEM");
    says(t, "crt", "none", NULL, "or is not there");
}

static void test_encrypted(const struct stage *t)
{
    gnutls_datum_t pem;

    gnutls_x509_privkey_export2_pkcs8(t->ours->key, GNUTLS_X509_FMT_PEM, "pass",
                                      GNUTLS_PKCS_PBES2_AES_256, &pem);
    put(t, "locked", (const char *)pem.data, 0600);
    gnutls_free(pem.data);
    says(t, "crt", "locked", "is encrypted", "a key that wants a passphrase");
}

static void test_days(const struct stage *t)
{
    put_dated(t, -2 * YEAR, -YEAR);
    says(t, "crt", "key", "warning: tls: the certificate ",
         "one that has expired is doubtful");
    says(t, "crt", "key", "has expired on 20", "... since when");
    put_dated(t, YEAR, 2 * YEAR);
    says(t, "crt", "key", "is not valid before 20", "one of the future");
    put_dated(t, -YEAR, 86400);
    says(t, "crt", "key", "expires on 20", "one that soon ends");
}

int main(void)
{
    static const char *const names[] = {"crt", "key",    "other", "open",
                                        "bad", "badkey", "text",  "locked"};
    struct stage t = {.folder = "/tmp/config_tls.XXXXXX"};

    if (!mkdtemp(t.folder))
        skip_all("no temporary folder can be made");
    t.ours = wire_identity_new("ours", NULL);
    t.other = wire_identity_new("other", NULL);
    test_pairs(&t);
    test_encrypted(&t);
    test_days(&t);
    wire_identity_free(t.ours);
    wire_identity_free(t.other);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", t.folder, names[i]);

        unlink(path);
    }
    rmdir(t.folder);
    return done_testing();
}
