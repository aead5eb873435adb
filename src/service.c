/* SPDX-License-Identifier: Apache-2.0 */
/* What a service says of itself; see service.h. */
#include "service.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "util/macro.h"

/* All texts of a service; those of Manager and System last. */
#define ROOT_TEXTS(s)                                                \
    &(s)->vendor, &(s)->product, &(s)->redfish_version, &(s)->uuid,  \
        &(s)->registries_url, &(s)->managers_url, &(s)->systems_url, \
        &(s)->chassis_url, &(s)->sessions_url, &(s)->tasks_url,      \
        &(s)->update_url, &(s)->event_version, &(s)->sse_url,        \
        &(s)->subscriptions_url, &(s)->test_url, &(s)->no_events
#define DETAIL_TEXTS(s)                                                        \
    &(s)->manager_url, &(s)->manager_model, &(s)->firmware, &(s)->last_reset,  \
        &(s)->manager_time, &(s)->system_url, &(s)->manufacturer, &(s)->model, \
        &(s)->serial, &(s)->system_uuid, &(s)->host

static void names_done(struct service_names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->items[i]);
    free(n->items);
}

static void texts_done(struct service *s)
{
    char **root[] = {ROOT_TEXTS(s)}, **details[] = {DETAIL_TEXTS(s)};

    for (size_t i = 0; i < ARRAY_LEN(root); i++)
        free(*root[i]);
    for (size_t i = 0; i < ARRAY_LEN(details); i++)
        free(*details[i]);
}

void service_free(struct service *s)
{
    if (!s)
        return;
    texts_done(s);
    names_done(&s->oem);
    names_done(&s->event_types);
    names_done(&s->registry_prefixes);
    names_done(&s->resource_types);
    names_done(&s->event_formats);
    names_done(&s->sse_filters);
    free(s);
}

void service_inherit(struct service *s, struct service *old)
{
    char **to[] = {DETAIL_TEXTS(s)}, **from[] = {DETAIL_TEXTS(old)};

    for (size_t i = 0; i < ARRAY_LEN(to); i++)
        if (!*to[i])
            *to[i] = TAKE(*from[i]);
    if (!s->manager_answered) {
        s->manager_asked = old->manager_asked;
        s->manager_answered = old->manager_answered;
    }
    s->is_whole |= old->is_whole;
}

/* "Dell", "Ami"; not "Intel_RackScale", which is a product's. */
static bool is_word(const char *text)
{
    size_t len = 0;

    while (isalnum((unsigned char)text[len]))
        len++;
    return len > 0 && text[len] == '\0';
}

const char *service_next_oem(const struct service *s, size_t *cursor)
{
    while (*cursor < s->oem.count) {
        const char *key = s->oem.items[(*cursor)++];

        if (is_word(key) && strcasecmp(key, "Vendor") != 0)
            return key;
    }
    return NULL;
}

const char *service_maker(const struct service *s)
{
    size_t cursor = 0;
    const char *only = service_next_oem(s, &cursor);

    if (s->vendor || s->manufacturer)
        return s->vendor ? s->vendor : s->manufacturer;
    return only && !service_next_oem(s, &cursor) ? only : NULL;
}

bool service_has(const struct service_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcasecmp(names->items[i], name) == 0)
            return true;
    return false;
}
