/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See options.h. Settings of a BMC come, the later over the earlier, from: the
 * dialect, the general options, "defaults" of the file, --set, the BMC's own
 * entry in the file.
 */
#include "options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "help.h"

#define BMCS_MAX 65000

static int parse_address(const char *text, struct sockaddr_in *ret,
                         struct error *err)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;

    *ret = (struct sockaddr_in){.sin_family = AF_INET};
    if (!colon || !colon[1] || *end || port > 65535 ||
        (size_t)(colon - text) >= sizeof(host))
        return error_set(err, -EINVAL, "'%s' is not ADDR:PORT", text);
    snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
    ret->sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, *host ? host : "127.0.0.1", &ret->sin_addr) != 1)
        return error_set(err, -EINVAL, "'%s' is not an IPv4 address", host);
    return 0;
}

static int parse_number(const char *text, long max, long *ret,
                        struct error *err)
{
    char *end;

    *ret = strtol(text, &end, 10);
    if (!*text || *end || *ret < 0 || *ret > max)
        return error_set(err, -EINVAL, "'%s' is not a number from 0 to %ld",
                         text, max);
    return 0;
}

static int parse_set(struct options *o, const char *text, struct error *err)
{
    const char *equals = strchr(text, '=');
    _cleanup_(freep) char *key = NULL;

    if (!equals || equals == text)
        return error_set(err, -EINVAL, "--set wants KEY=VALUE, not '%s'", text);
    key = strndup(text, (size_t)(equals - text));
    json_object_set_new(o->set, key, knob_guess(equals + 1));
    return 0;
}

enum {
    OPT_CONFIG = 256,
    OPT_BMCS,
    OPT_LISTEN,
    OPT_TLS,
    OPT_CONTROL,
    OPT_PORTS_FILE,
    OPT_USERNAME,
    OPT_PASSWORD,
    OPT_VENDOR,
    OPT_PORT_PER_BMC,
    OPT_ADDRESS_PER_BMC,
    OPT_REGISTRIES,
    OPT_SCENARIO,
    OPT_SET,
    OPT_LEDGER_LIMIT,
    OPT_THREADS,
    OPT_DIE_WITH_PARENT,
    OPT_QUIET,
    OPT_HELP,
    OPT_VERSION
};

static const struct option long_options[] = {
    {"config", 1, NULL, OPT_CONFIG},
    {"bmcs", 1, NULL, OPT_BMCS},
    {"listen", 1, NULL, OPT_LISTEN},
    {"tls", 1, NULL, OPT_TLS},
    {"control", 1, NULL, OPT_CONTROL},
    {"ports-file", 1, NULL, OPT_PORTS_FILE},
    {"username", 1, NULL, OPT_USERNAME},
    {"password", 1, NULL, OPT_PASSWORD},
    {"vendor", 1, NULL, OPT_VENDOR},
    {"port-per-bmc", 0, NULL, OPT_PORT_PER_BMC},
    {"address-per-bmc", 0, NULL, OPT_ADDRESS_PER_BMC},
    {"registries", 1, NULL, OPT_REGISTRIES},
    {"scenario", 1, NULL, OPT_SCENARIO},
    {"set", 1, NULL, OPT_SET},
    {"ledger-limit", 1, NULL, OPT_LEDGER_LIMIT},
    {"threads", 1, NULL, OPT_THREADS},
    {"die-with-parent", 0, NULL, OPT_DIE_WITH_PARENT},
    {"quiet", 0, NULL, OPT_QUIET},
    {"help", 0, NULL, OPT_HELP},
    {"version", 0, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

/* --tls has two values: the second is the next word. */
static int take_tls(struct options *o, int argc, char **argv, struct error *err)
{
    if (optind >= argc)
        return error_set(err, -EINVAL, "--tls wants CERT and KEY");
    o->certificate = optarg;
    o->key = argv[optind++];
    return 0;
}

static int take_option(struct options *o, int option, struct error *err)
{
    switch (option) {
    case OPT_CONFIG:
        o->config = optarg;
        return 0;
    case OPT_BMCS:
        return parse_number(optarg, BMCS_MAX, &o->bmcs, err);
    case OPT_LISTEN:
        return parse_address(optarg, &o->listen, err);
    case OPT_CONTROL:
        return parse_address(optarg, &o->control, err);
    case OPT_PORTS_FILE:
        o->ports_file = optarg;
        return 0;
    case OPT_USERNAME:
        o->username = optarg;
        return 0;
    case OPT_PASSWORD:
        o->password = optarg;
        return 0;
    case OPT_VENDOR:
        if (o->n_vendors == VENDORS_MAX)
            return error_set(err, -EINVAL, "too many --vendor");
        o->vendors[o->n_vendors++] = optarg;
        return 0;
    case OPT_PORT_PER_BMC:
    case OPT_ADDRESS_PER_BMC:
        o->address_per_bmc = option == OPT_ADDRESS_PER_BMC;
        return 0;
    case OPT_REGISTRIES:
        o->registries = optarg;
        return 0;
    case OPT_SCENARIO:
        o->scenario = optarg;
        return 0;
    case OPT_SET:
        return parse_set(o, optarg, err);
    case OPT_LEDGER_LIMIT:
        return parse_number(optarg, 1000000000, &o->ledger_limit, err);
    case OPT_THREADS:
        return parse_number(optarg, 64, &o->threads, err);
    case OPT_DIE_WITH_PARENT:
        o->die_with_parent = true;
        return 0;
    case OPT_QUIET:
        o->quiet = true;
        return 0;
    }
    return error_set(err, -EINVAL, "see bmcsim --help");
}

int options_parse(struct options *o, int argc, char **argv, struct error *err)
{
    int option, r;

    *o = (struct options){.bmcs = -1, .threads = 1, .set = json_object()};
    parse_address("127.0.0.1:0", &o->listen, NULL);
    o->control = o->listen;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0) {
        if (option == OPT_HELP) {
            help_print();
            return 1;
        }
        if (option == OPT_VERSION) {
            puts("bmcsim " PACKAGE_VERSION);
            return 1;
        }
        r = option == OPT_TLS ? take_tls(o, argc, argv, err)
                              : take_option(o, option, err);
        if (r < 0)
            return r;
    }
    if (optind < argc)
        return error_set(err, -EINVAL,
                         "'%s' is not expected: see bmcsim --help",
                         argv[optind]);
    return 0;
}

void options_done(struct options *o)
{
    json_decref(o->set);
}

/* ---- making the BMCs
 * ------------------------------------------------------------- */

/* The general options as settings; a user given here is for every BMC. */
static json_t *general_settings(const struct options *o)
{
    json_t *settings = json_object();

    if (o->username)
        json_object_set_new(settings, "username", json_string(o->username));
    if (o->password)
        json_object_set_new(settings, "password", json_string(o->password));
    if (o->certificate) {
        json_object_set_new(settings, "certificate",
                            json_string(o->certificate));
        json_object_set_new(settings, "key", json_string(o->key));
        json_object_set_new(settings, "tls", json_true());
    }
    return settings;
}

static int apply_settings(struct bmc *b, json_t *settings, struct error *err)
{
    json_t *behave = json_object_get(settings, "behave");
    struct error inner;
    int r = 0;

    if (settings)
        r = knob_apply(dialect_knobs, &b->dialect, settings,
                       "name dialect behave", &inner);
    if (r >= 0 && behave)
        r = knob_apply(behave_knobs, &b->behave, behave, NULL, &inner);
    return r < 0 ? error_set(err, r, "%s: %s", b->name, inner.text) : 0;
}

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* The i-th BMC; entry is its own in the file, or NULL. */
static int add_bmc(const struct options *o, struct sim *sim, json_t *file,
                   size_t i, json_t *entry, struct error *err)
{
    json_t *defaults = json_object_get(file, "defaults"),
           *general = general_settings(o);
    const char *vendor = text_of(entry, "dialect");
    char name[32];
    struct bmc *b;
    int r = -EINVAL;

    snprintf(name, sizeof(name), "bmc%03zu", i + 1);
    if (!vendor)
        vendor = o->n_vendors ? o->vendors[i % o->n_vendors]
                              : text_of(defaults, "dialect");
    b = sim_add_bmc(sim, text_of(entry, "name") ? text_of(entry, "name") : name,
                    vendor, err);
    if (b)
        r = apply_settings(b, general, err);
    if (r >= 0)
        r = apply_settings(b, defaults, err);
    if (r >= 0)
        r = apply_settings(b, o->set, err);
    if (r >= 0)
        r = apply_settings(b, entry, err);
    json_decref(general);
    return r;
}

static void set_address(const struct options *o, struct bmc *b, size_t i)
{
    uint32_t address = ntohl(o->listen.sin_addr.s_addr);
    uint16_t port = ntohs(o->listen.sin_port);

    b->address = o->listen;
    if (o->address_per_bmc)
        b->address.sin_addr.s_addr = htonl(address + 1 + (uint32_t)i);
    else if (port)
        b->address.sin_port = htons((uint16_t)(port + i));
}

int options_apply(const struct options *o, struct sim *sim, struct error *err)
{
    json_error_t why;
    json_t *file =
        o->config ? json_load_file(o->config, 0, &why) : json_object();
    json_t *entries = json_object_get(file, "bmcs");
    size_t listed = json_array_size(entries), n = listed;
    int r = 0;

    if (!file)
        return error_set(err, -EINVAL, "%s:%d: %s", o->config, why.line,
                         why.text);
    if (o->bmcs >= 0)
        n = (size_t)o->bmcs > listed ? (size_t)o->bmcs : listed;
    else if (n == 0)
        n = 1;
    for (size_t i = 0; i < n && r >= 0; i++) {
        r = add_bmc(o, sim, file, i, json_array_get(entries, i), err);
        if (r >= 0)
            set_address(o, sim->bmcs[i], i);
    }
    sim->ledger_limit = (size_t)o->ledger_limit;
    sim->threads = (unsigned)(o->threads ? o->threads : 1);
    json_decref(file);
    return r;
}
