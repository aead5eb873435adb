/* SPDX-License-Identifier: Apache-2.0 */
/* A thin coat around yyjson's tree; see json_in.h. */
#include "decode/json_in.h"

#include <errno.h>
#include <string.h>
#include <yyjson.h>

static yyjson_val *inner(const struct json_value *v)
{
    return (yyjson_val *)v;
}

struct json_in *json_in_read(const char *bytes, size_t len, struct error *err)
{
    yyjson_read_err cause;
    yyjson_doc *doc;

    /* Without the flag "in situ" yyjson copies the bytes and leaves them be. */
    doc = yyjson_read_opts((char *)bytes, len, YYJSON_READ_NUMBER_AS_RAW, NULL,
                           &cause);
    if (!doc)
        error_set(err, -EBADMSG, "%s at byte %zu", cause.msg, cause.pos);
    return (struct json_in *)doc;
}

void json_in_free(struct json_in *doc)
{
    yyjson_doc_free((yyjson_doc *)doc);
}

const struct json_value *json_in_root(const struct json_in *doc)
{
    return (struct json_value *)yyjson_doc_get_root((yyjson_doc *)doc);
}

enum json_type json_in_type(const struct json_value *v)
{
    switch (yyjson_get_type(inner(v))) {
    case YYJSON_TYPE_BOOL:
        return JSON_IN_BOOL;
    case YYJSON_TYPE_RAW:
    case YYJSON_TYPE_NUM:
        return JSON_IN_NUMBER;
    case YYJSON_TYPE_STR:
        return JSON_IN_TEXT;
    case YYJSON_TYPE_ARR:
        return JSON_IN_ARRAY;
    case YYJSON_TYPE_OBJ:
        return JSON_IN_OBJECT;
    }
    return JSON_IN_NULL;
}

size_t json_in_count(const struct json_value *v)
{
    return yyjson_is_ctn(inner(v)) ? yyjson_get_len(inner(v)) : 0;
}

const char *json_in_text(const struct json_value *v, size_t *ret_len)
{
    const char *text = NULL;

    switch (json_in_type(v)) {
    case JSON_IN_BOOL:
        text = yyjson_get_bool(inner(v)) ? "true" : "false";
        *ret_len = strlen(text);
        break;
    case JSON_IN_NUMBER:
        text = yyjson_get_raw(inner(v));
        *ret_len = yyjson_get_len(inner(v));
        break;
    case JSON_IN_TEXT:
        text = yyjson_get_str(inner(v));
        *ret_len = yyjson_get_len(inner(v));
        break;
    case JSON_IN_NULL:
    case JSON_IN_ARRAY:
    case JSON_IN_OBJECT:
        break;
    }
    return text;
}

struct json_walk json_in_walk(const struct json_value *container)
{
    struct json_walk w = {.left = json_in_count(container)};

    if (w.left > 0) {
        w.at = (struct json_value *)unsafe_yyjson_get_first(inner(container));
        w.keys = json_in_type(container) == JSON_IN_OBJECT;
    }
    return w;
}

const struct json_value *json_in_next(struct json_walk *w, const char **ret_key,
                                      size_t *ret_key_len)
{
    yyjson_val *value = inner(w->at);

    if (w->left == 0)
        return NULL;
    if (ret_key)
        *ret_key = w->keys ? unsafe_yyjson_get_str(value) : NULL;
    if (ret_key_len)
        *ret_key_len = w->keys ? unsafe_yyjson_get_len(value) : 0;
    if (w->keys)
        value++; /* a key's value stands right behind it */
    w->left--;
    w->at = (struct json_value *)unsafe_yyjson_get_next(value);
    return (struct json_value *)value;
}

const struct json_value *json_in_find(const struct json_value *object,
                                      const char *key)
{
    return (struct json_value *)yyjson_obj_get(inner(object), key);
}

static void write_members(const struct json_value *v, struct json_writer *w)
{
    struct json_walk walk = json_in_walk(v);
    const struct json_value *member;
    const char *key;

    while ((member = json_in_next(&walk, &key, NULL))) {
        if (key)
            json_writer_key(w, key);
        json_in_write(member, w);
    }
}

void json_in_write(const struct json_value *v, struct json_writer *w)
{
    size_t len = 0;
    const char *text = json_in_text(v, &len);

    switch (json_in_type(v)) {
    case JSON_IN_NULL:
        json_writer_raw(w, "null", 4);
        break;
    case JSON_IN_BOOL:
    case JSON_IN_NUMBER:
        json_writer_raw(w, text, len);
        break;
    case JSON_IN_TEXT:
        json_writer_text(w, text, len);
        break;
    case JSON_IN_ARRAY:
        json_writer_open_array(w);
        write_members(v, w);
        json_writer_close_array(w);
        break;
    case JSON_IN_OBJECT:
        json_writer_open_object(w);
        write_members(v, w);
        json_writer_close_object(w);
        break;
    }
}
