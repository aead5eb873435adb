/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look: the pages of the collection first, which only name members or hold
 * them whole, then the members that were only named. See look.h.
 */
#include "subscribe/look.h"

#include <string.h>

#include "util/alloc.h"

struct look_run {
    struct look_request request;
    struct talk_exchange *exchange;
    struct look found;
    char *todo[LOOK_MEMBERS_MAX]; /* named and not read yet */
    size_t todo_count, todo_at;
    unsigned pages;
};

static void ask(struct look_run *run, const char *uri,
                void (*on_answer)(void *, const struct talk_answer *))
{
    struct talk_request r = {
        .bmc = run->request.bmc,
        .uri = uri,
        .on_answer = on_answer,
        .userdata = run,
    };

    run->exchange = talk_start(run->request.talk, &r);
}

static void member_done(struct look_member *m)
{
    free(m->uri);
    free(m->etag);
    json_decref(m->document);
}

void look_done(struct look *found)
{
    for (size_t i = 0; i < found->count; i++)
        member_done(&found->members[i]);
    *found = (struct look){0};
}

void look_add(struct look *found, enum member_kind kind, const char *uri)
{
    if (found->count < LOOK_MEMBERS_MAX)
        found->members[found->count++] =
            (struct look_member){.kind = kind, .uri = xstrdup(uri)};
}

void look_drop(struct look *found, struct look_member *member)
{
    member_done(member);
    *member = found->members[--found->count];
}

void look_cancel(struct look_run *run)
{
    if (!run)
        return;
    talk_cancel(run->exchange);
    look_done(&run->found);
    for (size_t i = 0; i < run->todo_count; i++)
        free(run->todo[i]);
    free(run);
}

static void finish(struct look_run *run, const struct talk_answer *failure)
{
    run->exchange = NULL;
    run->request.on_done(run->request.userdata, failure ? NULL : &run->found,
                         failure);
    look_cancel(run);
}

static char *etag_of(const json_t *document)
{
    return xstrdup(json_string_value(json_object_get(document, "@odata.etag")));
}

char *look_etag(const struct talk_answer *answer)
{
    const char *head =
        answer->transfer ? http_client_response_header(answer->transfer, "ETag")
                         : NULL;

    return head ? xstrdup(head) : etag_of(answer->json);
}

/* A second one that is ours and current is one too many. */
static enum member_kind kind_of(struct look_run *run, const json_t *document)
{
    enum member_kind kind = member_classify(document, run->request.words);

    return kind == MEMBER_OURS && look_find(&run->found, MEMBER_OURS)
               ? MEMBER_STALE
               : kind;
}

static void add(struct look_run *run, const char *uri, const json_t *document,
                char *etag)
{
    struct look_member m = {
        .kind = kind_of(run, document),
        .uri = xstrdup(uri),
        .etag = etag,
    };

    if (m.kind == MEMBER_OURS)
        m.document = json_incref((json_t *)(uintptr_t)document);
    run->found.members[run->found.count++] = m;
}

static void read_next(struct look_run *run);

static void on_member(void *userdata, const struct talk_answer *a)
{
    struct look_run *run = userdata;
    const char *uri = run->todo[run->todo_at++];

    if (a->status == 401) { /* no other will be answered */
        finish(run, a);
        return;
    }
    if (a->status == 200 && json_is_object(a->json))
        add(run, uri, a->json, look_etag(a));
    else if (a->status != 404) /* gone since the page was read */
        run->found.unread++;
    read_next(run);
}

static void read_next(struct look_run *run)
{
    if (run->todo_at == run->todo_count)
        finish(run, NULL);
    else
        ask(run, run->todo[run->todo_at], on_member);
}

/* A reference, or the whole member where it stands. */
static void take_member(struct look_run *run, const json_t *member)
{
    const char *uri = json_string_value(json_object_get(member, "@odata.id"));

    if (!uri || run->todo_count + run->found.count >= LOOK_MEMBERS_MAX)
        run->found.unread++;
    else if (json_object_get(member, "Destination"))
        add(run, uri, member, etag_of(member));
    else
        run->todo[run->todo_count++] = xstrdup(uri);
}

static const char *next_page(const json_t *page)
{
    const json_t *link = json_object_get(page, "Members@odata.nextLink");

    return json_string_value(link ? link
                                  : json_object_get(page, "@odata.nextLink"));
}

static void on_page(void *userdata, const struct talk_answer *a)
{
    struct look_run *run = userdata;
    const json_t *members = json_object_get(a->json, "Members"), *member;
    const char *next = next_page(a->json);
    size_t i;

    if ((a->status != 200 || !json_is_object(a->json)) && run->pages == 0) {
        finish(run, a);
        return;
    }
    json_array_foreach (members, i, member)
        take_member(run, member);
    if (next && a->status == 200 && ++run->pages < LOOK_PAGES_MAX)
        ask(run, next, on_page);
    else
        read_next(run);
}

struct look_run *look_start(const struct look_request *request)
{
    struct look_run *run = XNEW(struct look_run);

    run->request = *request;
    ask(run, request->uri, on_page);
    return run;
}

struct look_member *look_find(struct look *found, enum member_kind kind)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->members[i].kind == kind)
            return &found->members[i];
    return NULL;
}

size_t look_count(const struct look *found, enum member_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < found->count; i++)
        count += found->members[i].kind == kind;
    return count;
}
