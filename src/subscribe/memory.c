/* SPDX-License-Identifier: Apache-2.0 */
/* A small document for each BMC; see memory.h. */
#include "subscribe/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/digest.h"

#define KEY "subscription"
#define KEY_SECRET "secret"
#define TOKEN_MARK "{token}"
#define DIGEST_BYTES 16

static const struct {
    const char *key;
    size_t offset;
} texts[] = {
    {"ladder", offsetof(struct memory, ladder)},
    {"product", offsetof(struct memory, product)},
    {"firmware", offsetof(struct memory, firmware)},
    {"made_for", offsetof(struct memory, made_for)},
    {"shown", offsetof(struct memory, shown)},
    {"uri", offsetof(struct memory, uri)},
};

static char **text_at(const struct memory *m, size_t i)
{
    return (char **)((char *)(uintptr_t)m + texts[i].offset);
}

void memory_done(struct memory *m)
{
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        free(*text_at(m, i));
    json_decref(m->terms);
    *m = (struct memory){0};
}

/* `text` with `from` in it replaced; NULL if it is not there. */
static char *exchange(const char *text, const char *from, const char *to)
{
    const char *at = text ? strstr(text, from) : NULL;

    if (!at)
        return NULL;
    return xasprintf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

void memory_load(struct memory *m, const struct notebook *n, const char *bmc,
                 const char *token)
{
    const char *text = n ? notebook_get(n, bmc, KEY) : NULL;
    json_t *root = text ? json_loads(text, 0, NULL) : NULL;
    char *shown;

    memory_done(m);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *text_at(m, i) =
            xstrdup(json_string_value(json_object_get(root, texts[i].key)));
    if (json_is_object(json_object_get(root, "terms")))
        m->terms = json_incref(json_object_get(root, "terms"));
    json_decref(root);
    shown = exchange(m->shown, TOKEN_MARK, token);
    free(m->shown);
    m->shown = shown;
}

void memory_save(const struct memory *m, struct notebook *n, const char *bmc,
                 const char *token)
{
    _cleanup_free_ char *shown = exchange(m->shown, token, TOKEN_MARK);
    _cleanup_free_ char *text = NULL;
    json_t *root = json_object();

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (*text_at(m, i))
            json_object_set_new(root, texts[i].key,
                                json_string(*text_at(m, i)));
    json_object_del(root, "shown");
    if (shown)
        json_object_set_new(root, "shown", json_string(shown));
    if (m->terms)
        json_object_set(root, "terms", m->terms);
    text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(root);
    if (n)
        notebook_set(n, bmc, KEY, text);
}

char *memory_digest(const char *address)
{
    struct digest *d = digest_begin();
    char *text = xcalloc(1, 2 * DIGEST_BYTES + 1);
    uint8_t sum[DIGEST_LEN];

    digest_add(d, address, strlen(address));
    digest_end(d, sum);
    digest_hex(sum, DIGEST_BYTES, text);
    return text;
}

bool memory_has(const struct notebook *n, const char *bmc)
{
    return n && notebook_get(n, bmc, KEY);
}

void memory_forget(struct notebook *n, const char *bmc)
{
    if (n)
        notebook_set(n, bmc, KEY, NULL);
}

char *memory_uri(const struct notebook *n, const char *bmc)
{
    struct memory m = {0};
    char *uri;

    memory_load(&m, n, bmc, "");
    uri = TAKE(m.uri);
    memory_done(&m);
    return uri;
}

void memory_move(struct notebook *n, const char *from, const char *to)
{
    _cleanup_free_ char *text = xstrdup(notebook_get(n, from, KEY));

    notebook_set(n, from, KEY, NULL);
    notebook_set(n, to, KEY, text);
}

bool memory_has_secret(const struct notebook *n, const char *bmc)
{
    return n && notebook_get(n, bmc, KEY_SECRET);
}

void memory_set_secret(struct notebook *n, const char *bmc, bool sent)
{
    if (n)
        notebook_set(n, bmc, KEY_SECRET, sent ? "sent" : NULL);
}
