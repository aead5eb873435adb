/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one HTTP request: header, body, the owner's decision, answer.
 * libmicrohttpd calls http_request_access() once for the header, once for each
 * piece of the body, once when the body is complete, and once more after a
 * suspended connection was resumed. A body beyond its limit is thrown away
 * while it arrives and then answered, because the library can answer only
 * before a body or after it.
 *
 * The owner holds a request from on_header on until it answers or is told
 * that the request is gone; exactly one of the two happens.
 */
#include "http/http_server_private.h"

#include <assert.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "util/alloc.h"
#include "util/json_writer.h"

/* Bytes thrown away for a client that is told 413, before we just hang up. */
#define DISCARD_MAX (16u << 20)
#define RETRY_AFTER "30"

struct refusal {
    unsigned status;
    const char *text;
};

static const struct refusal refusals[] = {
    {400, "The request is malformed."},
    {401, "The request lacks valid credentials."},
    {403, "Access is denied."},
    {404, "There is no resource at this URI."},
    {405, "The method is not supported by this resource."},
    {413, "The body is larger than this service accepts."},
    {503, "The service cannot take more at the moment; try again later."},
};

static const char *refusal_text(unsigned status)
{
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
        if (refusals[i].status == status)
            return refusals[i].text;
    return "The request cannot be served.";
}

static struct http_server *request_server(const struct http_request *r)
{
    return r->connection->server;
}

/* Takes the request away from its owner. */
static void request_release(struct http_request *r)
{
    struct http_server *s = request_server(r);

    if (r->released)
        return;
    r->released = true;
    if (s->options.on_gone)
        s->options.on_gone(s->options.userdata, r);
}

static void request_drop_body(struct http_request *r)
{
    request_server(r)->body_bytes -= r->body.len;
    buffer_done(&r->body);
}

/* A GnuTLS session that passed the handshake's check; pitfall 5. */
static bool client_is_verified(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info;
    unsigned count = 0;

    info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info && gnutls_certificate_get_peers(info->tls_session, &count) &&
           count > 0 &&
           gnutls_session_get_verify_cert_status(info->tls_session) == 0;
}

static enum MHD_Result request_send(struct http_request *r)
{
    http_limits_enter(r->connection, HTTP_PHASE_ANSWER);
    return MHD_queue_response(r->mhd, r->status, r->response);
}

static void set_response(struct http_request *r, unsigned status,
                         const char *content_type, const char *body, size_t len)
{
    r->response = MHD_create_response_from_buffer(len, (void *)(uintptr_t)body,
                                                  MHD_RESPMEM_MUST_COPY);
    assert(r->response);
    r->status = status;
    if (content_type)
        (void)MHD_add_response_header(r->response, "Content-Type",
                                      content_type);
    if (request_server(r)->quiesced)
        (void)MHD_add_response_header(r->response, "Connection", "close");
}

/* A Redfish error object, as BMCs and their tools expect from a service. */
static void set_refusal(struct http_request *r, unsigned status,
                        const char *text)
{
    _cleanup_(buffer_done) struct buffer out = {0};
    struct json_writer w;

    json_writer_init(&w, &out);
    json_writer_open_object(&w);
    json_writer_key(&w, "error");
    json_writer_open_object(&w);
    json_writer_member(&w, "code", "Base.1.8.GeneralError");
    json_writer_member(&w, "message", text);
    json_writer_key(&w, "@Message.ExtendedInfo");
    json_writer_open_array(&w);
    json_writer_open_object(&w);
    json_writer_member(&w, "@odata.type", "#Message.v1_1_1.Message");
    json_writer_member(&w, "MessageId", "Base.1.8.GeneralError");
    json_writer_member(&w, "Message", text);
    json_writer_member(&w, "MessageSeverity",
                       status == 503 ? "Warning" : "Critical");
    json_writer_close_object(&w);
    json_writer_close_array(&w);
    json_writer_close_object(&w);
    json_writer_close_object(&w);
    set_response(r, status, "application/json", out.data, out.len);
    if (status == 503)
        (void)MHD_add_response_header(r->response, "Retry-After", RETRY_AFTER);
}

/* 0, or the status for a body that is announced to be too much. */
static unsigned announced_refusal(const struct http_request *r)
{
    const struct http_server *s = request_server(r);
    const char *text = http_request_header(r, "Content-Length");
    unsigned long long len = text ? strtoull(text, NULL, 10) : 0;

    if (len > s->options.limits.body)
        return 413;
    if (len > 0 && (s->body_bytes >= s->options.limits.bodies ||
                    len > s->options.limits.bodies - s->body_bytes))
        return 503;
    return 0;
}

static struct http_request *request_new(struct http_connection *c,
                                        struct MHD_Connection *mhd)
{
    struct http_request *r = XNEW(struct http_request);

    r->connection = c;
    r->mhd = mhd;
    c->request = r;
    return r;
}

/* The header is there: who may go on, and into which answer. */
static enum MHD_Result request_begin(struct http_request *r)
{
    struct http_server *s = request_server(r);
    unsigned status = s->options.on_header(s->options.userdata, r);

    if (status)
        r->released = true;
    else if (!r->response && (status = announced_refusal(r)))
        request_release(r);
    if (!r->response && !status) {
        http_limits_enter(r->connection, HTTP_PHASE_BODY);
        return MHD_YES;
    }
    if (!r->response)
        set_refusal(r, status, refusal_text(status));
    return request_send(r);
}

static unsigned body_refusal(const struct http_request *r, size_t more)
{
    const struct http_server *s = request_server(r);

    if (more > s->options.limits.body - r->body.len)
        return 413;
    if (s->body_bytes >= s->options.limits.bodies ||
        more > s->options.limits.bodies - s->body_bytes)
        return 503;
    return 0;
}

static enum MHD_Result request_body(struct http_request *r, const char *data,
                                    size_t len)
{
    if (!r->refused && (r->refused = body_refusal(r, len))) {
        request_drop_body(r);
        request_release(r);
    }
    if (!r->refused) {
        buffer_add(&r->body, data, len);
        request_server(r)->body_bytes += len;
        return MHD_YES;
    }
    r->discarded += len;
    return r->discarded > DISCARD_MAX ? MHD_NO : MHD_YES;
}

static void request_suspend(struct http_request *r)
{
    MHD_suspend_connection(r->mhd);
    r->suspended = true;
    http_limits_enter(r->connection, HTTP_PHASE_WAITING);
}

/* The body is complete, or a suspended connection goes on. */
static enum MHD_Result request_complete(struct http_request *r)
{
    struct http_server *s = request_server(r);

    if (r->gone)
        return MHD_NO;
    s->unanswered += !r->complete;
    r->complete = true;
    if (r->refused)
        set_refusal(r, r->refused, refusal_text(r->refused));
    if (!r->response) {
        s->options.on_request(s->options.userdata, r,
                              r->body.data ? r->body.data : "", r->body.len);
        request_drop_body(r);
    }
    if (r->response)
        return request_send(r);
    request_suspend(r);
    return MHD_YES;
}

enum MHD_Result http_request_access(void *cls, struct MHD_Connection *mhd,
                                    const char *url, const char *method,
                                    const char *version, const char *data,
                                    size_t *len, void **request)
{
    struct http_server *s = cls;
    struct http_request *r = *request;
    const union MHD_ConnectionInfo *info;
    size_t piece = *len;

    (void)version;
    s->progress++;
    if (r) {
        *len = 0;
        return piece > 0 ? request_body(r, data, piece) : request_complete(r);
    }
    if (s->verify && !client_is_verified(mhd))
        return MHD_NO;
    info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    r = request_new(info->socket_context, mhd);
    r->method = method;
    r->path = url;
    *request = r;
    return request_begin(r);
}

void http_request_completed(void *cls, struct MHD_Connection *mhd,
                            void **request,
                            enum MHD_RequestTerminationCode code)
{
    struct http_server *s = cls;
    struct http_request *r = *request;

    (void)mhd;
    (void)code;
    s->progress++;
    if (!r)
        return;
    s->unanswered -= r->complete;
    request_drop_body(r);
    request_release(r);
    r->connection->request = NULL;
    http_limits_enter(r->connection, HTTP_PHASE_IDLE);
    if (r->response)
        MHD_destroy_response(r->response);
    free(r);
    *request = NULL;
}

/*
 * Without a thread of its own the library notices a resumed connection only
 * when it is run again, and announces no timeout for it either.
 */
static void request_resume(struct http_request *r)
{
    if (!r->suspended)
        return;
    r->suspended = false;
    MHD_resume_connection(r->mhd);
    http_server_wake(request_server(r));
}

void http_request_abandon(struct http_request *r)
{
    r->gone = true;
    http_limits_enter(r->connection, HTTP_PHASE_NONE);
    (void)shutdown(r->connection->fd, SHUT_RDWR);
    request_release(r);
    request_resume(r);
}

void http_request_answer(struct http_request *r, unsigned status,
                         const char *content_type, const char *body, size_t len,
                         const struct http_header *headers)
{
    assert(!r->released);
    set_response(r, status, content_type, body, len);
    for (; headers && headers->name; headers++)
        (void)MHD_add_response_header(r->response, headers->name,
                                      headers->value);
    r->released = true;
    request_resume(r);
}

void http_request_refuse(struct http_request *r, unsigned status,
                         const char *text)
{
    assert(!r->released);
    set_refusal(r, status, text ? text : refusal_text(status));
    r->released = true;
    request_resume(r);
}

const char *http_request_method(const struct http_request *r)
{
    return r->method;
}

const char *http_request_path(const struct http_request *r)
{
    return r->path;
}

const char *http_request_header(const struct http_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, name);
}

const struct sockaddr *http_request_address(const struct http_request *r)
{
    const union MHD_ConnectionInfo *info;

    info = MHD_get_connection_info(r->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

void http_request_set_userdata(struct http_request *r, void *userdata)
{
    r->userdata = userdata;
}

void *http_request_userdata(const struct http_request *r)
{
    return r->userdata;
}
