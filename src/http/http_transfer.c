/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One transfer of the HTTP client: the options of its easy handle, and what
 * becomes of the bytes that arrive. Here stands everything that libcurl would
 * otherwise take from its surroundings (proxies, other protocols, redirects,
 * CA folders) and must not.
 *
 * A certificate known by its fingerprint is checked when the connection is
 * there and nothing was sent yet, also on a connection that is used again: so
 * no password reaches a stranger. libcurl's own pinning knows only public
 * keys (reference pitfall 14).
 */
#include "http/http_client_private.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>
#include <strings.h>

#include "util/alloc.h"
#include "util/digest.h"

#define CONNECT_TIMEOUT (10 * USEC_PER_SEC)

/* Per connection: an idle stream should cost little, a download be quick. */
#define STREAM_BUFFER 2048L
#define DOWNLOAD_BUFFER 16384L
#define UPLOAD_BUFFER 16384L

/*
 * All lines of a head, those of "100 Continue" too. BMCs send less than 1 KiB;
 * libcurl before 8.3 keeps whatever comes.
 */
#define HEAD_MAX (64u << 10)

/* Seconds that libcurl keeps a parsed CA file; a replaced one is seen then. */
#define CA_CACHE_TIME 600L

/* Without a chain to check, the weak keys of old BMCs are let through. */
#define UNVERIFIED_CIPHERS "DEFAULT@SECLEVEL=1"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "sha256:" and 64 digits, of which pairs may be set apart by colons. */
static int parse_fingerprint(const char *text, uint8_t ret[DIGEST_LEN])
{
    size_t n = 0;

    if (strncasecmp(text, "sha256:", 7) != 0)
        return -EINVAL;
    for (text += 7; *text; text++) {
        if (*text == ':' && n % 2 == 0)
            continue;
        if (hex_digit(*text) < 0 || n == 2 * DIGEST_LEN)
            return -EINVAL;
        ret[n / 2] =
            (uint8_t)((n % 2 ? ret[n / 2] << 4 : 0) | hex_digit(*text));
        n++;
    }
    return n == 2 * DIGEST_LEN ? 0 : -EINVAL;
}

/* The fingerprint of the peer's certificate; false without TLS. */
static bool peer_fingerprint(CURL *easy, uint8_t ret[DIGEST_LEN])
{
    struct curl_tlssessioninfo *info = NULL;
    X509 *certificate;
    unsigned len = 0;
    bool done;

    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK ||
        !info || info->backend != CURLSSLBACKEND_OPENSSL || !info->internals)
        return false;
    certificate = SSL_get1_peer_certificate(info->internals);
    if (!certificate)
        return false;
    done = X509_digest(certificate, EVP_sha256(), ret, &len) == 1 &&
           len == DIGEST_LEN;
    X509_free(certificate);
    return done;
}

/* Connected, nothing sent: the last moment to turn back. */
static int on_connected(void *userdata, char *address, char *local, int port,
                        int local_port)
{
    struct http_transfer *t = userdata;
    uint8_t sum[DIGEST_LEN];
    char text[2 * DIGEST_LEN + 1];

    (void)address;
    (void)local;
    (void)port;
    (void)local_port;
    if (!t->fingerprint)
        return CURL_PREREQFUNC_OK;
    if (!peer_fingerprint(t->easy, sum)) {
        t->reason = xasprintf("there is no certificate to compare with the "
                              "configured fingerprint; nothing was sent");
        return CURL_PREREQFUNC_ABORT;
    }
    if (memcmp(sum, t->fingerprint, DIGEST_LEN) == 0)
        return CURL_PREREQFUNC_OK;
    digest_hex(sum, DIGEST_LEN, text);
    t->reason = xasprintf("the certificate has the fingerprint sha256:%s, "
                          "not the configured one; nothing was sent",
                          text);
    return CURL_PREREQFUNC_ABORT;
}

/*
 * The request is out. libcurl before 8.7 keeps the copy of it that went through
 * TLS as long as the transfer lasts, but lets it go when its size is set.
 */
static void drop_upload_buffer(struct http_transfer *t)
{
    if (t->request.on_data)
        (void)curl_easy_setopt(t->easy, CURLOPT_UPLOAD_BUFFERSIZE,
                               UPLOAD_BUFFER);
}

static size_t on_header(char *data, size_t size, size_t count, void *userdata)
{
    struct http_transfer *t = userdata;
    size_t len = size * count;
    char *type = NULL;
    long status = 0;

    if (t->cancelled)
        return 0;
    t->head_bytes += len;
    if (t->head_bytes > HEAD_MAX) {
        t->reason = xasprintf("the head of the answer is larger than %u bytes",
                              HEAD_MAX);
        return 0;
    }
    if (t->head || !(len == 1 || (len == 2 && data[0] == '\r')))
        return len;
    /* The empty line after the header of the answer, or of a "100 Continue". */
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200)
        return len;
    t->head = true;
    drop_upload_buffer(t);
    (void)curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
    if (t->request.on_head)
        t->request.on_head(t->request.userdata, (unsigned)status,
                           type ? type : "");
    return t->cancelled ? 0 : len;
}

static size_t on_write(char *data, size_t size, size_t count, void *userdata)
{
    struct http_transfer *t = userdata;
    size_t len = size * count;

    if (t->cancelled)
        return 0;
    if (t->paused) {
        t->held = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (t->request.on_data) {
        t->request.on_data(t->request.userdata, data, len);
        return t->cancelled ? 0 : len;
    }
    if (len > t->request.response_max - t->body.len) {
        t->reason = xasprintf("the answer is larger than %zu bytes",
                              t->request.response_max);
        return 0;
    }
    buffer_add(&t->body, data, len);
    return len;
}

static void set_method(struct http_transfer *t,
                       const struct http_client_request *q)
{
    if (q->body) {
        (void)curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                               (curl_off_t)q->body_len);
        (void)curl_easy_setopt(t->easy, CURLOPT_COPYPOSTFIELDS, q->body);
    } else if (strcmp(q->method, "POST") == 0) {
        (void)curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE, 0L);
        (void)curl_easy_setopt(t->easy, CURLOPT_COPYPOSTFIELDS, "");
    }
    if (strcmp(q->method, "HEAD") == 0)
        (void)curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
    else if (strcmp(q->method, "GET") != 0)
        (void)curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, q->method);
}

/*
 * A header may bear what a BMC told us, its ETag say: two lines of it would be
 * a header, or a request, of its choice.
 */
static void add_header(struct http_transfer *t, const char *line)
{
    struct curl_slist *list = NULL;

    if (!strpbrk(line, "\r\n"))
        list = curl_slist_append(t->headers, line);
    if (list)
        t->headers = list;
}

static void set_headers(struct http_transfer *t,
                        const struct http_client_request *q)
{
    bool typed = false;

    for (size_t i = 0; q->headers && q->headers[i]; i++) {
        typed |= strncasecmp(q->headers[i], "Content-Type:", 13) == 0;
        add_header(t, q->headers[i]);
    }
    if (q->body && !typed)
        add_header(t, "Content-Type: application/json");
    add_header(t, "Expect:"); /* few BMCs answer 100 Continue */
    (void)curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    if (q->username) {
        (void)curl_easy_setopt(t->easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        (void)curl_easy_setopt(t->easy, CURLOPT_USERNAME, q->username);
        (void)curl_easy_setopt(t->easy, CURLOPT_PASSWORD,
                               q->password ? q->password : "");
    }
}

/*
 * Ours, if the BMC asks who we are. As text, so that a certificate that was
 * replaced is no longer the one that an open connection was made with.
 */
static void set_certificate(struct http_transfer *t,
                            const struct http_client_tls *tls)
{
    struct curl_blob certificate = {.flags = CURL_BLOB_COPY};
    struct curl_blob key = {.flags = CURL_BLOB_COPY};

    if (!tls->certificate || !tls->key)
        return;
    certificate.data = (void *)(uintptr_t)tls->certificate;
    certificate.len = strlen(tls->certificate);
    key.data = (void *)(uintptr_t)tls->key;
    key.len = strlen(tls->key);
    (void)curl_easy_setopt(t->easy, CURLOPT_SSLCERT_BLOB, &certificate);
    (void)curl_easy_setopt(t->easy, CURLOPT_SSLKEY_BLOB, &key);
}

static void set_tls(struct http_transfer *t, const struct http_client_tls *tls)
{
    bool chain = tls->verify && !t->fingerprint;

    (void)curl_easy_setopt(t->easy, CURLOPT_SSLVERSION,
                           (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYPEER, chain ? 1L : 0L);
    (void)curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYHOST, chain ? 2L : 0L);
    /* The folder of all CAs costs each stream 880 KiB (pitfall 12). */
    (void)curl_easy_setopt(t->easy, CURLOPT_CAPATH, NULL);
    if (!chain)
        (void)curl_easy_setopt(t->easy, CURLOPT_SSL_CIPHER_LIST,
                               UNVERIFIED_CIPHERS);
    if (!chain)
        (void)curl_easy_setopt(t->easy, CURLOPT_CAINFO, NULL);
    else if (tls->ca)
        (void)curl_easy_setopt(t->easy, CURLOPT_CAINFO, tls->ca);
    (void)curl_easy_setopt(t->easy, CURLOPT_CA_CACHE_TIMEOUT, CA_CACHE_TIME);
    set_certificate(t, tls);
    (void)curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, on_connected);
    (void)curl_easy_setopt(t->easy, CURLOPT_PREREQDATA, t);
}

/* Nothing from the environment, nowhere but where the URL says. */
static void set_bounds(struct http_transfer *t)
{
    (void)curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(t->easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    (void)curl_easy_setopt(t->easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    (void)curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION,
                           (long)CURL_HTTP_VERSION_1_1);
}

static void set_times(struct http_transfer *t,
                      const struct http_client_request *q)
{
    usec_t connect = MIN_OF(q->timeout, CONNECT_TIMEOUT);
    bool stream = q->on_data != NULL;

    if (q->timeout != USEC_INFINITY)
        (void)curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS,
                               (long)MAX_OF(q->timeout / USEC_PER_MSEC, 1u));
    (void)curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS,
                           (long)MAX_OF(connect / USEC_PER_MSEC, 1u));
    (void)curl_easy_setopt(t->easy, CURLOPT_BUFFERSIZE,
                           stream ? STREAM_BUFFER : DOWNLOAD_BUFFER);
    (void)curl_easy_setopt(t->easy, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER);
    if (stream) {
        /* A stream lasts for days: its session is of no use to the next. */
        (void)curl_easy_setopt(t->easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    }
    (void)curl_easy_setopt(t->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    /* Else the end of a transfer waits for the thread that resolves its name,
     * and with it the whole loop, as long as a name server keeps silent. */
    (void)curl_easy_setopt(t->easy, CURLOPT_QUICK_EXIT, 1L);
    if (!stream &&
        !q->packed) /* the limit of the answer counts what was unpacked */
        (void)curl_easy_setopt(t->easy, CURLOPT_ACCEPT_ENCODING, "gzip");
}

static void set_callbacks(struct http_transfer *t)
{
    (void)curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    (void)curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->curl_text);
    (void)curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    (void)curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_write);
    (void)curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
}

/* Callbacks and limits; what the texts said is in the easy handle by then. */
static void keep_request(struct http_transfer *t,
                         const struct http_client_request *q)
{
    t->request = *q;
    t->request.method = t->request.url = t->request.body = NULL;
    t->request.username = t->request.password = NULL;
    t->request.headers = NULL;
    t->request.tls = (struct http_client_tls){0};
    t->what = xasprintf("%s %s", q->method, q->url);
}

int http_transfer_new(const struct http_client_request *q,
                      struct http_transfer **ret, struct error *err)
{
    struct http_transfer *t = XNEW(struct http_transfer);
    int rc = 0;

    keep_request(t, q);
    if (q->tls.fingerprint) {
        t->fingerprint = xcalloc(1, DIGEST_LEN);
        rc = parse_fingerprint(q->tls.fingerprint, t->fingerprint);
    }
    if (rc < 0)
        rc = error_set(err, rc,
                       "%s: the fingerprint '%s' is not sha256: and "
                       "64 hexadecimal digits",
                       t->what, q->tls.fingerprint);
    else if (!(t->easy = curl_easy_init()))
        rc = error_set(err, -ENOMEM, "%s: libcurl does not start", t->what);
    else if (curl_easy_setopt(t->easy, CURLOPT_URL, q->url) != CURLE_OK)
        rc = error_set(err, -EINVAL, "%s: libcurl refuses the URL", t->what);
    if (rc < 0) {
        http_transfer_free(t);
        return rc;
    }
    set_bounds(t);
    set_method(t, q);
    set_headers(t, q);
    set_tls(t, &q->tls);
    set_times(t, q);
    set_callbacks(t);
    *ret = t;
    return 0;
}

void http_transfer_free(struct http_transfer *t)
{
    if (!t)
        return;
    if (t->easy)
        curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    buffer_done(&t->body);
    free(t->fingerprint);
    free(t->what);
    free(t->reason);
    free(t);
}
