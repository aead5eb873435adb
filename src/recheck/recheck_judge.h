/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a place says of what is open there. Pure. A place is a path of a
 * resource, with the pointer to a part of it ("/redfish/v1/Chassis/1/Power#
 * /PowerSupplies/0") where its schema has parts.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Whether it is worth asking: a path of Redfish, and not of a whole machine,
 * whose health says nothing of one fault in it.
 */
bool recheck_is_place(const char *origin);

/*
 * Whether the resource there, or its part, says that it is well: Health OK,
 * in no other State than Enabled, and no Conditions but good ones. `resource`
 * may be NULL.
 */
bool recheck_is_well(const json_t *resource, const char *origin);

/* Whether a list is one that has members, and this path is not among them. */
bool recheck_is_gone(const json_t *list, const char *origin);

/* The path of the list that a resource stands in; the caller frees it. */
char *recheck_list_of(const char *origin);
