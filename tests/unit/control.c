/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket on a loop and a pair of sockets: what is asked reaches
 * its command, an answer may come at once, later or piece by piece, a client
 * that leaves is told of, and one that does not read costs a bounded amount.
 */
#include "control/control_call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/clock.h"

#define LINES 200000u /* far more than a socket takes */

struct fixture {
    sd_event *loop;
    struct control *control;
    struct control_call *waiting;
    unsigned gone, freed;
    uint64_t made; /* lines of the stream */
    bool pauses;
};

static void run_echo(struct control_call *call, void *userdata _unused_)
{
    const char *text = control_call_text(call, "text"), *item;
    uint64_t number = 7;

    buffer_printf(control_call_out(call), "{\"text\":\"%s\",\"flag\":%d",
                  text ? text : "none", control_call_flag(call, "flag"));
    if (control_call_number(call, "number", &number))
        buffer_printf(control_call_out(call), ",\"number\":%d", (int)number);
    for (size_t i = 0; (item = control_call_item(call, "list", i)); i++)
        buffer_printf(control_call_out(call), ",\"item%zu\":\"%s\"", i, item);
    buffer_add_text(control_call_out(call), "}\n");
    control_call_done(call, 1);
}

static void on_gone(void *userdata)
{
    struct fixture *f = userdata;

    f->waiting = NULL;
    f->gone++;
}

static void on_freed(void *state)
{
    struct fixture *f = state;

    f->freed++;
}

static void run_wait(struct control_call *call, void *userdata)
{
    struct fixture *f = userdata;

    f->waiting = call;
    control_call_on_gone(call, on_gone, f);
    control_call_keep(call, f, on_freed);
}

static bool more_lines(struct control_call *call, void *state)
{
    struct fixture *f = state;

    if (f->made == LINES) {
        control_call_done(call, LINES);
        return false;
    }
    buffer_printf(control_call_out(call), "{\"line\":%d}\n", (int)++f->made);
    return !f->pauses;
}

static void run_stream(struct control_call *call, void *userdata)
{
    struct fixture *f = userdata;

    f->waiting = call;
    f->made = 0;
    control_call_on_gone(call, on_gone, f);
    control_call_keep(call, f, on_freed);
    control_call_stream(call, more_lines, f);
}

static const struct control_command commands[] = {
    {"echo", run_echo},
    {"wait", run_wait},
    {"stream", run_stream},
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){0};
    if (sd_event_new(&f->loop) < 0)
        skip_all("no event loop");
    f->control = control_new(f->loop);
    control_add(f->control, commands, ARRAY_LEN(commands), f);
}

static void end(struct fixture *f)
{
    control_free(f->control);
    sd_event_unref(f->loop);
}

/* All that can be done now. */
static void turn(struct fixture *f)
{
    while (sd_event_run(f->loop, 0) > 0)
        ;
}

static int client(struct fixture *f)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                   pair) < 0)
        skip_all("no pair of sockets");
    control_serve(f->control, pair[1]);
    return pair[0];
}

static int asking(struct fixture *f, const char *request)
{
    int fd = client(f);

    if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
        diag("cannot ask: %s", strerror(errno));
    turn(f);
    return fd;
}

/* What has come so far; *ret_ended: and no more will. */
static char *answer(int fd, bool *ret_ended)
{
    struct buffer out = {0};
    ssize_t n;

    while ((n = recv(fd, buffer_reserve(&out, 4096), 4096, 0)) > 0)
        out.len += (size_t)n;
    *ret_ended = n == 0;
    buffer_add(&out, "", 0);
    return buffer_take_text(&out);
}

static const struct {
    const char *request, *answer, *what;
} asked[] = {
    {"{\"command\":\"echo\",\"text\":\"a\",\"flag\":true,\"number\":12,"
     "\"list\":[\"x\",\"y\"]}\n",
     "{\"text\":\"a\",\"flag\":1,\"number\":12,\"item0\":\"x\","
     "\"item1\":\"y\"}\n{\"done\":1}\n",
     "all members reach the command"},
    {"{\"command\":\"echo\",\"text\":5,\"flag\":\"true\",\"number\":-1,"
     "\"list\":\"x\"}\n",
     "{\"text\":\"none\",\"flag\":0}\n{\"done\":1}\n",
     "members of another type are not there"},
    {"{\"command\":\"echo\",\"number\":1.5}\n",
     "{\"text\":\"none\",\"flag\":0}\n{\"done\":1}\n", "nor is a fraction"},
    {"{\"command\":\"ehco\"}\n",
     "{\"error\":\"this daemon knows no command 'ehco', but echo, wait, "
     "stream: is it of the same version as trawlctl?\"}\n",
     "an unknown command is told the known"},
    {"{}\n", "{\"error\":\"the request is no JSON object with a command\"}\n",
     "no command"},
    {"[1]\n", "{\"error\":\"the request is no JSON object with a command\"}\n",
     "no object"},
    {"echo\n", "{\"error\":\"the request is no JSON object with a command\"}\n",
     "no JSON"},
};

static void test_asked(void)
{
    struct fixture f;

    begin(&f);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        _cleanup_close_ int fd = asking(&f, asked[i].request);
        bool ended;
        _cleanup_free_ char *got = answer(fd, &ended);

        is_text(got, asked[i].answer, "%s", asked[i].what);
        ok(ended, "... and the connection ends");
    }
    end(&f);
}

static void test_later(void)
{
    struct fixture f;
    bool ended;
    char *got;
    int fd;

    begin(&f);
    fd = asking(&f, "{\"command\":\"wait\"}\n");
    ok(f.waiting != NULL, "a call may wait");
    buffer_add_text(control_call_out(f.waiting), "{\"step\":1}\n");
    control_call_flush(f.waiting);
    turn(&f);
    got = answer(fd, &ended);
    is_text(got, "{\"step\":1}\n", "progress is sent when it is flushed");
    ok(!ended, "... and the call goes on");
    free(got);
    shutdown(fd, SHUT_WR);
    turn(&f);
    is_int(f.gone, 0, "who has said all that it asks has not left");
    control_call_fail(f.waiting, "no %s", "\"luck\"");
    turn(&f);
    got = answer(fd, &ended);
    is_text(got, "{\"error\":\"no \\\"luck\\\"\"}\n", "it fails later");
    free(got);
    is_int(f.gone, 0, "nobody left");
    is_int(f.freed, 1, "what was kept is freed");
    close(fd);
    end(&f);
}

static void test_gone(void)
{
    struct fixture f;

    begin(&f);
    close(asking(&f, "{\"command\":\"wait\"}\n"));
    turn(&f);
    is_int(f.gone, 1, "a client that leaves is told of");
    is_int(f.freed, 1, "... and what was kept is freed");
    close(asking(&f, "{\"command\":\"wa"));
    turn(&f);
    is_int(f.gone, 1, "one that did not ask is none");
    close(asking(&f, "{\"command\":\"echo\"}\n"));
    turn(&f);
    is_int(f.gone, 1, "nor is one that was answered");
    f.waiting = NULL;
    close(asking(&f, "{\"command\":\"wait\"}\n"));
    end(&f);
    is_int(f.gone, 2, "the end of all is the same as leaving");
}

static void test_stream(void)
{
    struct fixture f;
    uint64_t unread, lines = 0;
    bool ended = false;
    char *got = NULL;
    int fd;

    begin(&f);
    fd = asking(&f, "{\"command\":\"stream\"}\n");
    unread = f.made;
    ok(unread > 0 && unread < LINES / 2, "a stream waits for its reader (%d)",
       (int)unread);
    turn(&f);
    is_int(f.made, unread, "... without any turn of the loop");
    while (!ended) {
        free(got);
        got = answer(fd, &ended);
        for (const char *at = got; (at = strchr(at, '\n')); at++)
            lines++;
        turn(&f);
    }
    free(got);
    is_int(lines, LINES + 1, "and then all of it comes");
    is_int(f.gone, 0, "nobody left");
    close(fd);
    end(&f);
}

static void test_pause(void)
{
    struct fixture f;
    bool ended;
    char *got;
    int fd;

    begin(&f);
    f.pauses = true;
    fd = asking(&f, "{\"command\":\"stream\"}\n");
    is_int(f.made, 1, "a stream may have nothing to say now");
    control_call_flush(f.waiting);
    turn(&f);
    is_int(f.made, 2, "... and is asked again after a flush");
    got = answer(fd, &ended);
    is_text(got, "{\"line\":1}\n{\"line\":2}\n", "both lines are there");
    free(got);
    close(fd);
    turn(&f);
    is_int(f.gone, 1, "a paused one whose client leaves ends");
    end(&f);
}

static void test_deaf(void)
{
    struct fixture f;
    char line[1025];
    int fd;

    begin(&f);
    memset(line, ' ', sizeof(line));
    line[1024] = '\n';
    fd = asking(&f, "{\"command\":\"wait\"}\n");
    for (size_t sent = 0; f.waiting && sent < 2 * CONTROL_OUT_MAX;
         sent += sizeof(line)) {
        buffer_add(control_call_out(f.waiting), line, sizeof(line));
        control_call_flush(f.waiting);
        turn(&f);
    }
    is_int(f.gone, 1, "a client that never reads is let go");
    close(fd);
    end(&f);
}

static void test_limits(void)
{
    struct fixture f;
    _cleanup_(buffer_done) struct buffer words = {0};
    _cleanup_free_ char *got = NULL;
    int fds[80];
    ssize_t n;
    bool ended;

    begin(&f);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        fds[i] = client(&f);
    got = answer(fds[ARRAY_LEN(fds) - 1], &ended);
    is_text(got,
            "{\"error\":\"too many are asking this daemon at once: try "
            "again\"}\n",
            "there is an end to clients");
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        close(fds[i]);
    turn(&f);
    fds[0] = client(&f);
    memset(buffer_reserve(&words, 4096), 'x', 4096);
    for (size_t i = 0; i < 1000; i++) {
        n = send(fds[0], words.data, 4096, MSG_NOSIGNAL);
        turn(&f);
        if (n < 0 && errno == EPIPE)
            break;
    }
    ok(n < 0, "and to a request");
    close(fds[0]);
    end(&f);
}

static bool can_reach(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    return connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
}

/* As a process leaves it that was killed. */
static void leave_socket(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    if (bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        skip_all("no socket");
}

static void test_path(void)
{
    char directory[] = "/tmp/trawl-control-XXXXXX";
    struct error err = {""};
    struct fixture f;
    struct stat st;
    char *path;

    begin(&f);
    if (!mkdtemp(directory))
        skip_all("no temporary folder");
    path = xasprintf("%s/socket", directory);
    fclose(fopen(path, "w"));
    is_int(control_adopt(f.control, path, &err), -EEXIST,
           "a file that is no socket: %s", err.text);
    is_int(access(path, F_OK), 0, "... is left alone");
    unlink(path);
    leave_socket(path);
    ok(!can_reach(path), "a socket that nobody listens at");
    is_int(control_adopt(f.control, path, &err), 0, "it listens %s", err.text);
    ok(can_reach(path), "... in place of what was left there");
    is_int(stat(path, &st) == 0 ? st.st_mode & 0777 : 0, 0660,
           "for its owner and group");
    is_int(control_adopt(f.control, path, &err), 0, "again changes nothing");
    is_int(control_adopt(f.control, NULL, &err), 0, "it need not listen");
    ok(access(path, F_OK) < 0, "... then nothing is left");
    free(path);
    path = xasprintf("%s/no/such/folder", directory);
    is_int(control_adopt(f.control, path, &err), -ENOENT, "a bad path");
    ok(strstr(err.text, "trawlctl cannot reach this daemon") != NULL, "%s",
       err.text);
    free(path);
    rmdir(directory);
    end(&f);
}

/* Connected to the path, and its request is sent. */
static int asking_path(const char *path, const char *request)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
        send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
        skip_all("no connection");
    return fd;
}

/* No descriptor is free: who comes waits, and the loop is not kept busy. */
static void test_full(void)
{
    char directory[] = "/tmp/trawl-control-XXXXXX";
    struct rlimit before, none;
    struct error err = {""};
    struct fixture f;
    unsigned turns = 0;
    bool ended = false;
    char *path, *got = NULL;
    int fd;

    begin(&f);
    if (!mkdtemp(directory))
        skip_all("no temporary folder");
    path = xasprintf("%s/socket", directory);
    control_adopt(f.control, path, &err);
    fd = asking_path(path, "{\"command\":\"echo\"}\n");
    getrlimit(RLIMIT_NOFILE, &before);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    while (turns < 5000 && sd_event_run(f.loop, 0) > 0)
        turns++;
    setrlimit(RLIMIT_NOFILE, &before);
    ok(turns < 5000, "it rests while nobody can be let in");
    for (int i = 0; i < 100 && !ended; i++) {
        free(got);
        sd_event_run(f.loop, USEC_PER_SEC / 20);
        got = answer(fd, &ended);
    }
    is_text(got, "{\"text\":\"none\",\"flag\":0}\n{\"done\":1}\n",
            "... and lets in who waited");
    free(got);
    close(fd);
    end(&f);
    rmdir(directory);
    free(path);
}

int main(void)
{
    test_asked();
    test_later();
    test_gone();
    test_stream();
    test_pause();
    test_deaf();
    test_limits();
    test_path();
    test_full();
    return done_testing();
}
