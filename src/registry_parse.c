/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A MessageRegistry's JSON as BMCs and standards bodies publish it, with the
 * liberties they take: NumberOfArgs as text or absent, a prefix that carries
 * the version, no RegistryVersion, message definitions beside Messages,
 * severities in any spelling, keys with a trailing blank (clearing.md,
 * "Registry-file quirks"). Trailing blanks of keys are cut off.
 */
#include "registry.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "util/alloc.h"

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static unsigned count_args(const json_t *message)
{
    const json_t *value = json_object_get(message, "NumberOfArgs");
    const json_t *types = json_object_get(message, "ParamTypes");
    long count = 0;

    if (json_is_integer(value))
        count = (long)json_integer_value(value);
    else if (json_is_string(value))
        count = strtol(json_string_value(value), NULL, 10);
    else if (json_is_array(types))
        count = (long)json_array_size(types);
    return count > 0 ? (unsigned)MIN_OF(count, (long)CONFIG_ARGS_MAX) : 0;
}

static char **read_types(const json_t *message, unsigned count)
{
    const json_t *types = json_object_get(message, "ParamTypes");
    char **texts;

    if (!json_is_array(types) || count == 0)
        return NULL;
    texts = xcalloc(count, sizeof(*texts));
    for (unsigned i = 0; i < count; i++)
        texts[i] = xstrdup(
            json_string_value(json_array_get(types, i)) ?: "string");
    return texts;
}

/* A key without the blanks that Fabric 1.0.0 has after one of its. */
static char *trimmed(const char *text)
{
    size_t len = strlen(text);

    while (len > 0 && text[len - 1] == ' ')
        len--;
    return xstrndup(text, len);
}

static void read_clearing(const json_t *message, struct registry_message *m)
{
    const json_t *logic = json_object_get(message, "ClearingLogic");
    const json_t *list = json_object_get(logic, "ClearsMessage");
    const char *condition = text_of(logic, "ClearsIf");
    size_t count = json_array_size(list), kept = 0;

    m->clears_all = json_is_true(json_object_get(logic, "ClearsAll"));
    m->clears_same_origin =
        condition && strcmp(condition, "SameOriginOfCondition") == 0;
    if (count == 0)
        return;
    m->clears = xcalloc(count + 1, sizeof(*m->clears));
    for (size_t i = 0; i < count; i++) {
        const char *key = json_string_value(json_array_get(list, i));

        if (key)
            m->clears[kept++] = trimmed(key);
    }
}

static void read_message(const char *key, const json_t *message,
                         struct registry_message *m)
{
    const char *severity = text_of(message, "MessageSeverity")
                               ?: text_of(message, "Severity");

    m->key = trimmed(key);
    m->text = xstrdup(text_of(message, "Message")
                          ?: text_of(message, "Description") ?: "");
    m->resolution = xstrdup(text_of(message, "Resolution"));
    if (severity)
        m->severity = event_severity_parse(severity, strlen(severity));
    m->arg_count = count_args(message);
    m->arg_types = read_types(message, m->arg_count);
    read_clearing(message, m);
}

static bool is_message(const json_t *value)
{
    return json_is_object(value) && text_of(value, "Message");
}

static void read_messages(struct registry *r, json_t *object, size_t *cap)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value) {
        if (!is_message(value))
            continue;
        r->messages = xgrow(r->messages, cap, r->message_count + 1,
                            sizeof(*r->messages));
        read_message(key, value, &r->messages[r->message_count++]);
    }
}

static int compare_messages(const void *a, const void *b)
{
    return strcmp(((const struct registry_message *)a)->key,
                  ((const struct registry_message *)b)->key);
}

static void read_version(struct registry *r, const char *text)
{
    r->major = r->minor = r->errata = REGISTRY_VERSION_ANY;
    if (text && (*text == 'v' || *text == 'V'))
        text++;
    if (text)
        sscanf(text, "%d%*1[._]%d%*1[._]%d", &r->major, &r->minor,
               &r->errata);
}

/*
 * Prefix and version: RegistryPrefix and RegistryVersion, or what the prefix
 * or the Id carry ("HPSUTReg.2.2.0", "iLOEvents.json").
 */
static bool read_name(struct registry *r, const json_t *root)
{
    const char *name = text_of(root, "RegistryPrefix") ?: text_of(root, "Id");
    const char *version = text_of(root, "RegistryVersion");
    size_t len;

    if (!name || !*name)
        return false;
    len = strcspn(name, ".");
    r->prefix = xstrndup(name, len);
    read_version(r, version ?: name[len] ? name + len + 1 : NULL);
    return len > 0;
}

struct registry *registry_parse(const char *json, size_t len,
                                struct error *err)
{
    json_error_t problem;
    json_t *root = json_loadb(json, len, 0, &problem);
    struct registry *r = NULL;
    size_t cap = 0;

    if (!root) {
        error_set(err, -EINVAL, "not JSON: line %d: %s", problem.line,
                  problem.text);
        return NULL;
    }
    if (!json_is_object(json_object_get(root, "Messages"))) {
        error_set(err, -EINVAL, "no message registry: it has no Messages");
        json_decref(root);
        return NULL;
    }
    r = XNEW(struct registry);
    if (!read_name(r, root)) {
        error_set(err, -EINVAL, "a registry without RegistryPrefix");
        registry_free(r);
        json_decref(root);
        return NULL;
    }
    read_messages(r, json_object_get(root, "Messages"), &cap);
    read_messages(r, root, &cap); /* iLOSecurityEvents 7.1.0 has two here */
    if (r->message_count > 0)
        qsort(r->messages, r->message_count, sizeof(*r->messages),
              compare_messages);
    json_decref(root);
    return r;
}

static void message_done(struct registry_message *m)
{
    free(m->key);
    free(m->text);
    free(m->resolution);
    for (unsigned i = 0; m->arg_types && i < m->arg_count; i++)
        free(m->arg_types[i]);
    free(m->arg_types);
    for (char **key = m->clears; key && *key; key++)
        free(*key);
    free(m->clears);
}

void registry_free(struct registry *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->message_count; i++)
        message_done(&r->messages[i]);
    free(r->messages);
    free(r->prefix);
    free(r);
}
