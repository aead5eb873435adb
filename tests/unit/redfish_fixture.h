/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tiny Redfish service in the test's own process, and a scene around it:
 * real spool, pipeline, fleet and HTTP client on one loop. The service answers
 * what it was told to, and writes down who asked for what: one line each,
 * "METHOD PATH auth=… last=… BODY", where auth is Basic or a session's token.
 */
#pragma once

#include "discover.h"
#include "flow_fixture.h"
#include "http_client.h"
#include "http_server.h"
#include "keep.h"
#include "listener.h"
#include "proof.h"
#include "sources/source.h"
#include "subscribe.h"
#include "talk.h"
#include "wire.h"

#define ROOT "/redfish/v1/"
#define SERVICE "/redfish/v1/EventService"
#define COLLECTION "/redfish/v1/EventService/Subscriptions"
#define BASIC "auth=Basic dTpnZWhlaW0= " /* u and geheim */

struct redfish_answer {
    char *method, *path;
    unsigned status;
    const char *type;
    char *body;
    struct http_header header[3]; /* the last has no name */
};

struct redfish {
    sd_event *loop;
    const struct wire_identity *identity;  /* it speaks TLS, or NULL */
    const struct wire_identity *client_ca; /* and asks who we are, or NULL */
    uint16_t port;
    char url[64];
    struct http_server *server;
    struct redfish_answer answers[32];
    size_t count;
    struct buffer log;
    /* Asked before the answers that were set: true if it answered itself. */
    bool (*on_request)(void *userdata, struct http_request *q,
                       const char *body);
    void *userdata;
};

static struct redfish_answer *redfish_find(struct redfish *r,
                                           const char *method, const char *path)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->answers[i].method, method) == 0 &&
            strcmp(r->answers[i].path, path) == 0)
            return &r->answers[i];
    return NULL;
}

/*
 * From now on `body` is what a GET or POST of that path gets; not kept.
 * Status 0: it gets no answer.
 */
static struct redfish_answer *redfish_set(struct redfish *r, const char *method,
                                          const char *path, unsigned status,
                                          const char *body)
{
    struct redfish_answer *a = redfish_find(r, method, path);

    if (!a) {
        a = &r->answers[r->count++];
        a->method = xstrdup(method);
        a->path = xstrdup(path);
    }
    free(a->body);
    a->status = status;
    a->type = "application/json";
    a->body = xstrdup(body);
    a->header[0] = a->header[1] = (struct http_header){0};
    return a;
}

static unsigned redfish_on_header(void *userdata _unused_,
                                  struct http_request *q _unused_)
{
    return 0;
}

static void redfish_on_request(void *userdata, struct http_request *q,
                               const char *body, size_t len _unused_)
{
    struct redfish *r = userdata;
    const char *method = http_request_method(q), *path = http_request_path(q);
    struct redfish_answer *a = redfish_find(r, method, path);

    buffer_printf(&r->log, "%s %s auth=%s last=%s %s\n", method, path,
                  http_request_header(q, "Authorization")
                      ?: http_request_header(q, "X-Auth-Token") ?: "-",
                  http_request_header(q, "Last-Event-ID") ?: "-", body);
    if (r->on_request && r->on_request(r->userdata, q, body))
        return;
    if (a && a->status == 0)
        return; /* until the service goes away */
    if (a)
        http_request_answer(q, a->status, a->type, a->body, strlen(a->body),
                            a->header);
    else
        http_request_refuse(q, 404, NULL);
}

/* Also again, on the same port, after redfish_go_away(). */
static void redfish_come(struct redfish *r, sd_event *loop)
{
    struct http_server_options options = {
        .limits = {.body = 1u << 20,
                   .bodies = 1u << 22,
                   .connections = 64,
                   .connections_per_address = 64},
        .on_header = redfish_on_header,
        .on_request = redfish_on_request,
        .userdata = r,
    };
    struct error err = {""};
    char address[32];

    if (r->identity) {
        options.certificate = r->identity->certificate_pem;
        options.key = r->identity->key_pem;
    }
    if (r->client_ca)
        options.client_ca = r->client_ca->certificate_pem;
    snprintf(address, sizeof(address), "127.0.0.1:%u", r->port);
    if (listener_open(address, &options.fd, &err) < 0 ||
        http_server_start(loop, &options, &r->server, &err) < 0) {
        diag("%s", err.text);
        abort();
    }
    r->loop = loop;
    r->port = (uint16_t)listener_port(options.fd);
    snprintf(r->url, sizeof(r->url), "http%s://127.0.0.1:%u",
             r->identity ? "s" : "", r->port);
    close(options.fd);
}

_unused_
static void redfish_go_away(struct redfish *r)
{
    http_server_stop(TAKE(r->server));
}

_unused_
static void redfish_done(struct redfish *r)
{
    http_server_stop(r->server);
    for (size_t i = 0; i < r->count; i++) {
        free(r->answers[i].method);
        free(r->answers[i].path);
        free(r->answers[i].body);
    }
    buffer_done(&r->log);
}

/* A service as most are: with a stream if `sse` is a URI, else without. */
_unused_
static void redfish_furnish(struct redfish *r, const char *sse)
{
    _cleanup_free_ char *stream =
        sse ? xasprintf("\"ServerSentEventUri\":\"%s\",", sse) : xstrdup("");
    _cleanup_free_ char *service = xasprintf(
        "{%s\"Subscriptions\":{\"@odata.id\":\"" COLLECTION "\"}}", stream);

    redfish_set(r, "GET", ROOT, 200,
                "{\"Vendor\":\"Acme\",\"Product\":\"Box\",\"UUID\":\"u-1\","
                "\"EventService\":{\"@odata.id\":\"" SERVICE "\"}}");
    redfish_set(r, "GET", SERVICE, 200, service);
    redfish_set(r, "GET", COLLECTION, 200, "{\"Members\":[]}");
    redfish_set(r, "POST", COLLECTION, 201, "{}");
}

/* How often a text stands in what was asked so far. */
_unused_
static unsigned redfish_count(const struct redfish *r, const char *text)
{
    unsigned count = 0;

    for (const char *at = r->log.data; at && (at = strstr(at, text)); at++)
        count++;
    return count;
}

struct scene {
    struct flow flow;
    char password_file[96];
    sd_event *loop;
    struct redfish service;
    struct http_client *client;
    struct talk *talk;
    struct source_host host;
    struct source *source; /* of `type`, if a test made one */
    const struct source_type *type;
    sd_event_source *spool_event;
};

_unused_
static void scene_init(struct scene *s)
{
    *s = (struct scene){0};
    flow_init(&s->flow);
    sd_event_new(&s->loop);
    redfish_come(&s->service, s->loop);
    snprintf(s->password_file, sizeof(s->password_file), "%s/password",
             s->flow.directory);
    file_write(s->password_file, "geheim\n", 7, 0600, NULL);
    s->flow.bmcs[0].url = s->service.url;
    s->flow.bmcs[0].username = "u";
    s->flow.bmcs[0].auth = AUTH_BASIC; /* sessions have a test of their own */
    s->flow.bmcs[0].password_file = s->password_file;
    s->flow.config.bmc_count = 1;
    s->flow.config.public_url = "http://127.0.0.1:8443";
    s->flow.config.limits = (struct config_limits){
        .body = 1u << 20,
        .bodies = 1u << 22,
        .connections = 64,
        .connections_per_address = 64,
        .requests_per_bmc = 32,
        .sse_event = 65536,
        .header_timeout = USEC_PER_MINUTE,
        .body_timeout = USEC_PER_MINUTE,
        .idle_timeout = USEC_PER_MINUTE,
        .sse_idle = USEC_PER_HOUR,
        .bmc_requests = 64,
    };
}

static int scene_on_spool(sd_event_source *event _unused_, int fd _unused_,
                          uint32_t events _unused_, void *userdata)
{
    struct scene *s = userdata;

    spool_acknowledge(s->flow.spool);
    if (s->source)
        s->type->spool_changed(s->source, spool_durable(s->flow.spool),
                               spool_state(s->flow.spool));
    return 0;
}

_unused_
static void scene_start(struct scene *s)
{
    struct talk_setup talk = {.loop = s->loop};

    flow_start(&s->flow);
    http_client_new(s->loop, &s->client, NULL);
    talk.client = s->client;
    talk.pipeline = s->flow.pipeline;
    s->talk = talk_new(&talk);
    talk_adopt(s->talk, &s->flow.config);
    s->host = (struct source_host){
        .loop = s->loop,
        .spool = s->flow.spool,
        .pipeline = s->flow.pipeline,
        .fleet = s->flow.fleet,
        .talk = s->talk,
        .discoverer = discover_new(s->talk, s->flow.pipeline, NULL),
    };
#ifndef SCENE_WITHOUT_KEEP
    s->host.keep = keep_new(&s->host);
#endif
    s->host.subscriber = subscribe_new(&s->host);
    s->host.proof = proof_new(&s->host);
    proof_adopt(s->host.proof, &s->flow.config);
    subscribe_adopt(s->host.subscriber, &s->flow.config);
    sd_event_add_io(s->loop, &s->spool_event, spool_fd(s->flow.spool), EPOLLIN,
                    scene_on_spool, s);
}

/* The source under test, with the scene's configuration. */
_unused_
static int scene_open(struct scene *s, const struct source_type *type)
{
    struct error err = {""};
    int r;

    s->type = type;
    s->source = type->create(&s->host);
    r = type->prepare(s->source, &s->flow.config, &err);
    if (r < 0)
        diag("%s", err.text);
    else
        type->adopt(s->source, &s->flow.config);
#ifndef SCENE_WITHOUT_KEEP
    keep_adopt(s->host.keep, &s->flow.config);
#endif
    return r;
}

_unused_
static void scene_done(struct scene *s)
{
#ifndef SCENE_WITHOUT_KEEP
    keep_free(s->host.keep);
#endif
    if (s->source)
        s->type->destroy(s->source);
    subscribe_free(s->host.subscriber);
    proof_free(s->host.proof);
    discover_free(s->host.discoverer);
    talk_free(s->talk);
    http_client_free(s->client);
    redfish_done(&s->service);
    sd_event_source_disable_unref(s->spool_event);
    flow_done(&s->flow);
    sd_event_unref(s->loop);
}

/* An event of Trawl's own with this key is in the spool, so many times. */
#define scene_said(s, key, times) \
    wire_wait((s)->loop, flow_count(&(s)->flow, (key)) == (times))
