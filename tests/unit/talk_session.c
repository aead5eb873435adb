/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions at a BMC: one, opened when something is asked, renewed when it
 * ends, ended when we leave or what a crash left is found; and what is done
 * where there are none, or no more, or not for us.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "notebook.h"
#include "service.h"
#include "redfish_fixture.h"
#include "voice.h"

#define THING "/redfish/v1/Thing"
#define SESSIONS "/redfish/v1/SessionService/Sessions"
#define OPENS "POST " SESSIONS " auth=- "
#define ASKS(auth) "GET " THING " auth=" auth " "

struct heard {
    unsigned answers, status;
    struct error err;
};

/* A scene with a notebook, and a service that opens sessions. */
struct house {
    struct scene s;
    struct notebook *notebook;
    char path[128];
};

static void on_answer(void *userdata, const struct talk_answer *a)
{
    struct heard *h = userdata;

    h->answers++;
    h->status = a->status;
    h->err = *a->err;
}

static void start(struct house *o, struct heard *h)
{
    struct talk_request r = {
        .bmc = o->s.flow.bmc,
        .uri = THING,
        .on_answer = on_answer,
        .userdata = h,
    };

    *h = (struct heard){0};
    talk_start(o->s.talk, &r);
}

static void ask(struct house *o, struct heard *h)
{
    start(o, h);
    wire_wait(o->s.loop, h->answers > 0);
    is_int(h->answers, 1, "a question is answered once");
}

/* From now on a login makes the session of that number, with that token. */
static void give(struct house *o, const char *token, const char *uri)
{
    struct redfish_answer *a =
        redfish_set(&o->s.service, "POST", SESSIONS, 201, "{}");

    a->header[0] = (struct http_header){"X-Auth-Token", token};
    a->header[1] = (struct http_header){"Location", uri};
}

static void house_open_talk(struct house *o)
{
    struct talk_setup setup = {
        .loop = o->s.loop,
        .client = o->s.client,
        .pipeline = o->s.flow.pipeline,
        .notebook = o->notebook = notebook_open(NULL, o->path),
    };

    o->s.host.talk = o->s.talk = talk_new(&setup);
    talk_adopt(o->s.talk, &o->s.flow.config);
}

static void house_close_talk(struct house *o)
{
    talk_free(o->s.talk);
    notebook_close(o->notebook);
}

static void house_init(struct house *o, enum auth_mode auth)
{
    scene_init(&o->s);
    o->s.flow.bmcs[0].auth = auth;
    scene_start(&o->s);
    talk_free(o->s.talk);
    snprintf(o->path, sizeof(o->path), "%s/notebook.json", o->s.flow.directory);
    house_open_talk(o);
    redfish_set(&o->s.service, "GET", THING, 200, "{}");
    redfish_set(&o->s.service, "DELETE", SESSIONS "/1", 204, "");
    redfish_set(&o->s.service, "DELETE", SESSIONS "/2", 204, "");
    give(o, "one", SESSIONS "/1");
}

static void house_done(struct house *o)
{
    scene_done(&o->s);
    notebook_close(o->notebook);
}

#define COUNT(o, text) redfish_count(&(o)->s.service, (text))

static void test_one(void)
{
    struct heard h, more[4];
    struct house o;

    house_init(&o, AUTH_AUTO);
    for (size_t i = 0; i < ARRAY_LEN(more); i++)
        start(&o, &more[i]);
    ask(&o, &h);
    is_int(h.status, 200, "and well");
    is_int(COUNT(&o, OPENS), 1, "many questions, one session");
    is_int(COUNT(&o, "{\"UserName\":\"u\",\"Password\":\"geheim\"}"), 1,
           "... opened with our password");
    is_int(COUNT(&o, ASKS("one")), 5, "... and asked with its token");
    is_int(COUNT(&o, BASIC), 0, "the password is sent no more");
    ok(strstr(notebook_get(o.notebook, "n1", "session"), SESSIONS "/1"),
       "it is noted, to be ended after a crash");
    talk_close(o.s.talk);
    ok(wire_wait(o.s.loop, talk_is_closed(o.s.talk)), "at the end");
    is_int(COUNT(&o, "DELETE " SESSIONS "/1 auth=one "), 1, "... it is ended");
    is_text(notebook_get(o.notebook, "n1", "session"), NULL,
            "... and nothing left to do");
    ask(&o, &h);
    is_int(h.status, 0, "after the end nothing is asked");
    is_int(COUNT(&o, OPENS), 1, "... and no session opened");
    house_done(&o);
}

/* Its end at the BMC is no refused password. */
static void test_renewed(void)
{
    struct heard h;
    struct house o;

    house_init(&o, AUTH_AUTO);
    ask(&o, &h);
    redfish_set(&o.s.service, "GET", THING, 401, "{}");
    give(&o, "two", SESSIONS "/2");
    start(&o, &h);
    wire_wait(o.s.loop, COUNT(&o, OPENS) == 2);
    redfish_set(&o.s.service, "GET", THING, 200, "{}");
    wire_wait(o.s.loop, h.answers > 0);
    is_int(h.status, 200, "a session that ended is opened anew");
    is_int(COUNT(&o, "DELETE " SESSIONS "/1 " BASIC), 1,
           "... after the old one was ended, for sure");
    is_int(COUNT(&o, ASKS("two")), 1, "... and the question asked again");
    is_int(o.s.flow.bmc->logins_refused, 0, "no password was refused");
    ask(&o, &h);
    is_int(COUNT(&o, OPENS), 2, "the next question needs no other");
    redfish_set(&o.s.service, "GET", THING, 401, "{}");
    ask(&o, &h);
    is_int(h.status, 401, "a new token that is refused is a refusal");
    is_int(o.s.flow.bmc->logins_refused, 1, "... and counts");
    ask(&o, &h);
    is_int(o.s.flow.bmc->logins_refused, 2, "... as the next");
    is_int(flow_count(&o.s.flow, VOICE_LOGIN_REFUSED), 1, "... which is told");
    is_int(COUNT(&o, OPENS), 4, "each once more and not again");
    ask(&o, &h);
    is_int(h.status, 401, "then nothing is tried");
    is_int(COUNT(&o, OPENS), 4, "... indeed");
    house_done(&o);
}

static void on_head(void *userdata, const char *content_type _unused_)
{
    ++*(unsigned *)userdata;
}

static void on_data(void *userdata _unused_, const char *data _unused_,
                    size_t len _unused_)
{
}

static void on_end(void *userdata _unused_,
                   const struct talk_answer *a _unused_)
{
}

/* A stream is opened with the session, and with a new one if that ended. */
static void test_stream(void)
{
    struct talk_request r = {
        .uri = "/sse",
        .on_head = on_head,
        .on_data = on_data,
        .on_answer = on_end,
    };
    struct redfish_answer *a;
    unsigned heads = 0;
    struct heard h;
    struct house o;

    house_init(&o, AUTH_AUTO);
    ask(&o, &h);
    redfish_set(&o.s.service, "GET", "/sse", 401, "{}");
    give(&o, "two", SESSIONS "/2");
    r.bmc = o.s.flow.bmc;
    r.userdata = &heads;
    talk_start(o.s.talk, &r);
    wire_wait(o.s.loop, COUNT(&o, OPENS) == 2);
    is_int(COUNT(&o, "GET /sse auth=one "), 1, "a stream has the token");
    is_int(heads, 0, "... and has not begun if that is refused");
    a = redfish_set(&o.s.service, "GET", "/sse", 200, "data: x\n\n");
    a->type = "text/event-stream";
    ok(wire_wait(o.s.loop, heads == 1), "then it begins");
    is_int(COUNT(&o, "GET /sse auth=two "), 1, "... with a new one");
    is_int(o.s.flow.bmc->logins_refused, 0, "... and no password was refused");
    house_done(&o);
}

/* What a crash left is ended first, and only its URI was on the disk. */
static void test_crash(void)
{
    _cleanup_(buffer_done) struct buffer file = {0};
    struct heard h;
    struct house o;

    house_init(&o, AUTH_AUTO);
    ask(&o, &h);
    house_close_talk(&o); /* without talk_close() */
    file_read(o.path, 1u << 20, &file, NULL);
    ok(file.data && strstr(file.data, SESSIONS "/1"), "the session is noted");
    ok(file.data && !strstr(file.data, "\"one\"") &&
           !strstr(file.data, "geheim"),
       "... its token and our password are not");
    house_open_talk(&o);
    o.s.service.log.len = 0;
    give(&o, "two", SESSIONS "/2");
    ask(&o, &h);
    is_int(h.status, 200, "after a crash");
    ok(strstr(o.s.service.log.data, "DELETE " SESSIONS "/1 " BASIC) ==
           o.s.service.log.data,
       "... the session that was left is ended first");
    is_int(COUNT(&o, OPENS), 1, "... then one is opened");
    ok(strstr(notebook_get(o.notebook, "n1", "session"), SESSIONS "/2"),
       "... and noted in its place");
    house_done(&o);
}

/* Where the password alone may not end it, the next session does. */
static void test_crash_without_basic(void)
{
    struct heard h;
    struct house o;

    house_init(&o, AUTH_SESSION);
    notebook_set(o.notebook, "n1", "session", SESSIONS "/1");
    redfish_set(&o.s.service, "DELETE", SESSIONS "/1", 401, "");
    give(&o, "two", SESSIONS "/2");
    ask(&o, &h);
    is_int(h.status, 200, "a BMC that does not take the password alone");
    is_int(COUNT(&o, "DELETE " SESSIONS "/1 " BASIC), 1,
           "... does not end the old session with it");
    is_int(COUNT(&o, "DELETE " SESSIONS "/1 auth=two "), 1,
           "... so the new session does");
    is_int(COUNT(&o, BASIC), 1, "... and the password is in no other header");
    is_int(o.s.flow.bmc->logins_refused, 0, "... nor is it a wrong one");
    ok(strstr(notebook_get(o.notebook, "n1", "session"), SESSIONS "/2"),
       "... and the new one is noted");
    house_done(&o);
}

static const struct {
    const char *what;
    enum auth_mode auth;
    unsigned status;
    const char *body;
    unsigned answer; /* to the question */
    unsigned refused;
    bool basic;
} logins[] = {
    {"no session service", AUTH_AUTO, 404, "{}", 200, 0, true},
    {"none that takes a POST", AUTH_AUTO, 405, "{}", 200, 0, true},
    {"none that does it", AUTH_AUTO, 501, "{}", 200, 0, true},
    {"none, but one is wanted", AUTH_SESSION, 404, "{}", 404, 0, false},
    {"one that fails", AUTH_AUTO, 500, "{}", 200, 0, true},
    {"no token", AUTH_AUTO, 201, "{}", 200, 0, true},
    {"no room", AUTH_AUTO, 503,
     "{\"error\":{\"@Message.ExtendedInfo\":[{\"MessageId\":"
     "\"Base.1.8.SessionLimitExceeded\"}]}}",
     200, 0, true},
    {"no room, by another name", AUTH_AUTO, 400,
     "{\"error\":{\"@Message.ExtendedInfo\":[{\"MessageId\":"
     "\"Base.1.8.CreateLimitReachedForResource\"}]}}",
     200, 0, true},
    {"no room, but one is wanted", AUTH_SESSION, 503,
     "{\"error\":{\"@Message.ExtendedInfo\":[{\"MessageId\":"
     "\"Base.1.8.SessionLimitExceeded\"}]}}",
     503, 0, false},
    {"not now", AUTH_AUTO, 503, "{}", 503, 0, false},
    {"a login even for the login", AUTH_AUTO, 401, "{}", 200, 0, true},
    {"a wrong password", AUTH_SESSION, 401, "{}", 401, 1, false},
    {"a wrong password, forbidden", AUTH_AUTO, 403, "{}", 401, 1, false},
    {"a wrong password at an iLO", AUTH_AUTO, 400,
     "{\"error\":{\"@Message.ExtendedInfo\":[{\"MessageId\":"
     "\"iLO.0.10.UnauthorizedLoginAttempt\"}]}}",
     401, 1, false},
    {"none is wanted", AUTH_BASIC, 201, "{}", 200, 0, true},
};

static void test_logins(void)
{
    for (size_t i = 0; i < ARRAY_LEN(logins); i++) {
        struct heard h;
        struct house o;

        diag("%s", logins[i].what);
        house_init(&o, logins[i].auth);
        redfish_set(&o.s.service, "POST", SESSIONS, logins[i].status,
                    logins[i].body);
        ask(&o, &h);
        is_int(h.status, logins[i].answer, "%s", logins[i].what);
        is_int(o.s.flow.bmc->logins_refused, logins[i].refused,
               "... what it counts for");
        is_int(COUNT(&o, "GET " THING " " BASIC), logins[i].basic,
               "... whether the password goes with it");
        ask(&o, &h);
        is_int(COUNT(&o, "GET " THING " " BASIC), 2 * logins[i].basic,
               "... again and again");
        is_int(COUNT(&o, OPENS),
               logins[i].auth == AUTH_BASIC ? 0
               : logins[i].basic            ? 1
                                            : 2,
               "... and whether it is tried the next time");
        house_done(&o);
    }
}

/* A session elsewhere: told, and not ended there. */
static void test_elsewhere(void)
{
    struct redfish elsewhere = {0};
    _cleanup_free_ char *uri = NULL;
    struct heard h;
    struct house o;

    house_init(&o, AUTH_AUTO);
    redfish_come(&elsewhere, o.s.loop);
    uri = xasprintf("%s" SESSIONS "/1", elsewhere.url);
    give(&o, "one", uri);
    ask(&o, &h);
    is_int(h.status, 200, "a session that is said to be elsewhere");
    is_int(flow_count(&o.s.flow, VOICE_URI_REFUSED), 1, "... is told");
    talk_close(o.s.talk);
    wire_wait(o.s.loop, talk_is_closed(o.s.talk));
    is_int(elsewhere.log.len, 0, "... and its token goes nowhere");
    redfish_done(&elsewhere);
    house_done(&o);
}

/* What was discovered at another URL than is configured now. */
static void test_moved(void)
{
    struct service *service = XNEW(struct service);
    struct heard h;
    struct house o;

    house_init(&o, AUTH_SESSION);
    service->sessions_url = xstrdup("http://127.0.0.1:1" SESSIONS);
    o.s.flow.bmc->service = service;
    ask(&o, &h);
    is_int(h.status, 200, "a BMC that has moved is logged in to");
    is_int(COUNT(&o, OPENS), 1, "... where it is");
    is_int(flow_count(&o.s.flow, VOICE_URI_REFUSED), 0, "... and not blamed");
    house_done(&o);
}

static void reload(struct house *o)
{
    fleet_adopt(o->s.flow.fleet, &o->s.flow.config, NULL, NULL);
    talk_adopt(o->s.talk, &o->s.flow.config);
}

static void test_reload(void)
{
    struct config_bmc before;
    struct heard h;
    struct house o;

    house_init(&o, AUTH_AUTO);
    ask(&o, &h);
    reload(&o);
    ask(&o, &h);
    is_int(COUNT(&o, OPENS), 1, "a reload that changes nothing");
    before = o.s.flow.bmcs[0];
    o.s.flow.bmcs[1] = before;
    o.s.flow.bmcs[1].username = "w";
    o.s.flow.config.bmcs = &o.s.flow.bmcs[1];
    give(&o, "two", SESSIONS "/2");
    reload(&o);
    ask(&o, &h);
    is_int(COUNT(&o, "\"UserName\":\"w\""), 1, "another user has a session");
    ok(wire_wait(o.s.loop, COUNT(&o, "DELETE " SESSIONS "/1 auth=one ") == 1),
       "... and that of the first is ended");
    o.s.flow.config.bmc_count = 0;
    reload(&o);
    ok(wire_wait(o.s.loop, COUNT(&o, "DELETE " SESSIONS "/2 auth=two ") == 1),
       "a BMC that leaves has its session ended");
    house_done(&o);
}

/* A file that is read again on reload; and begins again. */
static void test_password(void)
{
    struct heard h;
    struct house o;

    house_init(&o, AUTH_AUTO);
    redfish_set(&o.s.service, "POST", SESSIONS, 401, "{}");
    redfish_set(&o.s.service, "GET", THING, 401, "{}");
    for (int i = 0; i < 3; i++)
        ask(&o, &h);
    is_int(COUNT(&o, OPENS) + 10 * COUNT(&o, "GET " THING " " BASIC), 11,
           "a refused password is tried twice, once each way");
    reload(&o);
    ask(&o, &h);
    ask(&o, &h);
    is_int(COUNT(&o, OPENS) + 10 * COUNT(&o, "GET " THING " " BASIC), 12,
           "... once more after a reload, if it is the same");
    redfish_set(&o.s.service, "GET", THING, 200, "{}");
    file_write(o.s.password_file, "neu\n", 4, 0600, NULL);
    ask(&o, &h);
    is_int(COUNT(&o, "\"Password\":\"neu\""), 0, "a file is not read again");
    give(&o, "two", SESSIONS "/2");
    reload(&o);
    ask(&o, &h);
    is_int(COUNT(&o, "\"Password\":\"neu\""), 1, "... before a reload");
    is_int(h.status, 200, "which begins again");
    redfish_set(&o.s.service, "POST", SESSIONS, 401, "{}");
    redfish_set(&o.s.service, "GET", THING, 401, "{}");
    for (int i = 0; i < 3; i++)
        ask(&o, &h);
    file_write(o.s.password_file, "neuer\n", 6, 0600, NULL);
    o.s.service.log.len = 0;
    reload(&o);
    for (int i = 0; i < 3; i++)
        ask(&o, &h);
    is_int(COUNT(&o, "\"Password\":\"neuer\"") +
               10 * COUNT(&o, "GET " THING " auth=Basic"),
           11, "... with both tries of a new password");
    is_int(flow_count(&o.s.flow, VOICE_LOGIN_ACCEPTED), 1, "... and is told");
    house_done(&o);
}

/* A daemon that is killed and started again tries a password no more often. */
static void test_refused_before(void)
{
    struct timespec then[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    struct heard h;
    struct house o;

    house_init(&o, AUTH_SESSION);
    utimensat(AT_FDCWD, o.s.password_file, then, 0);
    redfish_set(&o.s.service, "POST", SESSIONS, 401, "{}");
    for (unsigned starts = 0; starts < 4; starts++) {
        house_close_talk(&o);
        o.s.flow.bmc->logins_refused = 0;
        house_open_talk(&o);
        ask(&o, &h);
        is_int(h.status, 401, "it is refused");
    }
    is_int(COUNT(&o, OPENS), 2, "four starts, two tries");
    house_close_talk(&o);
    o.s.flow.bmc->logins_refused = 0;
    house_open_talk(&o);
    then[0].tv_sec = then[1].tv_sec = (time_t)(clock_real() / USEC_PER_SEC) + 9;
    utimensat(AT_FDCWD, o.s.password_file, then, 0);
    give(&o, "two", SESSIONS "/2");
    ask(&o, &h);
    is_int(h.status, 200, "... and a file that was written since is tried");
    is_text(notebook_get(o.notebook, "n1", "refused"), NULL,
            "... and nothing is remembered");
    house_done(&o);
}

/* A credential is read at the start only. */
static void test_credential(void)
{
    char file[128];
    struct heard h;
    struct house o;

    house_init(&o, AUTH_BASIC);
    snprintf(file, sizeof(file), "%s/pw", o.s.flow.directory);
    setenv("CREDENTIALS_DIRECTORY", o.s.flow.directory, 1);
    file_write(file, "geheim", 6, 0600, NULL);
    o.s.flow.bmcs[0].password_file = NULL;
    o.s.flow.bmcs[0].credential = "pw";
    reload(&o);
    ask(&o, &h);
    is_int(COUNT(&o, ASKS("Basic dTpnZWhlaW0=")), 1, "a credential is used");
    file_write(file, "neu", 3, 0600, NULL);
    reload(&o);
    ask(&o, &h);
    is_int(COUNT(&o, ASKS("Basic dTpnZWhlaW0=")), 2, "... also after a reload");
    house_close_talk(&o);
    house_open_talk(&o);
    ask(&o, &h);
    is_int(COUNT(&o, ASKS("Basic dTpuZXU=")), 1, "a restart reads it again");
    unsetenv("CREDENTIALS_DIRECTORY");
    house_done(&o);
}

/* The BMC is away at the end: its session is ended at the next start. */
static void test_away_at_end(void)
{
    struct heard h;
    struct house o;

    house_init(&o, AUTH_AUTO);
    ask(&o, &h);
    redfish_go_away(&o.s.service);
    talk_close(o.s.talk);
    ok(wire_wait(o.s.loop, talk_is_closed(o.s.talk)), "a BMC that is away");
    ok(notebook_get(o.notebook, "n1", "session"), "... is remembered");
    redfish_come(&o.s.service, o.s.loop);
    house_done(&o);
}

int main(void)
{
    test_one();
    test_renewed();
    test_stream();
    test_crash();
    test_crash_without_basic();
    test_logins();
    test_elsewhere();
    test_moved();
    test_reload();
    test_password();
    test_refused_before();
    test_credential();
    test_away_at_end();
    return done_testing();
}
