/* SPDX-License-Identifier: Apache-2.0 */
/* See page.h. */
#include "page.h"

#include "resources.h"

size_t page_number(const struct request *r, const char *name, size_t otherwise)
{
    const char *text = request_arg(r, name);

    return text ? (size_t)strtoull(text, NULL, 10) : otherwise;
}

json_t *page_collection(const struct request *r, const char *uri,
                        const char *type, json_t *take_members, long page)
{
    size_t n = json_array_size(take_members);
    size_t first = page > 0 ? page_number(r, "$skip", 0) : 0;
    size_t end =
        page > 0 && first + (size_t)page < n ? first + (size_t)page : n;
    json_t *members = json_array(), *doc;

    for (size_t i = first; i < end; i++)
        json_array_append(members, json_array_get(take_members, i));
    json_decref(take_members);
    doc = resources_collection(uri, type, "Collection", members);
    json_object_set_new(doc, "Members@odata.count",
                        json_integer((json_int_t)n));
    if (end < n) {
        _cleanup_(freep) char *next = xasprintf("%s?$skip=%zu", uri, end);

        json_object_set_new(doc, "Members@odata.nextLink", json_string(next));
    }
    return doc;
}
