/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a BMC's registries must be read, and which there are; see
 * registry_job.h. What it sends is bounded: pages, members, bytes.
 */
#include "registry/registry_job.h"

#include <string.h>

#include "registry/registry_job_private.h"
#include "util/alloc.h"

#define PAGES_MAX 64 /* of the collection: a ring of them must end */

static void job_free(struct registry_job *j)
{
    talk_cancel(j->exchange);
    http_client_cancel(j->transfer);
    registry_intake_cancel(j->intake);
    free(j->etag);
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

    /*
     * Nothing else is asked then: each request would be one more failed login,
     * and enough of them lock the account.
     */
    if (status != 401)
        return false;
    registry_job_finish(j, &result);
    return true;
}

void registry_job_get(struct registry_job *j, const char *uri,
                      void (*on_answer)(void *userdata,
                                        const struct talk_answer *a))
{
    struct talk_request r = {
        .bmc = j->setup.bmc,
        .uri = uri,
        .on_answer = on_answer,
        .userdata = j,
    };

    j->exchange = talk_start(j->setup.talk, &r);
}

bool registry_job_may_pass(unsigned status)
{
    return status == 0 || status >= 500 || status == 403 || status == 408 ||
           status == 429;
}

const struct registry_binding *registry_job_known(const struct registry_job *j)
{
    return registry_binding_find(j->setup.cache, j->setup.bmc->name);
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
                        ? talk_url(j->setup.talk, j->setup.bmc, uri)
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
    return ++j->pages < PAGES_MAX ? talk_url(j->setup.talk, j->setup.bmc, uri)
                                  : NULL;
}

static void on_page(void *userdata, const struct talk_answer *a)
{
    struct registry_job *j = userdata;
    _cleanup_free_ char *next = NULL;

    j->exchange = NULL;
    if (registry_job_ends(j, a->status))
        return;
    if (a->status == 200 ? !a->json : registry_job_may_pass(a->status)) {
        registry_job_give_up(j, a->status == 200
                                    ? "its list of registries is no JSON"
                                    : a->err->text);
        return;
    }
    add_members(j, a->json); /* none where there is no such collection */
    next = next_page(j, a->json);
    if (next)
        registry_job_get(j, next, on_page);
    else
        registry_job_read(j);
}

static void read_list(struct registry_job *j)
{
    registry_job_get(j, j->registries_url, on_page);
}

/* ---- whether that is needed */

static bool still_holds(const struct registry_job *j)
{
    const struct registry_binding *b = registry_job_known(j);

    return b && j->firmware && *j->firmware &&
           strcmp(b->firmware, j->firmware) == 0 &&
           registry_own_is_whole(b->own);
}

static void on_manager(void *userdata, const struct talk_answer *a)
{
    struct registry_job_result result = {.unchanged = true};
    struct registry_job *j = userdata;

    j->exchange = NULL;
    if (registry_job_ends(j, a->status))
        return;
    if (a->status == 200)
        j->firmware = xstrdup(
            json_string_value(json_object_get(a->json, "FirmwareVersion")));
    if (still_holds(j))
        registry_job_finish(j, &result);
    else
        read_list(j);
}

/* A BMC that does not tell its firmware is asked for its registries. */
static void on_managers(void *userdata, const struct talk_answer *a)
{
    struct registry_job *j = userdata;
    const json_t *first =
        json_array_get(json_object_get(a->json, "Members"), 0);
    _cleanup_free_ char *url =
        talk_url(j->setup.talk, j->setup.bmc,
                 json_string_value(json_object_get(first, "@odata.id")));

    j->exchange = NULL;
    if (registry_job_ends(j, a->status))
        return;
    if (a->status == 200 && url)
        registry_job_get(j, url, on_manager);
    else
        read_list(j);
}

struct registry_job *registry_job_start(const struct registry_job_setup *s)
{
    struct registry_job *j = XNEW(struct registry_job);

    j->setup = *s;
    j->deadline = clock_monotonic() + s->time;
    j->registries_url = xstrdup(s->registries_url);
    j->managers_url = xstrdup(s->managers_url);
    if (j->managers_url)
        registry_job_get(j, j->managers_url, on_managers);
    else
        read_list(j);
    return j;
}
