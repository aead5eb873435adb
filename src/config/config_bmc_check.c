/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must be right about one BMC: a name that can be used, a URL that is
 * one, a token that is a secret, a way to its password. What is wrong in
 * bmc_defaults is said for the first BMC only, not for thousands.
 */
#include "config/config_bmc_parts.h"
#include "config/config_tls.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "util/alloc.h"
#include "util/file.h"

#define TOKEN_MIN 16
#define TOKEN_MAX 256
#define PASSWORDS_SAID 10 /* of all the password files that are missing */
#define FINGERPRINT "sha256:"
#define FINGERPRINT_DIGITS 64

/* The node of "tls.ca" or "name" below a mapping, or NULL. */
static const struct yaml_node *find(const struct yaml_node *mapping,
                                    const char *key)
{
    if (strncmp(key, "tls.", 4) == 0)
        return yaml_find(yaml_find(mapping, "tls"), key + 4);
    return yaml_find(mapping, key);
}

/* Where a value stands: with the BMC, or in the defaults. */
static const struct yaml_mark *mark_of(const struct config_bmc_item *it,
                                       const char *key, bool *ret_own)
{
    const struct config_reader *r = it->f->r;
    const struct yaml_node *node = find(it->node, key);

    *ret_own = node != NULL;
    for (size_t i = 0; !node && i < r->root_count; i++)
        node = find(yaml_find(r->roots[i], "bmc_defaults"), key);
    return node ? &node->mark : &it->node->mark;
}

void config_bmc_complain(const struct config_bmc_item *it, const char *key,
                         const char *format, ...)
{
    _cleanup_free_ char *path = option_path(it->path, key);
    struct error err;
    va_list args;
    bool own;
    const struct yaml_mark *mark = mark_of(it, key, &own);

    if (!own && hashmap_set(it->f->said, key, it->f))
        return;
    va_start(args, format);
    vsnprintf(err.text, sizeof(err.text), format, args);
    va_end(args);
    yaml_problem(it->f->r->problems, mark, path, "%s", err.text);
}

/* The BMC that had the same value before; remembers this one if none. */
static const struct yaml_node *same_before(struct hashmap *seen,
                                           const char *value,
                                           const struct config_bmc_item *it)
{
    const struct yaml_node *first = hashmap_find(seen, value);

    if (!first)
        hashmap_set(seen, value, (void *)it->node);
    return first;
}

static const char *name_at(const struct yaml_node *bmc)
{
    const struct yaml_node *name = yaml_find(bmc, "name");

    return name && name->text ? name->text : "?";
}

/* The name is part of file names, URLs and Kafka keys. */
static void check_name(const struct config_bmc_item *it)
{
    const struct yaml_node *first;
    struct error err;

    if (!it->bmc->name)
        return;
    if (config_check_name(it->bmc->name, &err) < 0) {
        config_bmc_complain(it, "name", "%s", err.text);
        return;
    }
    first = same_before(it->f->names, it->bmc->name, it);
    if (first)
        config_bmc_complain(it, "name",
                            "a BMC of this name is already on line %u of %s",
                            first->mark.line, first->mark.file);
}

/* Two ways to write one URL compare equal: letter case, the usual port. */
static char *url_key(const char *url)
{
    char *key = xstrdup(url);
    size_t len = strlen(key);

    for (char *p = key; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    if (strncmp(key, "https:", 6) == 0 && len > 4 &&
        strcmp(key + len - 4, ":443") == 0)
        key[len - 4] = '\0';
    else if (strncmp(key, "http:", 5) == 0 && len > 3 &&
             strcmp(key + len - 3, ":80") == 0)
        key[len - 3] = '\0';
    return key;
}

static void check_url(const struct config_bmc_item *it)
{
    const struct yaml_node *node = yaml_find(it->node, "url"), *first;
    _cleanup_free_ char *path = option_path(it->path, "url");
    _cleanup_free_ char *key = NULL;

    if (!it->bmc->url ||
        !config_tidy_url(it->f->r, node, path, false, it->bmc->url))
        return;
    key = url_key(it->bmc->url);
    first = same_before(it->f->urls, key, it);
    if (first && it->f->same_url != it->node)
        yaml_warning(it->f->r->problems, &node->mark, path,
                     "'%s' on line %u of %s has the same URL: each of its "
                     "events would come twice",
                     name_at(first), first->mark.line, first->mark.file);
    if (first)
        it->f->same_url = it->node;
}

/* What can stand in a path as it is. A token is a secret: never shown. */
static bool is_token(const char *token)
{
    for (; *token; token++)
        if (!isalnum((unsigned char)*token) && !strchr("-._~", *token))
            return false;
    return true;
}

static void check_token(const struct config_bmc_item *it)
{
    const char *token = it->bmc->token;
    const struct yaml_node *first;
    size_t len = token ? strlen(token) : 0;

    if (!token)
        return;
    if (len < TOKEN_MIN || len > TOKEN_MAX) {
        config_bmc_complain(
            it, "token",
            "has %zu characters: a token that nobody guesses has %d to "
            "%d (openssl rand -hex 16 makes one)",
            len, TOKEN_MIN, TOKEN_MAX);
        return;
    }
    if (!is_token(token)) {
        config_bmc_complain(it, "token",
                            "is a part of a URL: letters, digits, "
                            "'-', '.', '_' and '~' only");
        return;
    }
    first = same_before(it->f->tokens, token, it);
    if (first)
        config_bmc_complain(
            it, "token",
            "'%s' on line %u of %s has the same token: each BMC needs "
            "its own",
            name_at(first), first->mark.line, first->mark.file);
}

/* To "sha256:" and 64 lower-case digits, without the usual colons. */
static void tidy_fingerprint(const struct config_bmc_item *it)
{
    char *from = it->bmc->tls.fingerprint, *to;
    size_t start = strlen(FINGERPRINT);

    if (!from)
        return;
    if (strncasecmp(from, FINGERPRINT, start) != 0) {
        config_bmc_complain(
            it, "tls.fingerprint",
            "must begin with sha256: (openssl "
            "x509 -noout -fingerprint -sha256 -in FILE shows it)");
        return;
    }
    to = from;
    for (size_t i = 0; from[i]; i++)
        if (i < start || from[i] != ':')
            *to++ = (char)tolower((unsigned char)from[i]);
    *to = '\0';
    if (strspn(from + start, "0123456789abcdef") != FINGERPRINT_DIGITS ||
        strlen(from + start) != FINGERPRINT_DIGITS)
        config_bmc_complain(it, "tls.fingerprint",
                            "a SHA-256 has %d hexadecimal digits",
                            FINGERPRINT_DIGITS);
}

/* It may be meant so. */
static void warn_of_blank(const struct config_bmc_item *it, const char *key,
                          const char *path, const char *password)
{
    size_t len = strlen(password);
    bool own;

    if (isspace((unsigned char)password[0]) ||
        (len > 0 && isspace((unsigned char)password[len - 1])))
        yaml_warning(it->f->r->problems, mark_of(it, key, &own), path,
                     "the password begins or ends with a blank, which is taken "
                     "as a part of it");
}

/* Reads it as the daemon will, and forgets it. */
static void try_password(const struct config_bmc_item *it, const char *key)
{
    _cleanup_free_ char *path = option_path(it->path, key);
    char *password = NULL;
    struct error err;
    bool own;

    if (config_password(it->bmc, &password, &err) < 0) {
        if (++it->f->bad_passwords <= PASSWORDS_SAID)
            yaml_problem(it->f->r->problems, mark_of(it, key, &own), path, "%s",
                         err.text);
        return;
    }
    warn_of_blank(it, key, path, password);
    explicit_bzero(password, strlen(password));
    free(password);
}

/* A BMC that only sends, and is asked nothing, needs no password. */
static void check_login(const struct config_bmc_item *it)
{
    const struct config_bmc *bmc = it->bmc;
    bool asked = bmc->receive != RECEIVE_PASSIVE;

    if (bmc->credential && strchr(bmc->credential, '/')) {
        config_bmc_complain(it, "credential",
                            "is a name, not a path (for a file, "
                            "use password_file)");
        return;
    }
    if (bmc->password_file && bmc->credential)
        config_bmc_complain(it, "credential",
                            "stands beside password_file: keep "
                            "one of them");
    else if (asked && bmc->username && !bmc->password_file && !bmc->credential)
        config_bmc_complain(it, "username",
                            "has no password: add password_file "
                            "or credential");
    else if ((bmc->password_file || bmc->credential) && !bmc->username)
        config_bmc_complain(it,
                            bmc->credential ? "credential" : "password_file",
                            "has no user: add username");
    else if (asked && bmc->password_file)
        try_password(it, "password_file");
    /*
     * systemd gives credentials to the service only: --check-config in a shell
     * cannot look, and does not complain.
     */
    else if (asked && bmc->credential && getenv("CREDENTIALS_DIRECTORY"))
        try_password(it, "credential");
}

/* A token of its own in the main file goes before a default's file. */
static void read_token(const struct config_bmc_item *it)
{
    struct config_bmc *bmc = it->bmc;
    _cleanup_free_ char *path = option_path(it->path, "token_file");
    struct error err;
    bool own;

    if (!bmc->token_file || !bmc->name)
        return;
    if (bmc->token && yaml_find(it->node, "token_file"))
        config_bmc_complain(it, "token_file",
                            "stands beside token: keep one of them");
    else if (!bmc->token &&
             file_read_secret(bmc->token_file, &bmc->token, &err) < 0 &&
             ++it->f->bad_passwords <= PASSWORDS_SAID)
        yaml_problem(it->f->r->problems, mark_of(it, "token_file", &own), path,
                     "%s", err.text);
}

static void check_certificate(const struct config_bmc_item *it)
{
    _cleanup_free_ char *path = option_path(it->path, "tls.certificate");
    _cleanup_free_ char *key_path = option_path(it->path, "tls.key");
    const struct config_tls *tls = &it->bmc->tls;
    bool own;

    if (!tls->certificate != !tls->key)
        config_bmc_complain(it, tls->key ? "tls.key" : "tls.certificate",
                            "certificate and key belong together: add the "
                            "other one");
    config_check_file(it->f->r, mark_of(it, "tls.certificate", &own), path,
                      tls->certificate, CONFIG_FILE_CERTIFICATE);
    config_check_file(it->f->r, mark_of(it, "tls.key", &own), key_path,
                      tls->key, CONFIG_FILE_KEY);
    config_check_pair(it->f->r, mark_of(it, "tls.certificate", &own), path,
                      tls->certificate, tls->key);
}

/* For how its events come, something must listen, and be told where. */
static void check_receive(const struct config_bmc_item *it)
{
    const struct config *c = it->f->r->config;
    const char *way = config_receive_choices[it->bmc->receive];

    if ((it->bmc->receive != RECEIVE_WEBHOOK &&
         it->bmc->receive != RECEIVE_PASSIVE) ||
        it->f->said_no_listener)
        return;
    if (c->listener_count == 0) {
        it->f->said_no_listener = true;
        config_bmc_complain(it, "receive",
                            "'%s' needs an address in listen: for "
                            "BMCs to post to",
                            way);
    } else if (it->bmc->receive == RECEIVE_WEBHOOK && !c->public_url &&
               !it->bmc->public_url) {
        it->f->said_no_listener = true;
        config_bmc_complain(it, "receive",
                            "'%s' needs public_url: how BMCs reach "
                            "this collector",
                            way);
    }
}

void config_bmc_check(const struct config_bmc_item *it)
{
    _cleanup_free_ char *url_path = option_path(it->path, "public_url");
    _cleanup_free_ char *ca_path = option_path(it->path, "tls.ca");
    const struct yaml_node *url = yaml_find(it->node, "public_url");
    bool own;

    check_name(it);
    check_url(it);
    read_token(it);
    check_token(it);
    check_certificate(it);
    tidy_fingerprint(it);
    check_login(it);
    check_receive(it);
    if (url && it->bmc->public_url)
        config_tidy_url(it->f->r, url, url_path, true, it->bmc->public_url);
    config_check_file(it->f->r, mark_of(it, "tls.ca", &own), ca_path,
                      it->bmc->tls.ca, CONFIG_FILE_CERTIFICATE);
}

void config_bmc_check_end(const struct config_fleet *f)
{
    if (f->bad_passwords > PASSWORDS_SAID)
        yaml_problem(f->r->problems, NULL, "bmcs",
                     "%zu more BMCs have no password or token that can be "
                     "read",
                     f->bad_passwords - PASSWORDS_SAID);
}
