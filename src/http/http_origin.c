/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a BMC may send us: to the scheme, host and port configured for it and
 * nowhere else, whatever the URI looks like that it supplied. The result is
 * put together from the configured origin and only the path and query of the
 * URI, so that even a URI which two parsers understand differently ends at
 * the configured host.
 */
#include "http/http_client_private.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "util/alloc.h"

/* The longest URI of a real BMC is below 300 bytes. */
#define URI_MAX 4096u

#define PARSE_FLAGS (CURLU_NON_SUPPORT_SCHEME | CURLU_ALLOW_SPACE)

struct origin {
    char *scheme, *host, *port;
};

static void origin_done(struct origin *o)
{
    curl_free(o->scheme);
    curl_free(o->host);
    curl_free(o->port);
}

static void url_freep(CURLU **u)
{
    curl_url_cleanup(*u);
}

static char *part(CURLU *u, CURLUPart which, unsigned flags)
{
    char *text = NULL;

    return curl_url_get(u, which, &text, flags) == CURLUE_OK ? text : NULL;
}

/* A scheme without a known port has none: NULL equals only itself. */
static void origin_read(CURLU *u, struct origin *ret)
{
    ret->scheme = part(u, CURLUPART_SCHEME, 0);
    ret->host = part(u, CURLUPART_HOST, 0);
    ret->port = part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

static bool same_text(const char *a, const char *b)
{
    return a && b && strcasecmp(a, b) == 0;
}

static bool same_origin(CURLU *a, CURLU *b)
{
    _cleanup_(origin_done) struct origin left = {0}, right = {0};

    origin_read(a, &left);
    origin_read(b, &right);
    return same_text(left.scheme, right.scheme) &&
           same_text(left.host, right.host) && same_text(left.port, right.port);
}

static bool has_userinfo(CURLU *u)
{
    char *user = part(u, CURLUPART_USER, 0);
    char *password = part(u, CURLUPART_PASSWORD, 0);
    bool has = user || password;

    curl_free(user);
    curl_free(password);
    return has;
}

/*
 * Bytes that no URI contains and that parsers read differently (a backslash
 * is a slash to some, a line end vanishes in others).
 */
static bool has_forbidden_bytes(const char *uri)
{
    for (; *uri; uri++)
        if ((unsigned char)*uri < 0x20 || *uri == 0x7f || *uri == '\\')
            return true;
    return false;
}

/*
 * "name:" at the start names a scheme. Only with "//" behind it has it a host
 * to compare; "https:/x" or "javascript:x" is refused as it stands.
 */
static bool has_scheme_without_host(const char *uri)
{
    size_t n = strcspn(uri, ":/?#");

    return uri[n] == ':' &&
           (strncmp(uri + n, "://", 3) != 0 || n == 0 || uri[n + 3] == '/');
}

/* The configured origin with the path and query of `target`. */
static char *compose(CURLU *base, CURLU *target)
{
    char *path = part(target, CURLUPART_PATH, 0);
    char *query = part(target, CURLUPART_QUERY, 0);
    char *url = NULL, *copy;

    if (curl_url_set(base, CURLUPART_PATH, path, 0) == CURLUE_OK &&
        curl_url_set(base, CURLUPART_QUERY, query, 0) == CURLUE_OK &&
        curl_url_set(base, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK)
        url = part(base, CURLUPART_URL, 0);
    copy = xstrdup(url);
    curl_free(url);
    curl_free(path);
    curl_free(query);
    return copy;
}

static int check_uri(const char *uri, struct error *err)
{
    if (strlen(uri) > URI_MAX)
        return error_set(err, -EINVAL, "a URI of %zu bytes is refused",
                         strlen(uri));
    if (has_forbidden_bytes(uri))
        return error_set(err, -EINVAL,
                         "the URI '%.128s' has a control "
                         "character or backslash; it is refused",
                         uri);
    if (has_scheme_without_host(uri))
        return error_set(err, -EXDEV,
                         "the URI '%.128s' has a scheme but no "
                         "host; it is refused",
                         uri);
    return 0;
}

/* Spaces as BMCs leave them in resource names; the rest stays as it is. */
static char *escape_spaces(const char *uri)
{
    struct buffer out = {0};

    buffer_add_text(&out, "");
    for (; *uri; uri++) {
        if (*uri == ' ')
            buffer_add_text(&out, "%20");
        else
            buffer_add_char(&out, *uri);
    }
    return buffer_take_text(&out);
}

int http_client_same_origin(const char *bmc_url, const char *uri,
                            char **ret_url, struct error *err)
{
    _cleanup_(url_freep) CURLU *base = curl_url();
    _cleanup_(url_freep) CURLU *target = NULL;
    _cleanup_free_ char *escaped = NULL;
    int rc = check_uri(uri, err);

    if (rc < 0)
        return rc;
    if (!base || curl_url_set(base, CURLUPART_URL, bmc_url, 0) != CURLUE_OK)
        return error_set(err, -EINVAL, "the BMC's URL '%s' cannot be read",
                         bmc_url);
    escaped = escape_spaces(uri);
    target = curl_url_dup(base);
    if (!target ||
        curl_url_set(target, CURLUPART_URL, escaped, PARSE_FLAGS) != CURLUE_OK)
        return error_set(err, -EINVAL, "the URI '%.128s' cannot be read", uri);
    if (!same_origin(base, target) ||
        (has_userinfo(target) && !has_userinfo(base)))
        return error_set(err, -EXDEV,
                         "the URI '%.128s' does not belong to %s; "
                         "it is not followed",
                         uri, bmc_url);
    *ret_url = compose(base, target);
    if (!*ret_url)
        return error_set(err, -EINVAL, "the URI '%.128s' cannot be used", uri);
    return 0;
}
