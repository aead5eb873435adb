/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which logs of a BMC are found: those of its vendor's row, all but the dumps
 * without one, and all as well where the row names what is not there. The BMC
 * is a table of URIs, in place of talk.c.
 */
#include "backfill/log_find.h"

#include <string.h>

#include "service.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/buffer.h"
#include "vendors.h"

#define COLLECTION(a, b) \
    "{\"Members\":[{\"@odata.id\":\"" a "\"},{\"@odata.id\":\"" b "\"}]}"
#define WITH_LOGS(uri) "{\"LogServices\":{\"@odata.id\":\"" uri "\"}}"
#define SERVICE(uri) "{\"Entries\":{\"@odata.id\":\"" uri "/Entries\"}}"

static const struct {
    const char *uri, *json;
} tree[] = {
    {"/M", COLLECTION("/M/1", "/M/missing")},
    {"/M/1", WITH_LOGS("/M/1/LogServices")},
    {"/M/1/LogServices",
     COLLECTION("/M/1/LogServices/Journal", "/M/1/LogServices/Audit")},
    {"/M/1/LogServices/Audit", SERVICE("/M/1/LogServices/Audit")},
    {"/Systems", COLLECTION("/Systems/1", "http://elsewhere/2")},
    {"/Systems/1", WITH_LOGS("/Systems/1/LogServices")},
    {"/Systems/1/LogServices",
     COLLECTION("/Systems/1/LogServices/SEL", "/Systems/1/LogServices/Off")},
    {"/Systems/1/LogServices/SEL", SERVICE("/Systems/1/LogServices/SEL")},
    {"/Systems/1/LogServices/Off",
     "{\"ServiceEnabled\":false,\"Entries\":{\"@odata.id\":\"/no\"}}"},
};

struct talk_exchange {
    struct talk_request request;
    char *uri;
};

static struct talk_exchange *asked;
static unsigned questions, fail_at;

struct talk_exchange *talk_start(struct talk *t _unused_,
                                 const struct talk_request *r)
{
    asked = XNEW(struct talk_exchange);
    asked->request = *r;
    asked->uri = xstrdup(r->uri);
    return asked;
}

void talk_cancel(struct talk_exchange *e)
{
    if (!e)
        return;
    free(e->uri);
    free(e);
    asked = NULL;
}

char *talk_url(struct talk *t _unused_, struct bmc *b _unused_, const char *uri)
{
    if (*uri == '/')
        return xasprintf("http://bmc%s", uri);
    return strncmp(uri, "http://bmc/", 11) == 0 ? xstrdup(uri) : NULL;
}

static const char *find(const char *uri)
{
    for (size_t i = 0; i < ARRAY_LEN(tree); i++)
        if (strcmp(tree[i].uri, uri) == 0)
            return tree[i].json;
    return NULL;
}

/* Until nothing is asked any more. */
static void turn(void)
{
    while (asked) {
        struct talk_exchange *e = TAKE(asked);
        const char *text = find(e->uri);
        json_t *json = text ? json_loads(text, 0, NULL) : NULL;
        struct error err = {"no answer"};
        struct talk_answer a = {
            .status = json ? 200 : 404,
            .json = json,
            .err = &err,
        };

        if (++questions == fail_at)
            a.status = 0;
        e->request.on_answer(e->request.userdata, &a);
        json_decref(json);
        free(e->uri);
        free(e);
    }
}

static void on_done(void *userdata, const struct log_find_result *r)
{
    struct buffer *out = userdata;

    if (r->err)
        buffer_add_text(out, r->err->text);
    for (size_t i = 0; i < r->count; i++)
        buffer_printf(out, "%s%s", i > 0 ? " " : "", r->logs[i]);
    buffer_add_char(out, ';');
}

/* The logs that are found with these globs, as one text. */
static char *logs_of(const char *glob)
{
    char *globs[] = {(char *)(uintptr_t)glob};
    struct vendor row = {.logs = {globs, glob ? 1 : 0}};
    struct config_bmc config = {.url = (char *)(uintptr_t) "http://bmc"};
    struct service service = {
        .managers_url = (char *)(uintptr_t) "http://bmc/M",
        .systems_url = (char *)(uintptr_t) "http://bmc/Systems",
        .vendor_row = &row,
    };
    struct bmc bmc = {.config = &config, .service = &service};
    struct buffer out = {0};

    questions = 0;
    log_find_start(NULL, &bmc, on_done, &out);
    turn();
    return buffer_take_text(&out);
}

static void test_rows(void)
{
    static const struct {
        const char *glob, *logs, *what;
    } rows[] = {
        {NULL,
         "/M/1/LogServices/Audit/Entries "
         "/Systems/1/LogServices/SEL/Entries;",
         "without a row all but journals, and what is off"},
        {"*/Systems/*/LogServices/SEL", "/Systems/1/LogServices/SEL/Entries;",
         "a row names what is read"},
        {"/M/1/LogServices/Audit", "/M/1/LogServices/Audit/Entries;",
         "... also by its path alone"},
        {"*/Systems/*/LogServices/EventLog",
         "/M/1/LogServices/Audit/Entries "
         "/Systems/1/LogServices/SEL/Entries;",
         "a row that names what this firmware does not have is passed over"},
        {"*/Systems/*/LogServices/Off",
         "/M/1/LogServices/Audit/Entries "
         "/Systems/1/LogServices/SEL/Entries;",
         "... or what is switched off"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        _cleanup_free_ char *logs = logs_of(rows[i].glob);

        is_text(logs, rows[i].logs, "%s", rows[i].what);
    }
}

static void test_silence(void)
{
    _cleanup_free_ char *logs = NULL;

    for (fail_at = 1; fail_at <= 9; fail_at++) {
        free(logs);
        logs = logs_of("*/Systems/*/LogServices/EventLog");
        is_text(logs, "no answer;", "no answer to question %u ends it",
                fail_at);
    }
    fail_at = 0;
}

int main(void)
{
    test_rows();
    test_silence();
    return done_testing();
}
