/* SPDX-License-Identifier: Apache-2.0 */
/* The address of a syslog receiver; see syslog_address.h. */
#include "sinks/syslog_address.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "util/macro.h"

static const struct scheme {
    const char *prefix;
    enum syslog_kind kind;
    const char *port;
} schemes[] = {
    {"udp://", SYSLOG_UDP, "514"},
    {"tcp://", SYSLOG_TCP, "514"},
    {"tls://", SYSLOG_TLS, "6514"},
    {"unix://", SYSLOG_UNIX, ""},
};

static const struct scheme *find_scheme(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        if (strncmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
            return &schemes[i];
    return NULL;
}

static int refuse(const char *text, const char *why, struct error *err)
{
    return error_set(err, -EINVAL, "address \"%s\": %s", text, why);
}

/* A copy of `len` bytes into an array; false if that is empty or too long. */
static bool copy(char *to, size_t size, const char *from, size_t len)
{
    if (len == 0 || len >= size)
        return false;
    memcpy(to, from, len);
    to[len] = '\0';
    return true;
}

static bool is_port(const char *text)
{
    unsigned long value = 0;
    size_t len = strlen(text);

    for (const char *at = text; *at; at++) {
        if (*at < '0' || *at > '9')
            return false;
        value = value * 10 + (unsigned long)(*at - '0');
    }
    return len > 0 && len <= 5 && value > 0 && value <= 65535;
}

static int parse_host(const char *text, const char *rest,
                      struct syslog_address *ret, struct error *err)
{
    bool brackets = *rest == '[';
    const char *host = rest + brackets;
    size_t len = strcspn(host, brackets ? "]" : ":/");
    const char *end = host + len;

    if (brackets && *end != ']')
        return refuse(text, "'[' without ']'", err);
    if (!copy(ret->host, sizeof(ret->host), host, len))
        return refuse(text, "a host is missing (like tcp://host:514)", err);
    end += brackets;
    if (*end == '\0')
        return 0;
    if (*end != ':' || !is_port(end + 1))
        return refuse(text,
                      "after the host there can only be :PORT, from 1 "
                      "to 65535 (IPv6 addresses stand in [])",
                      err);
    snprintf(ret->port, sizeof(ret->port), "%s", end + 1);
    return 0;
}

int syslog_address_parse(const char *text, struct syslog_address *ret,
                         struct error *err)
{
    const struct scheme *scheme = find_scheme(text);
    const char *rest;

    *ret = (struct syslog_address){0};
    if (!scheme)
        return refuse(text,
                      "it must begin with udp://, tcp://, tls:// or "
                      "unix://",
                      err);
    ret->kind = scheme->kind;
    rest = text + strlen(scheme->prefix);
    if (ret->kind != SYSLOG_UNIX) {
        snprintf(ret->port, sizeof(ret->port), "%s", scheme->port);
        return parse_host(text, rest, ret, err);
    }
    if (*rest != '/' || !copy(ret->path, sizeof(ret->path), rest, strlen(rest)))
        return refuse(text,
                      "after unix:// there must be an absolute path of "
                      "less than 108 bytes (unix:///dev/log)",
                      err);
    return 0;
}
