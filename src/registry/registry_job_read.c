/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One registry of a BMC after another: its locator, then the places that it
 * names until one holds a registry. Each becomes a claim, also one that is of
 * no use, so that it is not asked for again before there is a reason.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "registry/registry_job_private.h"
#include "util/alloc.h"

#define CONTENT_TIMEOUT (2 * USEC_PER_MINUTE)
#define TOGETHER_MAX (32u << 20) /* of one BMC; the largest seen has 4 MiB */

static void read_next_place(struct registry_job *j);

/* The place without the BMC: others of its kind have the same; or NULL. */
static const char *place_of(const struct registry_job *j)
{
    const char *host = j->url ? strstr(j->url, "://") : NULL;
    const char *path = host ? strchr(host + 3, '/') : NULL;
    size_t at = j->place_at;

    if (at > 0 && j->locator.place_count > 0 &&
        j->locator.places[at - 1].kind == REGISTRY_PLACE_PUBLICATION)
        return j->url;
    return path;
}

/* The claim that the locator makes; what came of it is for the caller. */
static struct registry_claim *add_claim(struct registry_job *j)
{
    struct registry_claim *c = registry_claims_add(&j->claims);

    c->id = xstrdup(j->locator.id);
    c->name = xstrdup(j->locator.name);
    c->uri = xstrdup(place_of(j));
    return c;
}

/* What the BMC had under that name before, if it is still here; or NULL. */
static const struct registry_claim *known_before(const struct registry_job *j,
                                                 const char *name)
{
    const struct registry_binding *b = registry_job_known(j);

    for (size_t i = 0; b && i < b->own->claims.count; i++) {
        const struct registry_claim *c = &b->own->claims.items[i];

        if (c->content && !c->content->broken && strcmp(c->name, name) == 0)
            return c;
    }
    return NULL;
}

static void keep_content(struct registry_claim *c,
                         const struct registry_claim *before)
{
    free(c->uri);
    c->uri = xstrdup(before->uri);
    c->etag = xstrdup(before->etag);
    c->content = before->content;
    c->content->refs++;
}

/* An outage takes nothing away: what was there before explains meanwhile. */
static void add_useless(struct registry_job *j)
{
    struct registry_claim *c = add_claim(j);
    const struct registry_claim *before =
        j->again ? known_before(j, c->name) : NULL;

    c->why = xstrdup(j->why.text);
    c->again = j->again;
    if (before)
        keep_content(c, before);
}

/* What was read from that place before, if it is still here; or NULL. */
static const struct registry_claim *read_before(const struct registry_job *j)
{
    const struct registry_binding *b = registry_job_known(j);

    for (size_t i = 0; b && i < b->own->claims.count; i++) {
        const struct registry_claim *c = &b->own->claims.items[i];

        if (c->content && !c->content->broken && c->uri && c->etag &&
            place_of(j) && strcmp(c->uri, place_of(j)) == 0)
            return c;
    }
    return NULL;
}

/*
 * Whether it may have one more of that size: the cache is for the whole fleet,
 * and no single BMC may fill it, nor our memory.
 */
static bool has_room(struct registry_job *j, size_t size)
{
    if (size > TOGETHER_MAX - j->size) {
        error_set(&j->why, -EFBIG,
                  "with it the BMC would have more than %u MiB of registries",
                  TOGETHER_MAX >> 20);
        return false;
    }
    j->size += size;
    return true;
}

/* Whether the BMC calls it what it calls itself. */
static void check_name(struct registry_claim *c)
{
    _cleanup_free_ char *claimed = registry_locator_prefix(c->name);
    struct error why;

    if (registry_locator_agrees(claimed, c->content->prefix))
        return;
    error_set(&why, 0, "it calls itself '%s', and is known by that name only",
              c->content->prefix);
    c->why = xstrdup(why.text);
}

static void on_taken_in(void *userdata, const struct registry_intake_result *r)
{
    struct registry_job *j = userdata;
    _cleanup_free_ char *etag = TAKE(j->etag);
    struct registry_claim *c;

    j->intake = NULL;
    if (r->content && !has_room(j, r->size)) {
        registry_content_unref(r->content);
        add_useless(j);
    } else if (r->content) {
        c = add_claim(j);
        c->content = r->content;
        c->etag = TAKE(etag);
        check_name(c);
    } else if (!r->foreign) {
        j->why = *r->why;
        j->again |= r->again;
        read_next_place(j);
        return;
    }
    registry_job_read(j);
}

/* Takes the bytes of a place in; the rest is for when that is done. */
static int take_bytes(struct registry_job *j, const struct talk_answer *a)
{
    const struct registry_intake_request request = {
        .cache = j->setup.cache,
        .body = a->body,
        .len = a->len,
        .member = j->locator.places[j->place_at - 1].member,
        .on_done = on_taken_in,
        .userdata = j,
    };

    free(j->etag);
    j->etag = xstrdup(http_client_response_header(a->transfer, "ETag"));
    j->intake = registry_intake_start(&request, &j->why);
    j->again |= !j->intake;
    return j->intake ? 0 : -EAGAIN;
}

/* "304 Not Modified": what is here is what it would send. */
static int take_known(struct registry_job *j)
{
    const struct registry_claim *before = read_before(j);
    struct registry_claim *c;
    struct stat st;

    if (!before)
        return error_set(&j->why, -EPROTO, "it answered 304, unasked");
    if (stat(before->content->path, &st) == 0 &&
        !has_room(j, (size_t)st.st_size))
        return -EFBIG;
    c = add_claim(j);
    keep_content(c, before);
    check_name(c);
    return 0;
}

static void take_content(struct registry_job *j, const struct talk_answer *a)
{
    int r = -EPROTO;

    if (a->status == 304) {
        r = take_known(j);
    } else if (a->status == 200) {
        r = take_bytes(j, a);
    } else {
        j->why = *a->err;
        j->again |= registry_job_may_pass(a->status);
    }
    if (r < 0)
        read_next_place(j);
    else if (!j->intake)
        registry_job_read(j);
}

static void on_content(void *userdata, const struct talk_answer *a)
{
    struct registry_job *j = userdata;

    j->exchange = NULL;
    if (!registry_job_ends(j, a->status))
        take_content(j, a);
}

static void on_publication(void *userdata, unsigned status, const char *body,
                           size_t len, const struct error *failure)
{
    struct registry_job *j = userdata;
    struct error err = *failure;
    struct talk_answer a = {
        .status = status,
        .body = body,
        .len = len,
        .err = &err,
        .transfer = TAKE(j->transfer),
    };

    if (status)
        error_set(&err, -EPROTO, "it answered %u", status);
    take_content(j, &a);
}

/* A publisher is a stranger: over TLS, checked, and without our password. */
static int ask_publisher(struct registry_job *j, const char *const *headers,
                         struct error *err)
{
    struct http_client_request request = {
        .method = "GET",
        .url = j->url,
        .headers = headers,
        .tls = {.verify = true, .ca = j->setup.publisher_ca},
        .packed = true,
        .response_max = CONFIG_REGISTRY_MAX,
        .timeout = CONTENT_TIMEOUT,
        .on_done = on_publication,
        .userdata = j,
    };

    if (strncasecmp(j->url, "https://", 8) != 0)
        return error_set(err, -EXDEV, "its publisher's '%.128s' is not HTTPS",
                         j->url);
    return http_client_start(j->setup.client, &request, &j->transfer, err);
}

static void ask_bmc(struct registry_job *j, const char *const *headers)
{
    struct talk_request request = {
        .bmc = j->setup.bmc,
        .uri = j->url,
        .headers = headers,
        .raw = true,
        .response_max = CONFIG_REGISTRY_MAX,
        .timeout = CONTENT_TIMEOUT,
        .on_answer = on_content,
        .userdata = j,
    };

    j->exchange = talk_start(j->setup.talk, &request);
}

static int get_content(struct registry_job *j, const struct registry_place *p,
                       struct error *err)
{
    const struct registry_claim *before = read_before(j);
    const char *headers[] = {"Accept-Encoding: gzip", NULL, NULL};
    _cleanup_free_ char *match = NULL;

    if (before)
        headers[1] = match = xasprintf("If-None-Match: %s", before->etag);
    if (p->kind == REGISTRY_PLACE_PUBLICATION)
        return ask_publisher(j, headers, err);
    ask_bmc(j, headers);
    return 0;
}

static char *place_url(struct registry_job *j, const struct registry_place *p)
{
    char *url;

    if (p->kind == REGISTRY_PLACE_PUBLICATION)
        return xstrdup(p->uri);
    url = talk_url(j->setup.talk, j->setup.bmc, p->uri);
    if (!url)
        error_set(&j->why, -EXDEV,
                  "it is said to be at '%.128s', which is not the BMC", p->uri);
    return url;
}

/* The next place of the locator that can be asked; none: the next locator. */
static void read_next_place(struct registry_job *j)
{
    while (j->place_at < j->locator.place_count) {
        const struct registry_place *p = &j->locator.places[j->place_at++];

        free(j->url);
        j->url = place_url(j, p);
        if (j->url && get_content(j, p, &j->why) == 0)
            return;
    }
    add_useless(j);
    registry_job_read(j);
}

/* A locator that cannot be read: its URL must do for a name. */
static void skip_locator(struct registry_job *j)
{
    const char *url = j->members[j->member_at - 1];
    const char *slash = strrchr(url, '/');

    registry_locator_done(&j->locator);
    j->locator.name = xstrdup(slash && slash[1] ? slash + 1 : url);
    add_useless(j);
    registry_job_read(j);
}

static void on_locator(void *userdata, const struct talk_answer *a)
{
    struct registry_job *j = userdata;

    j->exchange = NULL;
    if (registry_job_ends(j, a->status))
        return;
    if (a->status != 200) {
        j->why = *a->err;
        j->again = registry_job_may_pass(a->status);
        skip_locator(j);
        return;
    }
    if (registry_locator_parse(a->body, a->len, j->setup.publication,
                               &j->locator, &j->why) < 0) {
        skip_locator(j);
        return;
    }
    error_set(&j->why, 0, "the BMC names no place to read it from");
    if (j->locator.other)
        registry_job_read(j);
    else
        read_next_place(j);
}

void registry_job_read(struct registry_job *j)
{
    struct registry_job_result result = {0};

    registry_locator_done(&j->locator);
    free(TAKE(j->url));
    j->place_at = 0;
    j->again = false;
    if (j->member_at == j->member_count)
        registry_job_finish(j, &result);
    else if (clock_monotonic() >= j->deadline)
        registry_job_give_up(j, "it takes too long to send all of them");
    else
        registry_job_get(j, j->members[j->member_at++], on_locator);
}
