/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A MessageRegistryFile as BMCs serve it: which registry it claims to lead
 * to, under which names, and the places where that may be had, in the order
 * to try them. Pure; what a place holds is for the reader to find out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

#define REGISTRY_PLACES_MAX 64 /* 3 kinds in 20 languages */

enum registry_place_kind {
    REGISTRY_PLACE_URI,
    REGISTRY_PLACE_ARCHIVE,
    REGISTRY_PLACE_PUBLICATION, /* outside the BMC */
};

struct registry_place {
    enum registry_place_kind kind;
    char *uri;
    char *member; /* ArchiveFile, or NULL */
    int rank;     /* of its language: lower is tried earlier */
};

struct registry_locator {
    char *id;   /* of the MessageRegistryFile; may be NULL */
    char *name; /* "Base.1.18.0" as it stands in Registry, else the Id */
    bool other; /* it leads to attributes or privileges, not to messages */
    struct registry_place places[REGISTRY_PLACES_MAX];
    size_t place_count;
};

/*
 * Languages: English, English of some country, "default", none, any other;
 * within one, Uri before ArchiveUri before PublicationUri, which is left out
 * unless `publication`. -EINVAL with a text if it names nothing or is no JSON
 * object. To be ended by registry_locator_done().
 */
int registry_locator_parse(const char *json, size_t len, bool publication,
                           struct registry_locator *ret, struct error *err);
void registry_locator_done(struct registry_locator *l);

/*
 * What stands before the version in a name that a BMC gives a registry
 * ("Base.1.18.0", "#SUTReg.v2_2_0.SUTReg"). The caller frees it.
 */
char *registry_locator_prefix(const char *name);

/*
 * Whether a registry that calls itself `prefix` may be known as `name` (a
 * prefix, too): the same, or one within the other, without regard to case and
 * signs ("IDRAC" as "iDRAC", "EventRegistry" as "Event", "OpenBMC" as
 * "HGX_OpenBMC", "HPECDUAlarms" as "HPE_CDUAlarms"). All else is a lie.
 */
bool registry_locator_agrees(const char *name, const char *prefix);
