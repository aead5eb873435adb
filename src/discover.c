/* SPDX-License-Identifier: Apache-2.0 */
/* Service root, then EventService; see discover.h. */
#include "discover.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "util/alloc.h"

#define ANSWER_MAX (1u << 20) /* these documents are a few KiB */
#define ANSWER_TIMEOUT (30 * USEC_PER_SEC)

struct discovery {
    struct http_client *client;
    struct bmc *bmc;
    struct discover_callbacks callbacks;
    struct http_transfer *transfer;
    struct discover_result result; /* as far as it is known */
};

int discover_request(const struct bmc *bmc, const char *url,
                     struct http_client_request *ret, char **ret_password,
                     struct error *err)
{
    const struct config_bmc *c = bmc->config;
    int r = config_password(c, ret_password, err);

    if (r < 0)
        return r;
    *ret = (struct http_client_request){
        .method = "GET",
        .url = url,
        .username = *ret_password ? c->username : NULL,
        .password = *ret_password,
        .tls = {c->tls.verify, c->tls.ca, c->tls.fingerprint},
        .timeout = ANSWER_TIMEOUT,
        .response_max = ANSWER_MAX,
    };
    return 0;
}

static const char *text_at(const json_t *root, const char *key,
                           const char *inner)
{
    const json_t *value = json_object_get(root, key);

    if (inner)
        value = json_object_get(value, inner);
    return json_string_value(value);
}

void discover_explain(unsigned status, const char *body, size_t len,
                      struct error *ret)
{
    json_t *root = json_loadb(body ? body : "", body ? len : 0, 0, NULL);
    json_t *error = json_object_get(root, "error");
    json_t *info =
        json_array_get(json_object_get(error, "@Message.ExtendedInfo"), 0);
    const char *text = text_at(info, "Message", NULL);

    if (!text)
        text = text_at(error, "message", NULL);
    error_set(ret, -EPROTO, "it answered %u%s%s", status, text ? ": " : "",
              text ? text : "");
    json_decref(root);
}

void discover_cancel(struct discovery *d)
{
    if (!d)
        return;
    if (d->transfer)
        http_client_cancel(d->transfer);
    free(d->result.sse_url);
    free(d->result.subscriptions_url);
    free(d->result.registries_url);
    free(d->result.managers_url);
    free(d);
}

/* Ends the discovery. The owner has forgotten it when this returns. */
static void finish(struct discovery *d, const struct discover_result *result,
                   unsigned status, const struct error *err)
{
    d->callbacks.on_done(d->callbacks.userdata, result, status, err);
    discover_cancel(d);
}

/* The URL of a link in a document; NULL if it is absent or points away. */
static char *link_url(struct discovery *d, const char *uri)
{
    char *url = NULL;

    if (!uri || !*uri)
        return NULL;
    if (http_client_same_origin(d->bmc->config->url, uri, &url, NULL) < 0)
        d->callbacks.on_refused(d->callbacks.userdata, uri);
    return url;
}

static int get(struct discovery *d, const char *url,
               void (*on_done)(void *, unsigned, const char *, size_t,
                               const struct error *),
               struct error *err)
{
    _cleanup_free_ char *password = NULL;
    struct http_client_request request;
    int r = discover_request(d->bmc, url, &request, &password, err);

    if (r < 0)
        return r;
    request.on_done = on_done;
    request.userdata = d;
    return http_client_start(d->client, &request, &d->transfer, err);
}

/* The answer as a document; NULL with a text if it is none. */
static json_t *document(unsigned status, const char *body, size_t len,
                        const struct error *failure, struct error *err)
{
    json_t *root = NULL;

    if (status == 0)
        *err = *failure;
    else if (status != 200)
        discover_explain(status, body, len, err);
    else if (!(root = json_loadb(body, len, JSON_DISABLE_EOF_CHECK, NULL)))
        error_set(err, -EPROTO, "its answer is no JSON");
    return root;
}

static void on_event_service(void *userdata, unsigned status, const char *body,
                             size_t len, const struct error *failure)
{
    struct discovery *d = userdata;
    struct error err = {""};
    json_t *root = document(status, body, len, failure, &err);

    d->transfer = NULL;
    if (!root) {
        finish(d, NULL, status, &err);
        return;
    }
    d->result.sse_url = link_url(d, text_at(root, "ServerSentEventUri", NULL));
    d->result.subscriptions_url =
        link_url(d, text_at(root, "Subscriptions", "@odata.id"));
    json_decref(root);
    finish(d, &d->result, status, NULL);
}

static void take_identity(struct bmc *bmc, const json_t *root)
{
    bmc_set_identity(bmc, text_at(root, "Vendor", NULL),
                     text_at(root, "Product", NULL),
                     text_at(root, "UUID", NULL));
}

static void on_root(void *userdata, unsigned status, const char *body,
                    size_t len, const struct error *failure)
{
    struct discovery *d = userdata;
    struct error err = {""};
    json_t *root = document(status, body, len, failure, &err);
    _cleanup_free_ char *url = NULL;
    int r;

    d->transfer = NULL;
    if (!root) {
        finish(d, NULL, status, &err);
        return;
    }
    take_identity(d->bmc, root);
    d->result.registries_url =
        link_url(d, text_at(root, "Registries", "@odata.id")
                        ?: "/redfish/v1/Registries");
    d->result.managers_url = link_url(d, text_at(root, "Managers", "@odata.id")
                                             ?: "/redfish/v1/Managers");
    url = link_url(d, text_at(root, "EventService", "@odata.id")
                          ?: "/redfish/v1/EventService");
    json_decref(root);
    r = url ? get(d, url, on_event_service, &err)
            : error_set(&err, -EXDEV, "its EventService is elsewhere");
    if (r < 0)
        finish(d, NULL, 0, &err);
}

int discover_start(struct http_client *client, struct bmc *bmc,
                   const struct discover_callbacks *callbacks,
                   struct discovery **ret, struct error *err)
{
    struct discovery *d = XNEW(struct discovery);
    _cleanup_free_ char *url = xasprintf("%s/redfish/v1/", bmc->config->url);
    int r;

    d->client = client;
    d->bmc = bmc;
    d->callbacks = *callbacks;
    r = get(d, url, on_root, err);
    if (r < 0)
        free(d);
    else
        *ret = d;
    return r;
}
