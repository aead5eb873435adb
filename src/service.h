/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Redfish service says of itself: who made it, what it offers, where
 * things are. Read by discover.c, kept at the BMC (bmc->service) and replaced
 * whole when it is read again: nobody keeps a pointer into it over a turn of
 * the loop. URLs are whole and at the BMC's origin; NULL: not offered.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/clock.h"

struct vendor;

struct service_names {
    char **items;
    size_t count;
};

struct service {
    /* The service root. */
    char *vendor, *product, *redfish_version, *uuid;
    struct service_names oem; /* keys of its Oem */
    char *registries_url, *managers_url, *systems_url, *chassis_url,
        *sessions_url, *tasks_url /* TaskService */,
        *update_url /* UpdateService */;

    /* The EventService. */
    char *event_version; /* "1.7.2", of its @odata.type */
    char *sse_url, *subscriptions_url, *test_url /* SubmitTestEvent */;
    char *no_events;      /* why it could not be read, or NULL */
    bool events_disabled; /* it says so itself */
    struct service_names event_types, registry_prefixes, resource_types,
        event_formats, sse_filters /* properties that $filter may name */;

    /*
     * The first Manager and System, which take longer: `is_whole` once both
     * were asked for. A discovery after the first goes on from what is known.
     */
    bool is_whole;
    char *manager_url, *manager_model, *firmware;
    char *last_reset;   /* Manager.LastResetTime, as it stands */
    char *manager_time; /* Manager.DateTime, likewise */
    usec_t manager_asked, manager_answered; /* real: it was that then */
    char *system_url, *manufacturer, *model, *serial, *system_uuid, *host;

    const struct vendor *vendor_row; /* vendors.h; never NULL at a BMC */
};

/* NULL is accepted. */
void service_free(struct service *s);

/* Takes over from `old` what of Manager and System is not known itself. */
void service_inherit(struct service *s, struct service *old);

/* Whether a list has that name; without case. */
bool service_has(const struct service_names *names, const char *name);

/*
 * Who made it: Vendor, else the System's Manufacturer, else the only vendor
 * with a key in the root's Oem; NULL: nobody says.
 */
const char *service_maker(const struct service *s);

/* The next key of the root's Oem that is a vendor's name, or NULL. */
const char *service_next_oem(const struct service *s, size_t *cursor);
