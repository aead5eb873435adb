/* SPDX-License-Identifier: Apache-2.0 */
/* See own_file.h. */
#include "registry/own_file.h"

#include <string.h>

#include "config.h"
#include "decode/decode_text.h"
#include "util/alloc.h"
#include "util/file.h"

const struct json_value *own_file_member(const struct json_value *object,
                                         const char *key, enum json_type type)
{
    const struct json_value *v = json_in_find(object, key);

    return v && json_in_type(v) == type ? v : NULL;
}

const char *own_file_text(const struct json_value *object, const char *key)
{
    const struct json_value *v = own_file_member(object, key, JSON_IN_TEXT);
    size_t len;

    return v ? json_in_text(v, &len) : NULL;
}

char **own_file_texts(const struct json_value *array)
{
    struct json_walk walk;
    const struct json_value *v;
    size_t count = 0, len;
    char **texts;

    if (!array || json_in_type(array) != JSON_IN_ARRAY)
        return NULL;
    texts = xcalloc(json_in_count(array) + 1, sizeof(*texts));
    walk = json_in_walk(array);
    while ((v = json_in_next(&walk, NULL, NULL)))
        if (json_in_type(v) == JSON_IN_TEXT)
            texts[count++] = xstrdup(json_in_text(v, &len));
    return texts;
}

void own_file_texts_free(char **texts)
{
    for (char **t = texts; t && *t; t++)
        free(*t);
    free(texts);
}

static void load_file(const char *path, const struct own_file_reader *reader)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    _cleanup_(json_in_freep) struct json_in *doc = NULL;
    const char *schema;

    /*
     * Most files of these folders are registries, some of them large: what does
     * not even contain the name of the schema is not parsed.
     */
    if (file_read(path, CONFIG_REGISTRY_MAX, &text, NULL) < 0 || !text.data ||
        !memmem(text.data, text.len, reader->schema, strlen(reader->schema)) ||
        decode_text_is_deep(text.data, text.len))
        return;
    doc = json_in_read(text.data, text.len, NULL);
    if (!doc || json_in_type(json_in_root(doc)) != JSON_IN_OBJECT)
        return;
    schema = own_file_text(json_in_root(doc), "schema");
    if (schema && strcmp(schema, reader->schema) == 0)
        reader->on_document(reader->userdata, path, json_in_root(doc));
}

void own_file_load(const char *directory, const struct own_file_reader *reader)
{
    char **names = NULL;
    size_t count = 0;

    file_list(directory, ".json", &names, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", directory, names[i]);

        load_file(path, reader);
        free(names[i]);
    }
    free(names);
}
