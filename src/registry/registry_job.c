/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a BMC's registries must be read, and which there are; see
 * registry_job.h. What it sends is bounded: pages, members, bytes.
 */
#include "registry/registry_job.h"

#include <jansson.h>
#include <string.h>

#include "discover.h"
#include "registry/registry_job_private.h"
#include "util/alloc.h"

#define PAGES_MAX 64 /* of the collection: a ring of them must end */

static void job_free(struct registry_job *j)
{
    if (j->transfer)
        http_client_cancel(j->transfer);
    for (size_t i = 0; i < j->member_count; i++)
        free(j->members[i]);
    registry_locator_done(&j->locator);
    registry_claims_done(&j->claims);
    free(j->registries_url);
    free(j->managers_url);
    free(j->firmware);
    free(j->url);
    free(j);
}

void registry_job_cancel(struct registry_job *job)
{
    if (job)
        job_free(job);
}

void registry_job_finish(struct registry_job *j,
                         struct registry_job_result *result)
{
    result->firmware = j->firmware ? j->firmware : "";
    result->claims = &j->claims;
    j->setup.on_done(j->setup.userdata, result);
    j->over = true;
    if (!j->starting)
        job_free(j);
}

void registry_job_give_up(struct registry_job *j, const char *why)
{
    struct registry_job_result result = {.failed = true, .why = why};

    registry_job_finish(j, &result);
}

bool registry_job_ends(struct registry_job *j, unsigned status)
{
    struct registry_job_result result = {
        .failed = true,
        .refused = true,
        .why = "it refuses our password for them",
    };

    if (status != 401)
        return false;
    registry_job_finish(j, &result);
    return true;
}

int registry_job_get(struct registry_job *j, const char *url,
                     on_answer_fn *on_done, struct error *err)
{
    _cleanup_free_ char *password = NULL;
    struct http_client_request request;
    int r = discover_request(j->setup.bmc, url, &request, &password, err);

    if (r < 0)
        return r;
    request.on_done = on_done;
    request.userdata = j;
    return http_client_start(j->setup.client, &request, &j->transfer, err);
}

bool registry_job_may_pass(unsigned status)
{
    return status == 0 || status >= 500 || status == 403 || status == 408 ||
           status == 429;
}

void registry_job_explain(unsigned status, const char *body, size_t len,
                          const struct error *failure, struct error *ret)
{
    if (status == 0)
        *ret = *failure;
    else
        discover_explain(status, body, len, ret);
}

char *registry_job_own_url(struct registry_job *j, const char *uri)
{
    char *url = NULL;

    if (uri &&
        http_client_same_origin(j->setup.bmc->config->url, uri, &url, NULL) < 0)
        j->setup.on_refused(j->setup.userdata, uri);
    return url;
}

const struct registry_binding *registry_job_known(const struct registry_job *j)
{
    return registry_cache_find(j->setup.cache, j->setup.bmc->name);
}

/* ---- which there are */

static void add_members(struct registry_job *j, const json_t *page)
{
    json_t *member;
    size_t i;

    json_array_foreach (json_object_get(page, "Members"), i, member) {
        const char *uri =
            json_string_value(json_object_get(member, "@odata.id"));
        char *url = j->member_count < CONFIG_REGISTRIES_MAX
                        ? registry_job_own_url(j, uri)
                        : NULL;

        if (url)
            j->members[j->member_count++] = url;
    }
}

/* The URL of the page after this one, or NULL. */
static char *next_page(struct registry_job *j, const json_t *page)
{
    const char *uri =
        json_string_value(json_object_get(page, "Members@odata.nextLink"));

    if (!uri)
        uri = json_string_value(json_object_get(page, "@odata.nextLink"));
    return ++j->pages < PAGES_MAX ? registry_job_own_url(j, uri) : NULL;
}

static void on_page(void *userdata, unsigned status, const char *body,
                    size_t len, const struct error *failure)
{
    struct registry_job *j = userdata;
    struct error err = {"its list of registries is no JSON"};
    _cleanup_free_ char *next = NULL;
    json_t *page = NULL;

    j->transfer = NULL;
    if (registry_job_ends(j, status))
        return;
    if (status == 200)
        page = json_loadb(body, len, JSON_DISABLE_EOF_CHECK, NULL);
    else
        registry_job_explain(status, body, len, failure, &err);
    if (!page && (status == 200 || registry_job_may_pass(status))) {
        registry_job_give_up(j, err.text);
        return;
    }
    add_members(j, page); /* none where there is no such collection */
    next = next_page(j, page);
    json_decref(page);
    if (!next)
        registry_job_read(j);
    else if (registry_job_get(j, next, on_page, &err) < 0)
        registry_job_give_up(j, err.text);
}

static void read_list(struct registry_job *j)
{
    struct error err = {""};

    if (registry_job_get(j, j->registries_url, on_page, &err) < 0)
        registry_job_give_up(j, err.text);
}

/* ---- whether that is needed */

static bool still_holds(const struct registry_job *j)
{
    const struct registry_binding *b = registry_job_known(j);

    return b && j->firmware && *j->firmware &&
           strcmp(b->firmware, j->firmware) == 0 &&
           registry_own_is_whole(b->own);
}

static void on_manager(void *userdata, unsigned status, const char *body,
                       size_t len, const struct error *failure _unused_)
{
    struct registry_job_result result = {.unchanged = true};
    struct registry_job *j = userdata;
    json_t *root = status == 200
                       ? json_loadb(body, len, JSON_DISABLE_EOF_CHECK, NULL)
                       : NULL;

    j->transfer = NULL;
    j->firmware =
        xstrdup(json_string_value(json_object_get(root, "FirmwareVersion")));
    json_decref(root);
    if (registry_job_ends(j, status))
        return;
    if (still_holds(j))
        registry_job_finish(j, &result);
    else
        read_list(j);
}

/* A BMC that does not tell its firmware is asked for its registries. */
static void on_managers(void *userdata, unsigned status, const char *body,
                        size_t len, const struct error *failure _unused_)
{
    struct registry_job *j = userdata;
    json_t *root = status == 200
                       ? json_loadb(body, len, JSON_DISABLE_EOF_CHECK, NULL)
                       : NULL;
    json_t *first = json_array_get(json_object_get(root, "Members"), 0);
    _cleanup_free_ char *url = registry_job_own_url(
        j, json_string_value(json_object_get(first, "@odata.id")));

    j->transfer = NULL;
    json_decref(root);
    if (registry_job_ends(j, status))
        return;
    if (!url || registry_job_get(j, url, on_manager, NULL) < 0)
        read_list(j);
}

struct registry_job *registry_job_start(const struct registry_job_setup *s)
{
    struct registry_job *j = XNEW(struct registry_job);

    j->setup = *s;
    j->deadline = clock_monotonic() + s->time;
    j->registries_url = xstrdup(s->registries_url);
    j->managers_url = xstrdup(s->managers_url);
    j->starting = true;
    if (!j->managers_url ||
        registry_job_get(j, j->managers_url, on_managers, NULL) < 0)
        read_list(j);
    j->starting = false;
    if (!j->over)
        return j;
    job_free(j);
    return NULL;
}
