/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the documents of a service say, into a struct service. Whatever is
 * missing or of a wrong type is passed over, as are texts of blanks only.
 */
#pragma once

#include <jansson.h>

#include "service.h"

/* How a document's links are made URLs. */
struct discover_links {
    const char *base; /* the BMC's URL */
    /* A URI that leads elsewhere: it is left out. */
    void (*on_refused)(void *userdata, const char *uri);
    void *userdata;
};

/* Returns the URL of the EventService; the caller frees it. NULL: elsewhere. */
char *discover_read_root(struct service *s, const json_t *root,
                         const struct discover_links *l);
void discover_read_events(struct service *s, const json_t *document,
                          const struct discover_links *l);
void discover_read_manager(struct service *s, const json_t *document);
void discover_read_system(struct service *s, const json_t *document);

/*
 * The first member of a collection, satellites last (NVIDIA's HGX_*): a URL
 * that the caller frees, or NULL.
 */
char *discover_read_first(const json_t *collection,
                          const struct discover_links *l);
