/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `bmcs:` of all files, each a copy of bmc_defaults with its own keys laid
 * over it. Whether what was read is right is judged by config_bmc_check.c.
 */
#include "config/config_bmc_parts.h"

#include <string.h>

#include "util/alloc.h"

#define MEMBER(m) offsetof(struct config_bmc, m)
#define TLS(m) (MEMBER(tls.m) - MEMBER(tls))

const char *const config_receive_choices[] = {
    [RECEIVE_AUTO] = "auto",       [RECEIVE_WEBHOOK] = "webhook",
    [RECEIVE_SSE] = "sse",         [RECEIVE_POLL] = "poll",
    [RECEIVE_PASSIVE] = "passive", NULL,
};

static const struct option tls_options[] = {
    {
        .key = "verify",
        .kind = OPTION_BOOL,
        .offset = TLS(verify),
        .standard = "true",
        .meaning = "check the BMC's certificate and name",
    },
    {
        .key = "ca",
        .kind = OPTION_TEXT,
        .offset = TLS(ca),
        .meaning = "PEM file of the CAs to trust; none: the system's",
    },
    {
        .key = "fingerprint",
        .kind = OPTION_TEXT,
        .offset = TLS(fingerprint),
        .meaning = "\"sha256:...\" of the BMC's very certificate",
    },
    {0},
};

const struct option config_bmc_options[] = {
    {
        .key = "name",
        .kind = OPTION_TEXT,
        .offset = MEMBER(name),
        .meaning = "what you call it",
        .required = true,
    },
    {
        .key = "url",
        .kind = OPTION_TEXT,
        .offset = MEMBER(url),
        .meaning = "https://host or https://host:port",
        .required = true,
    },
    {
        .key = "token",
        .kind = OPTION_TEXT,
        .offset = MEMBER(token),
        .meaning = "last part of the webhook's path; none: Trawl makes one",
    },
    {0},
};

const struct option config_bmc_shared_options[] = {
    {
        .key = "username",
        .kind = OPTION_TEXT,
        .offset = MEMBER(username),
        .meaning = "account on the BMC",
    },
    {
        .key = "password_file",
        .kind = OPTION_TEXT,
        .offset = MEMBER(password_file),
        .meaning = "file with its password; {name} stands for the BMC's name",
    },
    {
        .key = "credential",
        .kind = OPTION_TEXT,
        .offset = MEMBER(credential),
        .meaning =
            "in place of the file: a name from LoadCredential= of the unit",
    },
    {
        .key = "receive",
        .kind = OPTION_CHOICE,
        .offset = MEMBER(receive),
        .standard = "auto",
        .meaning = "how its events come: auto, webhook, sse, poll or passive",
        .choices = config_receive_choices,
    },
    {
        .key = "public_url",
        .kind = OPTION_TEXT,
        .offset = MEMBER(public_url),
        .meaning = "in place of the general one: how this BMC reaches us",
    },
    {
        .key = "tls",
        .kind = OPTION_SECTION,
        .offset = MEMBER(tls),
        .meaning = "how its certificate is checked",
        .section = tls_options,
    },
    {
        .key = "labels",
        .kind = OPTION_PAIRS,
        .offset = MEMBER(labels),
        .meaning =
            "names and values of your own, carried by each of its events",
    },
    {0},
};

/* A BMC's own way to its password takes the place of the default's. */
static void take_login(const struct config_bmc_item *it)
{
    bool file = yaml_find(it->node, "password_file") != NULL;
    bool credential = yaml_find(it->node, "credential") != NULL;

    if (file && !credential) {
        free(it->bmc->credential);
        it->bmc->credential = NULL;
    }
    if (credential && !file) {
        free(it->bmc->password_file);
        it->bmc->password_file = NULL;
    }
}

static void read_bmc(const struct config_bmc_item *it)
{
    const struct option *const tables[] = {config_bmc_options,
                                           config_bmc_shared_options};
    struct yaml_problems *problems = it->f->r->problems;

    if (it->node->kind != YAML_MAPPING) {
        yaml_problem(problems, &it->node->mark, it->path,
                     "expected a mapping such as {name: r1-n01, url: "
                     "https://10.0.0.11}, found %s",
                     option_kind_of(it->node));
        return;
    }
    option_check_keys(tables, ARRAY_LEN(tables), it->node, it->path, problems);
    option_init(config_bmc_options, it->bmc);
    option_copy(config_bmc_shared_options, &it->f->defaults, it->bmc);
    take_login(it);
    option_overlay(config_bmc_options, it->node, it->path, it->bmc, problems);
    option_overlay(config_bmc_shared_options, it->node, it->path, it->bmc,
                   problems);
    config_bmc_check(it);
}

static void read_defaults(struct config_fleet *f)
{
    const struct option *table = config_bmc_shared_options;
    struct config_reader *r = f->r;

    option_init(table, &f->defaults);
    for (size_t i = 0; i < r->root_count; i++) {
        const struct yaml_node *node = yaml_find(r->roots[i], "bmc_defaults");
        const struct yaml_node *url = yaml_find(node, "public_url");

        option_check_keys(&table, 1, node, "bmc_defaults", r->problems);
        option_overlay(table, node, "bmc_defaults", &f->defaults, r->problems);
        if (url && f->defaults.public_url)
            config_tidy_url(r, url, "bmc_defaults.public_url", true,
                            f->defaults.public_url);
    }
}

static void read_list(struct config_fleet *f, const struct yaml_node *list)
{
    struct config *c = f->r->config;

    for (size_t i = 0; list && i < list->count; i++) {
        const struct yaml_node *name = yaml_find(list->items[i], "name");
        _cleanup_free_ char *path = name && name->text
                                        ? option_path("bmcs", name->text)
                                        : xasprintf("bmcs[%zu]", i);
        struct config_bmc_item it = {f, list->items[i], path,
                                     &c->bmcs[c->bmc_count++]};

        read_bmc(&it);
    }
}

void config_read_bmcs(struct config_reader *r)
{
    struct config_fleet f = {.r = r,
                             .names = hashmap_new(),
                             .urls = hashmap_new(),
                             .tokens = hashmap_new(),
                             .said = hashmap_new()};

    read_defaults(&f);
    r->config->bmcs =
        xcalloc(config_list_count(r, "bmcs"), sizeof(*r->config->bmcs));
    for (size_t i = 0; i < r->root_count; i++)
        read_list(&f, config_list(r, i, "bmcs"));
    config_bmc_check_end(&f);
    option_done(config_bmc_shared_options, &f.defaults);
    hashmap_free(f.names);
    hashmap_free(f.urls);
    hashmap_free(f.tokens);
    hashmap_free(f.said);
}

struct config_bmc *config_bmc_copy(const struct config_bmc *bmc)
{
    struct config_bmc *copy = XNEW(struct config_bmc);

    option_copy(config_bmc_options, bmc, copy);
    option_copy(config_bmc_shared_options, bmc, copy);
    return copy;
}

void config_bmc_free(struct config_bmc *bmc)
{
    if (!bmc)
        return;
    config_bmc_done(bmc);
    free(bmc);
}

void config_bmc_done(struct config_bmc *bmc)
{
    option_done(config_bmc_options, bmc);
    option_done(config_bmc_shared_options, bmc);
}
