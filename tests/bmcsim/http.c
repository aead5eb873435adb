/* SPDX-License-Identifier: Apache-2.0 */
/* See http.h. What needs libmicrohttpd stands in server.c. */
#include "http.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool request_is(const struct request *r, const char *method)
{
    return strcmp(r->method, method) == 0;
}

json_t *request_json(const struct request *r, struct error *err)
{
    json_error_t why;
    json_t *json;

    json = json_loadb(r->body.data ? r->body.data : "", r->body.len,
                      JSON_DECODE_ANY, &why);
    if (!json)
        error_set(err, -EINVAL, "the body is not JSON: line %d: %s", why.line,
                  why.text);
    return json;
}

void reply_json(struct reply *reply, unsigned status, json_t *take_json)
{
    reply->status = status;
    reply->body = json_dumps(take_json, JSON_COMPACT | JSON_ENCODE_ANY);
    reply->len = reply->body ? strlen(reply->body) : 0;
    json_decref(take_json);
}

void reply_empty(struct reply *reply, unsigned status)
{
    reply->status = status;
}

/* A message about a property has it for its argument too. */
static json_t *message(const char *key, const char *property, const char *text)
{
    _cleanup_(freep) char *id =
        strchr(key, '.') ? xstrdup(key) : xasprintf("Base.1.18.%s", key);
    json_t *doc = json_pack("{ss ss ss ss ss}", "@odata.type",
                            "#Message.v1_1_2.Message", "MessageId", id,
                            "Message", text, "MessageSeverity", "Critical",
                            "Resolution", "Correct the request and try again.");

    if (property) {
        _cleanup_(freep) char *pointer = xasprintf("#/%s", property);

        json_object_set_new(doc, "MessageArgs", json_pack("[s]", property));
        json_object_set_new(doc, "RelatedProperties",
                            json_pack("[s]", pointer));
    }
    return doc;
}

static void refuse(struct reply *reply, unsigned status, json_t *take_message)
{
    reply_json(reply, status,
               json_pack("{s{sO sO s[o]}}", "error", "code",
                         json_object_get(take_message, "MessageId"), "message",
                         json_object_get(take_message, "Message"),
                         "@Message.ExtendedInfo", take_message));
}

void reply_error(struct reply *reply, unsigned status, const char *key,
                 const char *format, ...)
{
    char text[600];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    refuse(reply, status, message(key, NULL, text));
}

void reply_refuse(struct reply *reply, const char *key, const char *property,
                  const char *format, ...)
{
    char text[600];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    refuse(reply, 400, message(key, property, text));
}

void reply_done(struct reply *reply)
{
    free(reply->body);
    free(reply->location);
    free(reply->etag);
    free(reply->token);
    *reply = (struct reply){0};
}
