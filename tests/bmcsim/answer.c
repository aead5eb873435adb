/* SPDX-License-Identifier: Apache-2.0 */
/* See exchange.h: the answer's way to libmicrohttpd, whole or faulty. */
#include "exchange.h"

#include <stdio.h>
#include <string.h>

#include "stream.h"

static ssize_t on_stream(void *cls, uint64_t pos, char *to, size_t max)
{
    struct conn *c = cls;
    struct sim *sim = c->server->sim;
    ssize_t n;

    (void)pos;
    pthread_mutex_lock(&sim->lock);
    n = stream_read(c->stream, to, max);
    if (n == 0 && sim->stopping)
        n = -1;
    if (n == 0)
        conn_suspend(c);
    pthread_mutex_unlock(&sim->lock);
    return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

static void on_stream_end(void *cls)
{
    struct conn *c = cls;
    struct sim *sim = c->server->sim;

    pthread_mutex_lock(&sim->lock);
    stream_free(c->stream);
    pthread_mutex_unlock(&sim->lock);
}

/* A body that breaks off in the middle, or does not begin. */
static ssize_t on_faulty(void *cls, uint64_t pos, char *to, size_t max)
{
    struct exchange *x = cls;
    struct conn *c = x->request.conn;
    struct sim *sim = c->server->sim;
    size_t len = x->reply.fault == ANSWER_PART ? x->reply.len / 2 : 0;
    bool stays;

    if (pos < len) {
        len = len - pos < max ? len - pos : max;
        memcpy(to, x->reply.body + pos, len);
        return (ssize_t)len;
    }
    pthread_mutex_lock(&sim->lock);
    stays = x->reply.fault == ANSWER_HEADERS && !x->told && !sim->stopping;
    x->told = true;
    if (stays)
        conn_hold_back(c);
    pthread_mutex_unlock(&sim->lock);
    return stays ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
}

static struct MHD_Response *make_response(struct exchange *x)
{
    struct reply *reply = &x->reply;
    struct MHD_Response *response;

    if (reply->fault == ANSWER_HEADERS || reply->fault == ANSWER_PART)
        return MHD_create_response_from_callback(reply->len, 4096, on_faulty, x,
                                                 NULL);

    if (reply->stream)
        return MHD_create_response_from_callback(
            MHD_SIZE_UNKNOWN, 4096, on_stream, x->request.conn, on_stream_end);
    response = MHD_create_response_from_buffer(
        reply->len, reply->body ? reply->body : "",
        reply->body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    reply->body = NULL;
    return response;
}

/* What Redfish wants of each answer, and what this one has. */
static void add_headers(struct exchange *x, struct MHD_Response *response)
{
    struct reply *reply = &x->reply;

    MHD_add_response_header(response, "OData-Version", "4.0");
    if (reply->len || reply->type)
        MHD_add_response_header(response, "Content-Type",
                                reply->type ? reply->type : "application/json");
    if (reply->location)
        MHD_add_response_header(response, "Location", reply->location);
    if (reply->token)
        MHD_add_response_header(response, "X-Auth-Token", reply->token);
    if (reply->etag)
        MHD_add_response_header(response, "ETag", reply->etag);
    if (reply->gzip)
        MHD_add_response_header(response, "Content-Encoding", "gzip");
    if (reply->stream)
        MHD_add_response_header(response, "Cache-Control", "no-cache");
    if (reply->retry_after > 0) {
        char text[24];

        snprintf(text, sizeof(text), "%ld", reply->retry_after);
        MHD_add_response_header(response, "Retry-After", text);
    }
    if (reply->status == 401)
        MHD_add_response_header(response, "WWW-Authenticate",
                                "Basic realm=\"bmcsim\"");
    if (reply->close)
        MHD_add_response_header(response, "Connection", "close");
}

enum MHD_Result answer_respond(struct exchange *x)
{
    struct MHD_Response *response = make_response(x);
    enum MHD_Result result;

    add_headers(x, response);
    x->reply.stream = NULL; /* it is the response's now */
    result = MHD_queue_response(x->mhd, x->reply.status, response);
    MHD_destroy_response(response);
    return result;
}
