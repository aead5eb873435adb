/* SPDX-License-Identifier: Apache-2.0 */
/* See redfish.h. */
#include "redfish.h"

#include <string.h>

#include "event_service.h"
#include "log_service.h"
#include "mangle.h"
#include "overrides.h"
#include "registries.h"
#include "resources.h"
#include "sessions.h"
#include "stream.h"
#include "subscriptions.h"
#include "tasks.h"

/* What follows base in path: "" or "/..."; NULL when path is elsewhere. */
static const char *below(const char *path, const char *base)
{
    size_t len = strlen(base);

    while (len > 1 && base[len - 1] == '/')
        len--;
    if (strncmp(path, base, len) != 0 || (path[len] && path[len] != '/'))
        return NULL;
    return path + len;
}

static void show_document(struct request *r, struct reply *ret)
{
    json_t *doc = resources_find(r->bmc, r->path);

    if (!doc) {
        reply_error(ret, 404, "ResourceMissingAtURI", "There is nothing at %s.",
                    r->path);
    } else if (!request_is(r, "GET")) {
        json_decref(doc);
        reply_error(ret, 405, "OperationNotAllowed", "%s is not allowed here.",
                    r->method);
    } else {
        reply_json(ret, 200, doc);
    }
}

static void route(struct request *r, struct reply *ret)
{
    const struct dialect *d = &r->bmc->dialect;
    const char *tail;

    if (overrides_handle(r, ret))
        return;
    if (d->sse && request_is(r, "GET") && strcmp(r->path, d->sse_path) == 0)
        stream_open(r, ret);
    else if ((tail = below(r->path, d->subs.path)))
        subscriptions_handle(r, *tail ? tail + 1 : tail, ret);
    else if ((tail = below(r->path, SESSIONS)))
        sessions_handle(r, tail, ret);
    else if ((tail = below(r->path, EVENT_SERVICE)) &&
             event_service_handle(r, tail, ret))
        return;
    else if (!tasks_handle(r, ret) && !log_service_handle(r, ret) &&
             !registries_handle(r, ret))
        show_document(r, ret);
}

void redfish_handle(struct request *r, struct reply *ret)
{
    unsigned refused = behave_refuses(&r->bmc->behave, r->path);

    load_count(r);
    if (refused) {
        reply_error(ret, refused, "GeneralError", "The BMC is in a bad mood.");
        ret->retry_after = r->bmc->behave.retry_after_s;
    } else if (mangle_redirects(r, ret)) {
        return;
    } else if (!sessions_allow(r)) {
        reply_error(ret, 401, "NoValidSession", "Log in first.");
    } else {
        route(r, ret);
    }
    mangle_reply(r, ret);
    if (ret->status == 401)
        r->bmc->counters.unauthorized++;
}
