/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A MessageRegistry's JSON as BMCs and standards bodies publish it, with the
 * liberties they take: NumberOfArgs as text or absent, a prefix that carries
 * the version, no RegistryVersion, message definitions beside Messages,
 * severities in any spelling, keys with a trailing blank, which is cut off.
 */
#include "registry.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "decode/decode_text.h"
#include "decode/json_in.h"
#include "util/alloc.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

static bool is_a(const struct json_value *v, enum json_type type)
{
    return v && json_in_type(v) == type;
}

/* The member of that name if it is a text; NULL else. */
static const char *text_of(const struct json_value *object, const char *key)
{
    const struct json_value *v = object ? json_in_find(object, key) : NULL;
    size_t len;

    return is_a(v, JSON_IN_TEXT) ? json_in_text(v, &len) : NULL;
}

static unsigned count_args(const struct json_value *message)
{
    const struct json_value *value = json_in_find(message, "NumberOfArgs");
    const struct json_value *types = json_in_find(message, "ParamTypes");
    const char *text;
    long count = 0;
    size_t len;

    if (value && (text = json_in_text(value, &len)))
        count = strtol(text, NULL, 10);
    else if (is_a(types, JSON_IN_ARRAY))
        count = (long)json_in_count(types);
    return count > 0 ? (unsigned)MIN_OF(count, (long)CONFIG_ARGS_MAX) : 0;
}

/* The texts of an array; what is none is left out. */
static char **read_texts(const struct json_value *array)
{
    struct json_walk walk = json_in_walk(array);
    const struct json_value *v;
    char **texts = xcalloc(json_in_count(array) + 1, sizeof(*texts));
    size_t count = 0, len;

    while ((v = json_in_next(&walk, NULL, NULL)))
        if (is_a(v, JSON_IN_TEXT))
            texts[count++] = xstrdup(json_in_text(v, &len));
    return texts;
}

/* As bits: the names of all types would be most of a large registry. */
static void read_types(const struct json_value *message,
                       struct registry_message *m)
{
    const struct json_value *types = json_in_find(message, "ParamTypes"), *v;
    struct json_walk walk;
    size_t len;

    static_assert(CONFIG_ARGS_MAX <= 64, "each has a bit");
    m->typed = is_a(types, JSON_IN_ARRAY) && m->arg_count > 0;
    if (!m->typed)
        return;
    walk = json_in_walk(types);
    for (unsigned i = 0;
         i < m->arg_count && (v = json_in_next(&walk, NULL, NULL)); i++)
        if (is_a(v, JSON_IN_TEXT) &&
            strcasecmp(json_in_text(v, &len), "number") == 0)
            m->number_args |= UINT64_C(1) << i;
}

/* Cuts off the blanks that Fabric 1.0.0 has after one of its keys. */
static char *trim(char *text)
{
    size_t len = strlen(text);

    while (len > 0 && text[len - 1] == ' ')
        text[--len] = '\0';
    return text;
}

static void read_clearing(const struct json_value *logic, const char *list_name,
                          struct registry_message *m)
{
    const struct json_value *list = json_in_find(logic, list_name);
    const struct json_value *all = json_in_find(logic, "ClearsAll");
    const char *condition = text_of(logic, "ClearsIf");
    size_t len;

    m->clears_all =
        is_a(all, JSON_IN_BOOL) && json_in_text(all, &len)[0] == 't';
    m->clears_same_origin =
        condition && strcmp(condition, "SameOriginOfCondition") == 0;
    if (!is_a(list, JSON_IN_ARRAY) || json_in_count(list) == 0)
        return;
    m->clears = read_texts(list);
    for (char **key = m->clears; *key; key++)
        trim(*key);
}

/* The object at "Oem.<vendor>", or NULL. */
static const struct json_value *oem(const struct json_value *message,
                                    const char *vendor)
{
    const struct json_value *v = json_in_find(message, "Oem");

    v = v ? json_in_find(v, vendor) : NULL;
    return is_a(v, JSON_IN_OBJECT) ? v : NULL;
}

/* Hexadecimal, moved up so that its first byte is the top one. */
static uint64_t read_code(const char *text)
{
    size_t digits;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        text += 2;
    digits = strspn(text, "0123456789abcdefABCDEF");
    if (digits == 0 || digits > 16 || text[digits])
        return 0;
    return strtoull(text, NULL, 16) << (64 - 4 * digits);
}

/*
 * The standard's, else HPE's own, which says ClearsMessages; and the code by
 * which Lenovo pairs.
 */
static void read_pairing(const struct json_value *message,
                         struct registry_message *m)
{
    const struct json_value *logic = json_in_find(message, "ClearingLogic");
    const struct json_value *hpe = oem(message, "Hpe");
    const char *code = text_of(oem(message, "Lenovo"), "EventID");

    if (code)
        m->event_code = read_code(code);
    if (is_a(logic, JSON_IN_OBJECT)) {
        read_clearing(logic, "ClearsMessage", m);
        return;
    }
    logic = hpe ? json_in_find(hpe, "ClearingLogic") : NULL;
    if (is_a(logic, JSON_IN_OBJECT))
        read_clearing(logic,
                      json_in_find(logic, "ClearsMessages") ? "ClearsMessages"
                                                            : "ClearsMessage",
                      m);
}

static void read_message(const char *key, const struct json_value *message,
                         struct registry_message *m)
{
    const char *severity =
        text_of(message, "MessageSeverity") ?: text_of(message, "Severity");
    const char *text = text_of(message, "Message");

    *m = (struct registry_message){.key = trim(xstrdup(key))};
    m->text = xstrdup(text ? text : "");
    m->partial = !text;
    m->resolution = xstrdup(text_of(message, "Resolution"));
    m->deprecated = xstrdup(text_of(message, "VersionDeprecated"));
    m->replaced_by = xstrdup(text_of(message, "ReplacedBy"));
    if (severity)
        m->severity = event_severity_parse(severity, strlen(severity));
    m->arg_count = count_args(message);
    read_types(message, m);
    read_pairing(message, m);
}

/* A message, or the admin's word on some attributes of one. */
static bool is_message(const struct json_value *v, bool within)
{
    if (!is_a(v, JSON_IN_OBJECT))
        return false;
    return text_of(v, "Message") ||
           (within && (text_of(v, "Resolution") || text_of(v, "Severity") ||
                       text_of(v, "MessageSeverity")));
}

static int read_messages(struct registry *r, const struct json_value *object,
                         bool within, size_t *cap, struct error *err)
{
    struct json_walk walk = json_in_walk(object);
    const struct json_value *value;
    const char *key;

    while ((value = json_in_next(&walk, &key, NULL))) {
        if (!is_message(value, within))
            continue;
        if (r->message_count >= CONFIG_MESSAGES_MAX)
            return error_set(err, -EFBIG, "a registry of more than %u messages",
                             CONFIG_MESSAGES_MAX);
        r->messages =
            xgrow(r->messages, cap, r->message_count + 1, sizeof(*r->messages));
        read_message(key, value, &r->messages[r->message_count++]);
    }
    return 0;
}

/*
 * Without case first, for look-ups ignore it; then exactly, so that the order
 * does not depend on the file's.
 */
static int compare_messages(const void *a, const void *b)
{
    const char *one = ((const struct registry_message *)a)->key;
    const char *other = ((const struct registry_message *)b)->key;
    int r = strcasecmp(one, other);

    return r ? r : strcmp(one, other);
}

/* Also "v1.4.0" and "1_4_0"; what is missing is any. */
static void read_version(struct registry *r, const char *text)
{
    r->major = r->minor = r->errata = REGISTRY_VERSION_ANY;
    if (text && (*text == 'v' || *text == 'V'))
        text++;
    if (text)
        sscanf(text, "%6d%*1[._]%6d%*1[._]%6d", &r->major, &r->minor,
               &r->errata);
}

/*
 * Prefix and version: RegistryPrefix and RegistryVersion, or what the prefix
 * or the Id carry ("HPSUTReg.2.2.0", "iLOEvents.json").
 */
static bool read_name(struct registry *r, const struct json_value *root)
{
    const char *name = text_of(root, "RegistryPrefix") ?: text_of(root, "Id");
    const char *version = text_of(root, "RegistryVersion");
    size_t len;

    if (!name || !*name)
        return false;
    len = strcspn(name, ".");
    r->prefix = xstrndup(name, len);
    r->language = xstrdup(text_of(root, "Language"));
    read_version(r, version ? version : name[len] ? name + len + 1 : NULL);
    return len > 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* Marks what the registry's own messages clear, and what is not there. */
static void mark_clearable(struct registry *r)
{
    size_t cap = 0;

    for (size_t i = 0; i < r->message_count; i++) {
        r->has_clears_all |= r->messages[i].clears_all;
        r->has_clearing |= r->messages[i].clears_all || r->messages[i].clears;
        for (char **key = r->messages[i].clears; key && *key; key++) {
            const struct registry_message *m = registry_message_find(r, *key);

            if (m) {
                r->messages[m - r->messages].clearable = true;
                continue;
            }
            r->dangling = xgrow(r->dangling, &cap, r->dangling_count + 1,
                                sizeof(*r->dangling));
            r->dangling[r->dangling_count++] = *key;
        }
    }
    if (r->dangling)
        qsort(r->dangling, r->dangling_count, sizeof(*r->dangling),
              compare_names);
}

static int read_registry(struct registry *r, const struct json_value *root,
                         struct error *err)
{
    const struct json_value *messages =
        is_a(root, JSON_IN_OBJECT) ? json_in_find(root, "Messages") : NULL;
    size_t cap = 0;
    int e;

    /* In tasks of Huawei's iBMC it is a message. */
    if (!is_a(messages, JSON_IN_OBJECT) || text_of(messages, "MessageId"))
        return error_set(err, -EINVAL,
                         "no message registry: it has no Messages");
    if (!read_name(r, root))
        return error_set(err, -EINVAL, "a registry without RegistryPrefix");
    e = read_messages(r, messages, true, &cap, err);
    if (e == 0) /* iLOSecurityEvents 7.1.0 has two beside them */
        e = read_messages(r, root, false, &cap, err);
    /* Sorted once: each look-up is a binary search (registry.c). */
    if (r->message_count > 0)
        qsort(r->messages, r->message_count, sizeof(*r->messages),
              compare_messages);
    mark_clearable(r);
    return e;
}

/* The document, nesting and byte order mark seen to. */
static struct json_in *read_json(const char *json, size_t len,
                                 struct error *err)
{
    struct error cause = {""};
    struct json_in *doc = NULL;
    size_t mark = strlen(BYTE_ORDER_MARK);

    if (len >= mark && memcmp(json, BYTE_ORDER_MARK, mark) == 0) {
        json += mark;
        len -= mark;
    }
    if (decode_text_is_deep(json, len))
        error_set(err, -EINVAL, "it nests deeper than %u", CONFIG_DEPTH_MAX);
    else if (!(doc = json_in_read(json, len, &cause)))
        error_set(err, -EINVAL, "not JSON: %s", cause.text);
    return doc;
}

bool registry_is_own_file(const char *json, size_t len)
{
    _cleanup_(json_in_freep) struct json_in *doc = read_json(json, len, NULL);
    const struct json_value *root = doc ? json_in_root(doc) : NULL;
    const char *schema =
        is_a(root, JSON_IN_OBJECT) ? text_of(root, "schema") : NULL;

    return schema && strncmp(schema, "trawl.", 6) == 0;
}

struct registry *registry_parse(const char *json, size_t len, struct error *err)
{
    _cleanup_(json_in_freep) struct json_in *doc = NULL;
    struct registry *r;

    if (len > CONFIG_REGISTRY_MAX) {
        error_set(err, -EFBIG, "%zu bytes are more than the limit of %u", len,
                  CONFIG_REGISTRY_MAX);
        return NULL;
    }
    doc = read_json(json, len, err);
    if (!doc)
        return NULL;
    r = XNEW(struct registry);
    if (read_registry(r, json_in_root(doc), err) < 0) {
        registry_free(r);
        return NULL;
    }
    return r;
}

static void message_done(struct registry_message *m)
{
    free(m->key);
    free(m->text);
    free(m->resolution);
    free(m->deprecated);
    free(m->replaced_by);
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
    free(r->dangling);
    free(r->prefix);
    free(r->file);
    free(r->language);
    free(r);
}

const char *registry_version_text(const struct registry *r,
                                  char text[REGISTRY_VERSION_MAX])
{
    if (r->major == REGISTRY_VERSION_ANY)
        return NULL;
    if (r->minor == REGISTRY_VERSION_ANY)
        snprintf(text, REGISTRY_VERSION_MAX, "%d", r->major);
    else if (r->errata == REGISTRY_VERSION_ANY)
        snprintf(text, REGISTRY_VERSION_MAX, "%d.%d", r->major, r->minor);
    else
        snprintf(text, REGISTRY_VERSION_MAX, "%d.%d.%d", r->major, r->minor,
                 r->errata);
    return text;
}
