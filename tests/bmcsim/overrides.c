/* SPDX-License-Identifier: Apache-2.0 */
/* See overrides.h. */
#include "overrides.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RECORDS_MAX \
    10000 /* requests kept per BMC: a flood must not eat the memory */

int overrides_set(struct bmc *b, json_t *order, struct error *err)
{
    const char *uri = json_string_value(json_object_get(order, "uri"));

    if (!uri || *uri != '/')
        return error_set(err, -EINVAL,
                         "'resource' wants {\"uri\": \"/...\", \"body\": ..., "
                         "\"status\": n, ...}");
    if (json_object_size(order) > 1)
        json_object_set(b->overrides, uri, order);
    else
        json_object_del(b->overrides, uri);
    return 0;
}

static void record(struct request *r)
{
    if (json_array_size(r->bmc->records) >= RECORDS_MAX)
        return;
    json_array_append_new(
        r->bmc->records,
        json_pack("{ss ss so so}", "method", r->method, "uri", r->path,
                  "headers", request_headers(r), "body",
                  json_stringn_nocheck(r->body.data ? r->body.data : "",
                                       r->body.len)));
}

/* The bytes of a file as they are, said to be gzip or not. */
static void send_file(const char *path, json_t *order, struct reply *ret)
{
    struct buf bytes = {0};
    FILE *file = fopen(path, "re");
    char part[4096];
    size_t n;

    while (file && (n = fread(part, 1, sizeof(part), file)) > 0)
        buf_add(&bytes, part, n);
    if (file)
        fclose(file);
    ret->body = bytes.data;
    ret->len = bytes.len;
    ret->gzip = json_is_true(json_object_get(order, "gzip"));
}

/* Has the one who asks what is there already? */
static bool is_known(struct request *r, json_t *order, struct reply *ret)
{
    const char *etag = json_string_value(json_object_get(order, "etag"));
    const char *known = request_header(r, "If-None-Match");

    ret->etag = etag ? xstrdup(etag) : NULL;
    return etag && known && strcmp(etag, known) == 0;
}

bool overrides_handle(struct request *r, struct reply *ret)
{
    json_t *order = json_object_get(r->bmc->overrides, r->path);
    json_t *body = json_object_get(order, "body");
    json_t *status = json_object_get(order, "status");
    json_t *location = json_object_get(order, "location");
    json_t *file = json_object_get(order, "file");

    if (!order)
        return false;
    if (json_is_true(json_object_get(order, "record")))
        record(r);
    if (is_known(r, order, ret)) {
        reply_empty(ret, 304);
        return true;
    }
    reply_empty(ret, status ? (unsigned)json_integer_value(status) : 200);
    if (body)
        reply_json(ret, ret->status, json_incref(body));
    if (json_is_string(file))
        send_file(json_string_value(file), order, ret);
    if (json_is_string(location))
        ret->location = xstrdup(json_string_value(location));
    return true;
}

void overrides_format(const struct bmc *b, struct buf *ret)
{
    json_t *line;
    size_t i;

    json_array_foreach (b->records, i, line) {
        char *text = json_dumps(line, JSON_COMPACT);

        buf_format(ret, "%s\n",
                   text ? text : "{\"error\":\"the body is not UTF-8\"}");
        free(text);
    }
}
