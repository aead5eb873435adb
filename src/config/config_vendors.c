/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `vendors:` of all files: a name that is known changes the built-in row of
 * that name, another makes a new row.
 */
#include <jansson.h>
#include <string.h>

#include "config/config_parts.h"
#include "util/alloc.h"
#include "vendors.h"

#define MEMBER(m) offsetof(struct vendor, m)
#define TEXT(name, member, text)                                    \
    {                                                               \
        .key = name, .kind = OPTION_TEXT, .offset = MEMBER(member), \
        .meaning = text,                                            \
    }
#define FLAG(name, member, text)                                    \
    {                                                               \
        .key = name, .kind = OPTION_BOOL, .offset = MEMBER(member), \
        .standard = "false", .meaning = text,                       \
    }
#define CHOICE(name, member, value, list, text)                       \
    {                                                                 \
        .key = name, .kind = OPTION_CHOICE, .offset = MEMBER(member), \
        .standard = value, .meaning = text, .choices = list,          \
    }
#define DELAY(name, member, text)                                       \
    {                                                                   \
        .key = name, .kind = OPTION_DURATION, .offset = MEMBER(member), \
        .meaning = text,                                                \
    }
/* All sections lie in one structure. */
#define SECTION(name, table, text)                            \
    {                                                         \
        .key = name, .kind = OPTION_SECTION, .meaning = text, \
        .section = table,                                     \
    }

static const char *const rungs[] = {
    [SUBSCRIBE_FULL] = "full",
    [SUBSCRIBE_NO_POLICY] = "no_policy",
    [SUBSCRIBE_EVENT_TYPES] = "event_types",
    [SUBSCRIBE_MINIMAL] = "minimal",
    NULL,
};

static const char *const headers[] = {
    [VENDOR_HEADERS_ARRAY] = "array",
    [VENDOR_HEADERS_OBJECT] = "object",
    [VENDOR_HEADERS_NONE] = "none",
    NULL,
};

static const char *const policies[] = {
    [VENDOR_POLICY_FOREVER] = "RetryForever",
    [VENDOR_POLICY_SUSPEND] = "SuspendRetries",
    [VENDOR_POLICY_TERMINATE] = "TerminateAfterRetries",
    NULL,
};

static const char *const tests[] = {
    [VENDOR_TEST_PLAIN] = "plain",   [VENDOR_TEST_DELL] = "dell",
    [VENDOR_TEST_BMCWEB] = "bmcweb", [VENDOR_TEST_SUPERMICRO] = "supermicro",
    [VENDOR_TEST_NONE] = "none",     NULL,
};

static const struct option match_options[] = {
    TEXT("vendor", vendor, "Vendor of the root, or Manufacturer of the System"),
    TEXT("product", product, "Product of the root"),
    TEXT("oem", oem, "a key of the root's Oem"),
    TEXT("manager", manager, "Model of the first Manager"),
    TEXT("firmware", firmware, "its FirmwareVersion"),
    TEXT("event_service", event_version,
         "version of the EventService; also \"<1.3\" and \">=1.6\""),
    TEXT("registry_prefix", prefix, "one of the EventService's prefixes"),
    TEXT("stream", stream, "path of its ServerSentEventUri"),
    TEXT("manufacturer", manufacturer, "Manufacturer of the first System"),
    TEXT("model", model, "its Model"),
    {0},
};

static const struct option subscribe_options[] = {
    FLAG("never", never, "do not subscribe"),
    CHOICE("rung", rung, "full", rungs, "the body to try first"),
    CHOICE("http_headers", headers, "array", headers,
           "how it wants HttpHeaders"),
    CHOICE("policy", policy, "RetryForever", policies,
           "the DeliveryRetryPolicy to ask for"),
    FLAG("no_policy", no_policy, "it takes none"),
    FLAG("no_context", no_context, "it takes no Context"),
    FLAG("no_prefixes", no_prefixes,
         "it takes neither RegistryPrefixes nor ResourceTypes"),
    FLAG("event_types", event_types_required, "it wants EventTypes"),
    FLAG("no_patch", no_patch, "what it has cannot be changed"),
    FLAG("slots", fixed_slots, "a free slot is changed, none made"),
    FLAG("https_only", https_only, "it posts to https: only"),
    FLAG("default_port_only", default_port_only, "... and to the usual port"),
    {
        .key = "limit",
        .kind = OPTION_INT,
        .offset = MEMBER(limit),
        .standard = "0",
        .meaning = "so many subscriptions; 0: not known",
        .max = 1000000,
    },
    TEXT("collection", collection, "path, where the service does not say"),
    TEXT("body", oem_body, "a JSON object, merged into the POST"),
    {0},
};

static const struct option stream_options[] = {
    FLAG("never", no_sse, "open none"),
    FLAG("partial", sse_partial, "it leaves out what a subscription brings"),
    TEXT("filter", sse_filter, "for $filter"),
    DELAY("reconnect", sse_reconnect_min, "wait so long before the next"),
    DELAY("idle", sse_idle, "in place of limits.sse_idle"),
    {0},
};

static const struct option test_options[] = {
    CHOICE("dialect", test, "plain", tests, "how it wants SubmitTestEvent"),
    DELAY("interval", test_interval, "it refuses repeats before"),
    {0},
};

static const struct option log_options[] = {
    {
        .key = "paths",
        .kind = OPTION_TEXTS,
        .offset = MEMBER(logs),
        .meaning = "globs of the LogServices to read, in this order; none: all",
    },
    FLAG("newest_first", log_newest_first, "its logs begin with the newest"),
    FLAG("no_filter", log_no_filter, "they take no $filter"),
    FLAG("no_skip", log_no_skip, "they take no $skip"),
    FLAG("edited", log_edited, "entries change after they were made"),
    {0},
};

const struct option config_vendor_options[] = {
    SECTION("match", match_options, "the services that it is about"),
    SECTION("subscribe", subscribe_options, "how they are subscribed"),
    SECTION("stream", stream_options, "how their streams are"),
    SECTION("test", test_options, "how they send a test event"),
    SECTION("logs", log_options, "how their logs are read"),
    {0},
};

struct item {
    struct config_reader *r;
    const struct yaml_node *node;
    const char *path;
    struct vendor *row;
};

/* Now, not at the first POST: by then it would be a BMC's refusal. */
static void check_body(const struct item *it)
{
    const struct yaml_node *node =
        yaml_find(yaml_find(it->node, "subscribe"), "body");
    _cleanup_free_ char *path = option_path(it->path, "subscribe.body");
    json_error_t why;
    json_t *body;

    if (!node || !it->row->oem_body)
        return;
    body = json_loads(it->row->oem_body, 0, &why);
    if (!json_is_object(body))
        yaml_problem(it->r->problems, &node->mark, path,
                     "is no JSON object: %s",
                     body ? "it is something else" : why.text);
    json_decref(body);
}

static bool has_match(const struct vendor *v)
{
    return v->vendor || v->product || v->oem || v->manager || v->firmware ||
           v->event_version || v->prefix || v->stream || v->manufacturer ||
           v->model;
}

/* A new row without a match would take the whole fleet. */
static void check_match(const struct item *it)
{
    if (!has_match(it->row) && !vendors_named(it->row->name))
        yaml_problem(it->r->problems, &it->node->mark, it->path,
                     "is no name of a built-in row, and a new one needs "
                     "match: which services is it about?");
}

static void read_row(const struct item *it)
{
    const struct option *const table = config_vendor_options;
    const struct vendor *known = vendors_named(it->row->name);

    if (it->node->kind != YAML_MAPPING) {
        yaml_problem(it->r->problems, &it->node->mark, it->path,
                     "expected a mapping of keys, found %s",
                     option_kind_of(it->node));
        return;
    }
    /* Over the built-in row: who changes one key keeps the others. */
    if (known)
        option_copy(table, known, it->row);
    else
        option_init(table, it->row);
    option_check_keys(&table, 1, it->node, it->path, it->r->problems);
    option_overlay(table, it->node, it->path, it->row, it->r->problems);
    check_match(it);
    check_body(it);
}

static bool check_key(struct config_reader *r, const struct yaml_node *key,
                      const char *path, struct hashmap *seen)
{
    const struct yaml_node *first = hashmap_find(seen, key->text);
    struct error err;

    if (config_check_name(key->text, &err) < 0) {
        yaml_problem(r->problems, &key->mark, path, "%s", err.text);
        return false;
    }
    if (!first) {
        hashmap_set(seen, key->text, (void *)(uintptr_t)key);
        return true;
    }
    if (first->mark.file != key->mark.file) /* else it is said already */
        yaml_problem(r->problems, &key->mark, path,
                     "a vendor of this name is already on line %u of %s",
                     first->mark.line, first->mark.file);
    return false;
}

static void read_file(struct config_reader *r, const struct yaml_node *vendors,
                      struct hashmap *seen)
{
    struct config *c = r->config;

    for (size_t i = 0; i < vendors->count; i++) {
        const struct yaml_node *key = vendors->keys[i];
        _cleanup_free_ char *path = option_path("vendors", key->text);
        struct item it = {r, vendors->items[i], path, NULL};

        if (!check_key(r, key, path, seen))
            continue;
        it.row = &c->vendors[c->vendor_count++];
        it.row->name = xstrdup(key->text);
        read_row(&it);
    }
}

void config_read_vendors(struct config_reader *r)
{
    struct hashmap *seen = hashmap_new();

    r->config->vendors =
        xcalloc(config_list_count(r, "vendors"), sizeof(*r->config->vendors));
    for (size_t i = 0; i < r->root_count; i++) {
        const struct yaml_node *vendors = yaml_find(r->roots[i], "vendors");

        if (!vendors || vendors->kind == YAML_NULL)
            continue;
        if (vendors->kind == YAML_MAPPING)
            read_file(r, vendors, seen);
        else
            yaml_problem(r->problems, &vendors->mark, "vendors",
                         "expected a mapping of names to what is known of "
                         "them, found %s",
                         option_kind_of(vendors));
    }
    hashmap_free(seen);
}

void config_vendors_done(struct config *config)
{
    for (size_t i = 0; i < config->vendor_count; i++) {
        option_done(config_vendor_options, &config->vendors[i]);
        free(config->vendors[i].name);
    }
    free(config->vendors);
}

/* All but the first section, which says whom the row is about. */
void vendors_show(const struct vendor *v,
                  void (*on_value)(void *userdata, const char *path,
                                   const char *value),
                  void *userdata)
{
    const struct option_shown shown = {on_value, userdata};

    option_show(config_vendor_options + 1, v, NULL, &shown);
}
