/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single values judged: names that must do in URLs and as file names,
 * addresses, URLs, and files that must be there. Nothing is resolved and
 * nothing connected to.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config/config_parts.h"
#include "util/alloc.h"
#include "util/file.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define NAME_MAX_LEN 128
#define PEM_MAX (8u << 20) /* a bundle of all public CAs is 250 KiB */

int config_check_name(const char *name, struct error *err)
{
    size_t len = strlen(name);

    if (len == 0 || len > NAME_MAX_LEN)
        return error_set(err, -EINVAL, "a name has 1 to %d characters, not %zu",
                         NAME_MAX_LEN, len);
    if (strspn(name, LETTERS DIGITS "._-") != len)
        return error_set(err, -EINVAL,
                         "'%s' cannot be a name, for it is used in URLs and "
                         "file names: letters, digits, '.', '_' and '-' only",
                         name);
    if (name[0] == '.' || name[0] == '-')
        return error_set(err, -EINVAL,
                         "'%s' cannot be a name: it begins with '%c'", name,
                         name[0]);
    return 0;
}

/* Port 0 is for listeners only: the system then picks one. */
static int check_port(const char *port, size_t len, bool may_be_zero,
                      struct error *err)
{
    long value = 0;

    for (size_t i = 0; i < len && value >= 0 && value <= 65535; i++)
        value = strchr(DIGITS, port[i]) ? value * 10 + port[i] - '0' : -1;
    if (len == 0 || value < !may_be_zero || value > 65535)
        return error_set(err, -EINVAL, "'%.*s' is not a port (1 to 65535)",
                         (int)MIN_OF(len, 40u), port);
    return 0;
}

static int check_host(const char *host, size_t len, struct error *err)
{
    _cleanup_free_ char *text = xstrndup(host, len);
    struct in6_addr address;

    if (len == 0)
        return error_set(err, -EINVAL, "the host is missing");
    if (text[0] == '[') {
        text[len - 1] = '\0';
        text[strcspn(text, "%")] = '\0'; /* a link-local address's zone */
        if (host[len - 1] == ']' && inet_pton(AF_INET6, text + 1, &address))
            return 0;
        return error_set(err, -EINVAL, "'%.*s' is not an IPv6 address",
                         (int)MIN_OF(len, 60u), host);
    }
    if (strchr(text, ':'))
        return error_set(err, -EINVAL,
                         "an IPv6 address must stand in brackets: [%s]", text);
    /* 10.0.0.256 would pass as a name else, and be asked of the DNS. */
    if (strspn(text, DIGITS ".") == len && !inet_pton(AF_INET, text, &address))
        return error_set(err, -EINVAL, "'%s' is not an IPv4 address", text);
    if (strspn(text, LETTERS DIGITS ".-_") != len)
        return error_set(err, -EINVAL,
                         "'%s' is neither a host name nor an address", text);
    return 0;
}

/* Where the port's colon stands, or NULL: the last one, outside brackets. */
static const char *port_colon(const char *text, size_t len)
{
    const char *colon = memrchr(text, ':', len);
    const char *bracket = memrchr(text, ']', len);

    return colon && (!bracket || colon > bracket) ? colon : NULL;
}

int config_check_address(const char *address, struct error *err)
{
    size_t len = strlen(address);
    const char *colon = port_colon(address, len);
    int r;

    if (strncmp(address, "fd:", 3) == 0)
        return config_check_name(address + 3, err);
    if (colon == address || (colon == address + 1 && *address == '*'))
        return error_set(err, -EINVAL,
                         "the host is missing: \"[::]%s\" means all addresses",
                         colon);
    if (!colon)
        return error_set(err, -EINVAL,
                         "'%s' has no port: write host:port, \"[::]:8443\" or "
                         "fd:NAME",
                         address);
    r = check_host(address, (size_t)(colon - address), err);
    if (r == 0)
        r = check_port(colon + 1, strlen(colon + 1), true, err);
    return r;
}

/* A URL with a password in it is never quoted back. */
static int check_authority(const char *text, size_t len, struct error *err)
{
    const char *colon = port_colon(text, len);
    size_t host_len = colon ? (size_t)(colon - text) : len;
    int r = 0;

    if (memchr(text, '@', len))
        return error_set(err, -EINVAL,
                         "a user and password do not belong into a URL: use "
                         "username and password_file");
    if (*text != '[' && memchr(text, ':', host_len))
        host_len = len; /* an IPv6 address without brackets */
    r = check_host(text, host_len, err);
    if (r == 0 && host_len < len)
        r = check_port(colon + 1, len - host_len - 1, false, err);
    return r;
}

int config_check_url(const char *url, bool may_have_path, struct error *err)
{
    const char *scheme_end = strstr(url, "://");
    const char *host, *rest;
    int r;

    if (!scheme_end)
        return error_set(err, -EINVAL,
                         "'%s' is not a URL: it must begin with "
                         "https:// (or http://)",
                         strchr(url, '@') ? "…" : url);
    if (strncasecmp(url, "https://", 8) != 0 &&
        strncasecmp(url, "http://", 7) != 0)
        return error_set(err, -EINVAL,
                         "the scheme must be https or http, not '%.*s'",
                         (int)MIN_OF(scheme_end - url, 40), url);
    host = scheme_end + 3;
    rest = host + strcspn(host, "/?#");
    r = check_authority(host, (size_t)(rest - host), err);
    if (r < 0)
        return r;
    if (strpbrk(rest, "?# \t"))
        return error_set(err, -EINVAL,
                         "a URL here has no '?', '#' or blank in it");
    if (!may_have_path && strspn(rest, "/") != strlen(rest))
        return error_set(err, -EINVAL,
                         "'%s' does not belong here: scheme, host and port "
                         "only (Trawl adds /redfish/v1 itself)",
                         rest);
    return 0;
}

bool config_tidy_url(struct config_reader *r, const struct yaml_node *node,
                     const char *path, bool may_have_path, char *url)
{
    struct error err;

    if (config_check_url(url, may_have_path, &err) < 0) {
        yaml_problem(r->problems, node ? &node->mark : NULL, path, "%s",
                     err.text);
        return false;
    }
    for (size_t len = strlen(url); url[len - 1] == '/'; len--)
        url[len - 1] = '\0';
    return true;
}

/*
 * Certificate and key are easily exchanged, and the TLS library's own message
 * comes only when the first BMC connects.
 */
static int check_contents(const char *file, enum config_file kind,
                          struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    int r = file_read(file, PEM_MAX, &text, err);

    if (r < 0)
        return r;
    if (kind == CONFIG_FILE_CERTIFICATE &&
        (!text.data || !strstr(text.data, "CERTIFICATE-----")))
        r = error_set(err, -EINVAL, "%s holds no certificate in PEM form",
                      file);
    if (kind == CONFIG_FILE_KEY &&
        (!text.data || !strstr(text.data, "PRIVATE KEY-----")))
        r = error_set(err, -EINVAL, "%s holds no private key in PEM form",
                      file);
    /* It may have been a private key. */
    if (text.data)
        explicit_bzero(text.data, text.len);
    return r;
}

bool config_check_file(struct config_reader *r, const struct yaml_mark *mark,
                       const char *path, const char *file,
                       enum config_file kind)
{
    _cleanup_free_ char *seen = NULL;
    struct error err;

    if (!file)
        return true;
    seen = xasprintf("%d %s", kind, file);
    if (hashmap_set(r->files, seen, r))
        return true;
    if (check_contents(file, kind, &err) == 0)
        return true;
    yaml_problem(r->problems, mark, path, "%s", err.text);
    return false;
}
