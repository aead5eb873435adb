/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of a BMC that only have to be read. */
#ifndef BMCSIM_RESOURCES_H
#define BMCSIM_RESOURCES_H

#include "sim.h"

#define EVENT_SERVICE "/redfish/v1/EventService"
#define SESSIONS "/redfish/v1/SessionService/Sessions"

/* The document at path, new reference, or NULL when there is none. Under the
 * lock. */
json_t *resources_find(struct bmc *b, const char *path);

/* A collection with these members (taken). */
json_t *resources_collection(const char *uri, const char *type,
                             const char *name, json_t *take_members);
/* {"@odata.id": uri} */
json_t *resources_link(const char *uri);

#endif
