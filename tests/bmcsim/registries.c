/* SPDX-License-Identifier: Apache-2.0 */
/* See registries.h. */
#include "registries.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "resources.h"

#define REGISTRIES "/redfish/v1/Registries"
#define STORE "/redfish/v1/RegistryStore"
#define COPY_SIZE 65536

struct registry {
    char *id; /* the file's name without .json */
    char *path;
    char *name, *language; /* once read: "ResourceEvent.1.4", "en" */
    struct buf plain, packed;
    bool is_read;
};

struct registries {
    struct registry *all;
    size_t n;
};

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct registry *)a)->id,
                  ((const struct registry *)b)->id);
}

static void add_file(struct registries *r, const char *directory,
                     const char *name)
{
    struct registry *one;
    size_t len = strlen(name);

    if (len < 6 || strcmp(name + len - 5, ".json") != 0)
        return;
    r->all = xrealloc(r->all, (r->n + 1) * sizeof(*r->all));
    one = &r->all[r->n++];
    *one = (struct registry){.path = xasprintf("%s/%s", directory, name)};
    one->id = xstrdup(name);
    one->id[len - 5] = 0;
}

struct registries *registries_open(const char *directory, struct error *err)
{
    struct registries *r;
    struct dirent *entry;
    DIR *dir = opendir(directory);

    if (!dir) {
        error_set(err, 0, "cannot read the registries in %s: %s", directory,
                  strerror(errno));
        return NULL;
    }
    r = xcalloc(1, sizeof(*r));
    while ((entry = readdir(dir)))
        add_file(r, directory, entry->d_name);
    closedir(dir);
    if (r->n)
        qsort(r->all, r->n, sizeof(*r->all), by_id);
    return r;
}

void registries_close(struct registries *r)
{
    for (size_t i = 0; r && i < r->n; i++) {
        free(r->all[i].id);
        free(r->all[i].path);
        free(r->all[i].name);
        free(r->all[i].language);
        buf_done(&r->all[i].plain);
        buf_done(&r->all[i].packed);
    }
    if (r)
        free(r->all);
    free(r);
}

static void read_file(const char *path, struct buf *ret)
{
    FILE *file = fopen(path, "re");
    char *part = xcalloc(1, COPY_SIZE);
    size_t n;

    while (file && (n = fread(part, 1, COPY_SIZE, file)) > 0)
        buf_add(ret, part, n);
    if (file)
        fclose(file);
    free(part);
}

static void pack(const struct buf *plain, struct buf *ret)
{
    z_stream z = {0};

    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    ret->cap = deflateBound(&z, plain->len) + 64;
    ret->data = xrealloc(ret->data, ret->cap);
    z.next_in = (Bytef *)plain->data;
    z.avail_in = (uInt)plain->len;
    z.next_out = (Bytef *)ret->data;
    z.avail_out = (uInt)ret->cap;
    deflate(&z, Z_FINISH);
    ret->len = z.total_out;
    deflateEnd(&z);
}

static const char *text_of(json_t *object, const char *key,
                           const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : otherwise;
}

static void registry_read(struct registry *one)
{
    json_t *json;
    char *dot;

    if (one->is_read)
        return;
    one->is_read = true;
    read_file(one->path, &one->plain);
    json = json_loadb(one->plain.data ? one->plain.data : "", one->plain.len, 0,
                      NULL);
    one->language = xstrdup(text_of(json, "Language", "en"));
    one->name = xasprintf("%s.%s", text_of(json, "RegistryPrefix", one->id),
                          text_of(json, "RegistryVersion", "1.0.0"));
    dot = strrchr(one->name, '.');
    if (dot)
        *dot = 0;
    json_decref(json);
    pack(&one->plain, &one->packed);
}

/* Does the BMC serve it? The prefix is what stands before the first dot. */
static bool is_served(const struct bmc *b, const struct registry *one)
{
    const char *list = b->dialect.registries;
    size_t len = strcspn(one->id, ".");

    if (!*list)
        return true;
    while (list) {
        _cleanup_(freep) char *prefix = list_next(&list);

        if (prefix && strlen(prefix) == len &&
            strncmp(prefix, one->id, len) == 0)
            return true;
    }
    return false;
}

static struct registry *find(const struct bmc *b, const char *id, size_t len)
{
    struct registries *r = b->sim->registries;

    for (size_t i = 0; r && i < r->n; i++)
        if (strlen(r->all[i].id) == len && strncmp(r->all[i].id, id, len) == 0)
            return is_served(b, &r->all[i]) ? &r->all[i] : NULL;
    return NULL;
}

json_t *registries_prefixes(const struct bmc *b)
{
    struct registries *r = b->sim->registries;
    json_t *prefixes = json_array();
    const char *last = "";
    size_t last_len = 0;

    for (size_t i = 0; r && i < r->n; i++) {
        const char *id = r->all[i].id;
        size_t len = strcspn(id, ".");

        if (!is_served(b, &r->all[i]) ||
            (len == last_len && strncmp(id, last, len) == 0))
            continue;
        json_array_append_new(prefixes, json_stringn(id, len));
        last = id;
        last_len = len;
    }
    return prefixes;
}

static void show_all(struct bmc *b, struct reply *ret)
{
    struct registries *r = b->sim->registries;
    json_t *members = json_array();

    for (size_t i = 0; r && i < r->n; i++) {
        _cleanup_(freep) char *uri = xasprintf(REGISTRIES "/%s", r->all[i].id);

        if (is_served(b, &r->all[i]))
            json_array_append_new(members, resources_link(uri));
    }
    reply_json(
        ret, 200,
        resources_collection(
            REGISTRIES,
            "#MessageRegistryFileCollection.MessageRegistryFileCollection",
            "Registries", members));
}

static void show_file(struct registry *one, struct reply *ret)
{
    _cleanup_(freep) char *self = xasprintf(REGISTRIES "/%s", one->id);
    _cleanup_(freep) char *uri = xasprintf(STORE "/%s.json", one->id);

    registry_read(one);
    reply_json(ret, 200,
               json_pack("{ss ss ss ss ss s[s] s[{ss ss}]}", "@odata.id", self,
                         "@odata.type",
                         "#MessageRegistryFile.v1_1_3.MessageRegistryFile",
                         "Id", one->id, "Name", "Message Registry File",
                         "Registry", one->name, "Languages", one->language,
                         "Location", "Language", one->language, "Uri", uri));
}

static void show_content(const struct bmc *b, struct registry *one,
                         struct reply *ret)
{
    const struct buf *content;

    registry_read(one);
    content = b->dialect.gzip ? &one->packed : &one->plain;
    ret->status = 200;
    ret->gzip = b->dialect.gzip;
    ret->body = xcalloc(1, content->len + 1);
    memcpy(ret->body, content->data, content->len);
    ret->len = content->len;
}

bool registries_handle(struct request *r, struct reply *ret)
{
    bool in_store = is_prefix(r->path, STORE "/");
    const char *id = r->path + (in_store ? sizeof(STORE) : sizeof(REGISTRIES));
    struct registry *one;
    size_t len;

    if (!request_is(r, "GET"))
        return false;
    if (strcmp(r->path, REGISTRIES) == 0) {
        show_all(r->bmc, ret);
        return true;
    }
    if (!in_store && !is_prefix(r->path, REGISTRIES "/"))
        return false;
    len = strlen(id);
    if (in_store && len > 5)
        len -= 5; /* .json */
    one = find(r->bmc, id, len);
    if (!one)
        return false;
    if (in_store)
        show_content(r->bmc, one, ret);
    else
        show_file(one, ret);
    return true;
}
