/* SPDX-License-Identifier: Apache-2.0 */
/* Collections in pages. */
#ifndef BMCSIM_PAGE_H
#define BMCSIM_PAGE_H

#include "http.h"

/* The query parameter as a number; otherwise when there is none. */
size_t page_number(const struct request *r, const char *name, size_t otherwise);

/* The page of the members (taken) that the request's $skip says, page members
 * long (0: all), with the link to the next one. New reference. */
json_t *page_collection(const struct request *r, const char *uri,
                        const char *type, json_t *take_members, long page);

#endif
