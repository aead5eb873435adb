/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents of a service; see discover_read.h. Every text goes into events and
 * every link into requests, so both are bounded here, where they enter: texts
 * in length, lists in number, links to the BMC's own origin.
 */
#include "discover/discover_read.h"

#include <ctype.h>
#include <string.h>

#include "http_client.h"
#include "util/alloc.h"
#include "util/utf8.h"

#define NAMES_MAX 64u /* of one list; real ones have up to 30 */
#define TEXT_MAX 256u /* of one text: they go into every event */
#define SATELLITE "HGX_"

/* The text at a member, or at "member/inner"; NULL if there is none. */
static const char *text_at(const json_t *object, const char *key,
                           const char *inner)
{
    const json_t *value = json_object_get(object, key);
    const char *text;

    if (inner)
        value = json_object_get(value, inner);
    text = json_string_value(value);
    /* Blanks only is what some say of a part that was never programmed. */
    return text && text[strspn(text, " \t")] ? text : NULL;
}

static void take(char **member, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    if (!text)
        return;
    while (len > 0 && text[len - 1] == ' ')
        len--;
    free(*member);
    *member = xstrndup(text, utf8_cut(text, len, TEXT_MAX));
}

static char *url_of(const struct discover_links *l, const char *uri)
{
    char *url = NULL;

    if (uri && http_client_same_origin(l->base, uri, &url, NULL) < 0)
        l->on_refused(l->userdata, uri);
    return url;
}

static char *link_url(const json_t *object, const char *key,
                      const struct discover_links *l)
{
    return url_of(l, text_at(object, key, "@odata.id"));
}

/* As the link, or where the specification puts it. */
static char *link_or(const json_t *object, const char *key,
                     const char *standard, const struct discover_links *l)
{
    return url_of(l, text_at(object, key, "@odata.id") ?: standard);
}

static void names_add(struct service_names *names, const char *name)
{
    if (!name || names->count == NAMES_MAX)
        return;
    names->items =
        xrealloc(names->items, (names->count + 1) * sizeof(*names->items));
    names->items[names->count++] =
        xstrndup(name, utf8_cut(name, strlen(name), TEXT_MAX));
}

/*
 * Whose extensions there are. iLO's tell its generation at once, in Oem.Hpe
 * (iLO 5 and later) or Oem.Hp (iLO 4): which subscription it takes depends on
 * that, and its Manager need not be waited for.
 */
static void take_oem(struct service *s, const json_t *oem)
{
    const json_t *hpe = json_object_get(oem, "Hpe");
    const json_t *manager;
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)oem, key, value)
        names_add(&s->oem, key);
    manager = json_array_get(
        json_object_get(hpe ? hpe : json_object_get(oem, "Hp"), "Manager"), 0);
    take(&s->manager_model, text_at(manager, "ManagerType", NULL));
    take(&s->firmware, text_at(manager, "ManagerFirmwareVersion", NULL));
}

char *discover_read_root(struct service *s, const json_t *root,
                         const struct discover_links *l)
{
    const json_t *links = json_object_get(root, "Links");

    take(&s->vendor, text_at(root, "Vendor", NULL));
    take(&s->product, text_at(root, "Product", NULL));
    take(&s->redfish_version, text_at(root, "RedfishVersion", NULL));
    take(&s->uuid, text_at(root, "UUID", NULL));
    take_oem(s, json_object_get(root, "Oem"));
    s->registries_url =
        link_or(root, "Registries", "/redfish/v1/Registries", l);
    s->managers_url = link_or(root, "Managers", "/redfish/v1/Managers", l);
    s->systems_url = link_url(root, "Systems", l);
    s->chassis_url = link_url(root, "Chassis", l);
    s->sessions_url = link_url(links, "Sessions", l);
    s->tasks_url = link_url(root, "Tasks", l);
    s->update_url = link_url(root, "UpdateService", l);
    free(s->manager_url);
    s->manager_url = link_url(links, "ManagerProvidingService", l);
    return link_or(root, "EventService", "/redfish/v1/EventService", l);
}

/*
 * "1.7.2" of "#EventService.v1_7_2.EventService". Without a number, as in the
 * drafts and in what was written by them, it is of the first.
 */
static char *schema_version(const char *type)
{
    const char *dot = type ? strchr(type, '.') : NULL;
    char *version;

    if (!dot)
        return NULL;
    /* Without the v, and with dots, from before schemas had it (AMI). */
    dot += dot[1] == 'v' ? 2 : 1;
    if (!isdigit((unsigned char)*dot))
        return xstrdup("1.0");
    version = xstrndup(dot, strspn(dot, "0123456789_."));
    for (char *c = version; *c; c++)
        if (*c == '_')
            *c = '.';
    if (*version && version[strlen(version) - 1] == '.')
        version[strlen(version) - 1] = '\0';
    return version;
}

static void take_names(struct service_names *names, const json_t *list)
{
    json_t *item;
    size_t i;

    json_array_foreach (list, i, item)
        names_add(names, json_string_value(item));
}

/* Those of {"EventType": true, …} that are true. */
static void take_filters(struct service_names *names, const json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)object, key, value)
        if (json_is_true(value))
            names_add(names, key);
}

void discover_read_events(struct service *s, const json_t *document,
                          const struct discover_links *l)
{
    const json_t *actions = json_object_get(document, "Actions");

    s->event_version = schema_version(text_at(document, "@odata.type", NULL));
    s->sse_url = url_of(l, text_at(document, "ServerSentEventUri", NULL));
    s->subscriptions_url = link_url(document, "Subscriptions", l);
    s->test_url =
        url_of(l, text_at(actions, "#EventService.SubmitTestEvent", "target")
                      ?: text_at(actions, "#EventService.SendTestEvent",
                                 "target")); /* Supermicro X10 */
    /* Missing means enabled: only a plain false says that nothing will come. */
    s->events_disabled =
        json_is_false(json_object_get(document, "ServiceEnabled"));
    take_names(&s->event_types,
               json_object_get(document, "EventTypesForSubscription"));
    take_names(&s->registry_prefixes,
               json_object_get(document, "RegistryPrefixes"));
    take_names(&s->resource_types, json_object_get(document, "ResourceTypes"));
    take_names(&s->event_formats,
               json_object_get(document, "EventFormatTypes"));
    take_filters(&s->sse_filters,
                 json_object_get(document, "SSEFilterPropertiesSupported"));
}

void discover_read_manager(struct service *s, const json_t *document)
{
    take(&s->manager_model, text_at(document, "Model", NULL));
    take(&s->firmware, text_at(document, "FirmwareVersion", NULL));
    take(&s->last_reset, text_at(document, "LastResetTime", NULL));
    take(&s->manager_time, text_at(document, "DateTime", NULL));
}

void discover_read_system(struct service *s, const json_t *document)
{
    take(&s->manufacturer, text_at(document, "Manufacturer", NULL));
    take(&s->model, text_at(document, "Model", NULL));
    take(&s->serial, text_at(document, "SerialNumber", NULL));
    take(&s->system_uuid, text_at(document, "UUID", NULL));
    take(&s->host, text_at(document, "HostName", NULL));
}

static bool is_satellite(const char *uri)
{
    const char *slash = strrchr(uri, '/');

    return slash && strncmp(slash + 1, SATELLITE, strlen(SATELLITE)) == 0;
}

char *discover_read_first(const json_t *collection,
                          const struct discover_links *l)
{
    const char *first = NULL;
    json_t *member;
    size_t i;

    json_array_foreach (json_object_get(collection, "Members"), i, member) {
        const char *uri = text_at(member, "@odata.id", NULL);

        /*
         * A BMC that aggregates an HGX baseboard lists that one's chips beside
         * the server, and not always behind it; their serial number is not the
         * server's.
         */
        if (uri && (!first || (is_satellite(first) && !is_satellite(uri))))
            first = uri;
    }
    return url_of(l, first);
}
