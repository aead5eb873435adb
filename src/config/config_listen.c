/* SPDX-License-Identifier: Apache-2.0 */
/* `listen:` of all files, one after another; no address twice. */
#include <errno.h>
#include <string.h>

#include "config/config_tls.h"
#include "util/alloc.h"

#define MEMBER(m) offsetof(struct config_listener, m)

static const struct option tls_options[] = {
    {
        .key = "certificate",
        .kind = OPTION_TEXT,
        .offset = MEMBER(certificate),
        .meaning = "PEM file with the server's certificate and its chain",
    },
    {
        .key = "key",
        .kind = OPTION_TEXT,
        .offset = MEMBER(key),
        .meaning = "PEM file with its private key",
    },
    {
        .key = "client_ca",
        .kind = OPTION_TEXT,
        .offset = MEMBER(client_ca),
        .meaning =
            "PEM file: BMCs must show a certificate signed by one of these",
    },
    {0},
};

const struct option config_listener_options[] = {
    {
        .key = "address",
        .kind = OPTION_TEXT,
        .offset = MEMBER(address),
        .meaning = "host:port, \"[::]:port\" for all addresses, or fd:NAME",
        .required = true,
    },
    {
        .key = "tls",
        .kind = OPTION_SECTION,
        .meaning = "files for HTTPS; none: plain HTTP",
        .section = tls_options,
    },
    {0},
};

/* One item of the list, and where it stands. */
struct item {
    struct config_reader *r;
    const struct yaml_node *node;
    const char *path;
    struct config_listener *listener;
};

/* The nearest that is written: the key, its section, the item. */
static const struct yaml_mark *mark_of(const struct item *it, const char *key)
{
    const struct yaml_node *tls = yaml_find(it->node, "tls");
    const struct yaml_node *node = yaml_find(tls, key);

    if (node)
        return &node->mark;
    return tls ? &tls->mark : &it->node->mark;
}

/* Both or neither: half of a TLS configuration never serves plain HTTP. */
static void check_tls(const struct item *it)
{
    const struct config_listener *l = it->listener;
    const struct yaml_node *tls = yaml_find(it->node, "tls");
    struct yaml_problems *problems = it->r->problems;
    _cleanup_free_ char *path = option_path(it->path, "tls");

    if (!tls || tls->kind != YAML_MAPPING)
        return;
    if (!l->certificate)
        yaml_problem(problems, &tls->mark, path,
                     "'certificate' is missing: without it nothing can be "
                     "served over TLS (remove tls: for plain HTTP)");
    if (!l->key)
        yaml_problem(problems, &tls->mark, path,
                     "'key' is missing: the private key of the certificate");
    config_check_file(it->r, mark_of(it, "certificate"), path, l->certificate,
                      CONFIG_FILE_CERTIFICATE);
    config_check_file(it->r, mark_of(it, "key"), path, l->key, CONFIG_FILE_KEY);
    config_check_pair(it->r, mark_of(it, "certificate"), path, l->certificate,
                      l->key);
    config_check_file(it->r, mark_of(it, "client_ca"), path, l->client_ca,
                      CONFIG_FILE_CERTIFICATE);
}

/* A port of 0 is another one each time. */
static bool is_any_port(const char *address)
{
    size_t len = strlen(address);

    return len >= 2 && strcmp(address + len - 2, ":0") == 0;
}

static void check_address(const struct item *it, struct hashmap *seen)
{
    const struct yaml_node *node = yaml_find(it->node, "address"), *first;
    _cleanup_free_ char *path = option_path(it->path, "address");
    struct error err;

    if (!it->listener->address)
        return;
    if (config_check_address(it->listener->address, &err) < 0) {
        yaml_problem(it->r->problems, &node->mark, path, "%s", err.text);
        return;
    }
    if (is_any_port(it->listener->address))
        return;
    first = hashmap_set(seen, it->listener->address, (void *)node);
    if (first)
        yaml_problem(it->r->problems, &node->mark, path,
                     "'%s' is already taken on line %u of %s",
                     it->listener->address, first->mark.line, first->mark.file);
}

static void read_item(struct item *it, struct hashmap *seen)
{
    struct yaml_problems *problems = it->r->problems;

    if (it->node->kind != YAML_MAPPING) {
        yaml_problem(problems, &it->node->mark, it->path,
                     "expected a mapping such as {address: \"[::]:8443\"}, "
                     "found %s",
                     option_kind_of(it->node));
        return;
    }
    option_read(config_listener_options, it->node, it->path, it->listener,
                problems);
    check_address(it, seen);
    check_tls(it);
}

void config_read_listeners(struct config_reader *r)
{
    const struct yaml_node *metrics = config_node(r, "control", "metrics");
    struct config *c = r->config;
    struct hashmap *seen = hashmap_new();

    /* The metrics' listener is not in this list, but takes an address too. */
    if (c->control.metrics && metrics && !is_any_port(c->control.metrics))
        hashmap_set(seen, c->control.metrics, (void *)metrics);
    c->listeners =
        xcalloc(config_list_count(r, "listen"), sizeof(*c->listeners));
    for (size_t i = 0; i < r->root_count; i++) {
        const struct yaml_node *list = config_list(r, i, "listen");

        for (size_t k = 0; list && k < list->count; k++) {
            _cleanup_free_ char *path = xasprintf("listen[%zu]", k);
            struct item it = {r, list->items[k], path,
                              &c->listeners[c->listener_count++]};

            read_item(&it, seen);
        }
    }
    hashmap_free(seen);
}

void config_listener_done(struct config_listener *listener)
{
    option_done(config_listener_options, listener);
}
