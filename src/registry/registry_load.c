/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of registries into a set; see registry.h. Files of our own kinds
 * stand among them and are passed over.
 */
#include "registry.h"

#include <errno.h>

#include "config.h"
#include "util/alloc.h"
#include "util/file.h"

/* One file; a negative errno with a text if it is no registry. */
static int load_file(struct registry_set *set, const char *path,
                     enum registry_origin origin, struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    const char *json;
    struct registry *r;
    int e = file_read(path, CONFIG_REGISTRY_MAX, &text, err);

    if (e < 0)
        return e;
    json = text.data ? text.data : "";
    r = registry_parse(json, text.len, err);
    if (r) {
        r->origin = origin;
        r->file = xstrdup(path);
        e = registry_set_add(set, r, err);
        if (e < 0)
            registry_free(r);
    } else if (!registry_is_own_file(json, text.len)) {
        e = -EINVAL; /* ours are read by others: clearing.c, catalogue.c */
    }
    return e < 0 ? error_prefix(err, e, "%s is skipped", path) : 0;
}

void registry_set_load(struct registry_set *set, const char *directory,
                       enum registry_origin origin,
                       void (*on_problem)(void *userdata, const char *text),
                       void *userdata)
{
    struct error err = {""};
    char **names = NULL;
    size_t count = 0;

    if (file_list(directory, ".json", &names, &count, &err) < 0 && on_problem)
        on_problem(userdata, err.text);
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", directory, names[i]);

        if (load_file(set, path, origin, &err) < 0 && on_problem)
            on_problem(userdata, err.text);
        free(names[i]);
    }
    free(names);
}
