/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rooms behind the control socket, with a fleet that changes while it is
 * listed: who stays is told of once, in order, and nothing points to who
 * left. And one thing done at many BMCs: so many at once, each told of, all
 * cancelled when nobody listens any more.
 */
#include "control/control_rooms.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "control/control_each.h"
#include "decode/json_in.h"
#include "tap.h"
#include "util/alloc.h"

#define BMCS 4000u /* more than a socket takes at once */

struct world {
    sd_event *loop;
    struct control *control;
    struct control_view view;
    struct metrics_view figures;
    struct config config;
    struct fleet *fleet;
};

static const struct control_command work_commands[1];

static struct config_bmc make_bmc(unsigned i)
{
    return (struct config_bmc){
        .name = xasprintf("n%04u", i),
        .url = xasprintf("https://10.0.%u.%u", i / 250, i % 250),
        .receive = RECEIVE_PASSIVE,
    };
}

static void world_init(struct world *w)
{
    *w = (struct world){.fleet = fleet_new("key", 3)};
    w->config.bmcs = xcalloc(BMCS, sizeof(*w->config.bmcs));
    w->config.bmc_count = BMCS;
    for (unsigned i = 0; i < BMCS; i++)
        w->config.bmcs[i] = make_bmc(BMCS - 1 - i);
    fleet_adopt(w->fleet, &w->config, NULL, NULL);
    w->figures.fleet = w->fleet;
    w->view.figures = &w->figures;
    w->view.config = &w->config;
    if (sd_event_new(&w->loop) < 0)
        skip_all("no event loop");
    w->control = control_new(w->loop);
    control_bmcs_add(w->control, &w->view);
    control_add(w->control, work_commands, 1, &w->view);
}

static void world_done(struct world *w)
{
    control_free(w->control);
    fleet_free(w->fleet);
    sd_event_unref(w->loop);
    for (unsigned i = 0; i < BMCS; i++) {
        free(w->config.bmcs[i].name);
        free(w->config.bmcs[i].url);
    }
    free(w->config.bmcs);
}

static void turn(struct world *w)
{
    while (sd_event_run(w->loop, 0) > 0)
        ;
}

static int ask(struct world *w, const char *request)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                   pair) < 0)
        skip_all("no pair of sockets");
    control_serve(w->control, pair[1]);
    if (send(pair[0], request, strlen(request), MSG_NOSIGNAL) < 0)
        diag("cannot ask");
    turn(w);
    return pair[0];
}

/* All of the answer. */
static char *hear(struct world *w, int fd)
{
    struct buffer out = {0};
    ssize_t n;

    do {
        n = recv(fd, buffer_reserve(&out, 65536), 65536, 0);
        out.len += n > 0 ? (size_t)n : 0;
        turn(w);
    } while (n != 0);
    close(fd);
    buffer_add(&out, "", 0);
    return buffer_take_text(&out);
}

/* Names in a listing, joined by blanks; the last line is what it ends with. */
static char *names_of(char *answer, char **ret_last)
{
    struct buffer names = {0};
    char *line, *at;

    buffer_add_text(&names, "");
    while ((line = strsep(&answer, "\n")) && *line) {
        at = strstr(line, "\"name\":\"");
        *ret_last = line;
        if (at)
            buffer_printf(&names, "%s%.*s", names.len ? " " : "",
                          (int)strcspn(at + 8, "\""), at + 8);
    }
    return buffer_take_text(&names);
}

static void test_some(struct world *w)
{
    _cleanup_free_ char *answer =
        hear(w, ask(w, "{\"command\":\"bmcs\",\"bmc\":\"n00?1\"}\n"));
    char *last = NULL;
    _cleanup_free_ char *names = names_of(answer, &last);

    is_text(names,
            "n0001 n0011 n0021 n0031 n0041 n0051 n0061 n0071 n0081 n0091",
            "those whose names fit, in order");
    is_text(last, "{\"done\":10}", "... so many");
    free(answer);
    answer = hear(w, ask(w, "{\"command\":\"bmcs\",\"bmc\":\"x*\"}\n"));
    is_text(answer, "{\"error\":\"no BMC has the name x*\"}\n", "or nobody");
    free(answer);
    answer = hear(w, ask(w, "{\"command\":\"bmcs\",\"state\":\"silent\"}\n"));
    is_text(answer, "{\"done\":0}\n", "or none in such a state");
}

/* Every second one leaves while the list is being read. */
static void test_changing(struct world *w)
{
    int fd = ask(w, "{\"command\":\"bmcs\"}\n");
    struct config half = w->config;
    char *last = NULL, *name, *rest;
    char before[16] = "";
    unsigned even = 0, odd = 0;

    half.bmcs = xcalloc(BMCS, sizeof(*half.bmcs));
    half.bmc_count = 0;
    for (unsigned i = 1; i < BMCS; i += 2) /* those of an even number */
        half.bmcs[half.bmc_count++] = w->config.bmcs[i];
    fleet_adopt(w->fleet, &half, NULL, NULL);

    _cleanup_free_ char *answer = hear(w, fd);
    _cleanup_free_ char *names = names_of(answer, &last);
    bool in_order = true;

    for (rest = names; (name = strsep(&rest, " ")) && *name;) {
        in_order = in_order && strcmp(before, name) < 0;
        snprintf(before, sizeof(before), "%s", name);
        if ((name[4] - '0') % 2)
            odd++;
        else
            even++;
    }
    is_int(even, BMCS / 2, "all that stay are told of");
    ok(odd < BMCS / 2, "of the others, those who were there (%u)", odd);
    ok(in_order, "all in order, each once");
    ok(strstr(last, "{\"done\":"), "to the end: %s", last);
    fleet_adopt(w->fleet, &w->config, NULL, NULL);
    free(half.bmcs);
}

/* What is under way: the test decides when each is over. */
static struct {
    struct control_one *ones[CONTROL_EACH_AT_ONCE];
    size_t running, begun, cancelled;
} work;

static void *work_start(const struct control_view *view _unused_,
                        struct bmc *bmc, struct control_one *one,
                        struct error *err)
{
    size_t i = 0;

    if (strcmp(bmc->name, "n0002") == 0) {
        error_set(err, -EPERM, "not this one");
        return NULL;
    }
    while (work.ones[i])
        i++;
    work.ones[i] = one;
    work.running++;
    work.begun++;
    return &work.ones[i];
}

static void work_cancel(void *handle)
{
    *(struct control_one **)handle = NULL;
    work.running--;
    work.cancelled++;
}

/* The first that is under way is over. */
static void work_end(bool ok)
{
    struct control_one *one;
    size_t i = 0;

    while (!work.ones[i])
        i++;
    one = work.ones[i];
    work.ones[i] = NULL;
    work.running--;
    control_one_over(one, ok, "number %zu", work.begun);
}

static void run_work(struct control_call *call, void *userdata)
{
    static const struct control_each_type type = {work_start, work_cancel};

    memset(&work, 0, sizeof(work));
    control_each(call, userdata, &type);
}

static const struct control_command work_commands[] = {{"work", run_work}};

static void test_each(struct world *w)
{
    int fd = ask(w, "{\"command\":\"work\",\"bmcs\":[\"n0001\",\"n000?\"]}\n");
    _cleanup_free_ char *answer = NULL;

    is_int(work.running, 9, "nine are begun, one cannot, none twice");
    work_end(true);
    work_end(false);
    while (work.running)
        work_end(true);
    answer = hear(w, fd);
    ok(strstr(answer, "{\"bmc\":\"n0002\",\"ok\":false,\"text\":\"not this "
                      "one\"}\n"),
       "one that cannot begin is told of");
    ok(strstr(answer, "{\"bmc\":\"n0000\",\"ok\":true,\"text\":\"number 9\"}\n"
                      "{\"bmc\":\"n0001\",\"ok\":false,"),
       "... and what became of the others");
    ok(strstr(answer, "\n{\"done\":10}\n"), "... and how many there were");
}

static void test_many(struct world *w)
{
    int fd = ask(w, "{\"command\":\"work\",\"all\":true}\n");
    size_t most = 0;
    _cleanup_free_ char *answer = NULL;

    for (unsigned i = 0; i < 1000; i++) {
        most = MAX_OF(most, work.running);
        work_end(true);
    }
    is_int(most, CONTROL_EACH_AT_ONCE, "so many are under way at once");
    is_int(work.running, CONTROL_EACH_AT_ONCE, "... as long as there are more");
    turn(w);
    close(fd);
    turn(w);
    is_int(work.cancelled, CONTROL_EACH_AT_ONCE,
           "nobody listens: all are cancelled");
    is_int(work.begun, 1000 + CONTROL_EACH_AT_ONCE, "... and none is begun");
    answer = hear(w, ask(w, "{\"command\":\"work\"}\n"));
    is_text(answer, "{\"error\":\"of which BMCs? None was named\"}\n",
            "nobody is not everybody");
    free(answer);
    answer = hear(w, ask(w, "{\"command\":\"work\",\"bmcs\":[\"n0001\","
                            "\"m1\"]}\n"));
    is_text(answer, "{\"error\":\"no BMC has the name m1\"}\n",
            "a slip of the pen stops all");
    is_int(work.begun, 0, "... before anything is begun");
}

int main(void)
{
    struct world w;

    world_init(&w);
    test_some(&w);
    test_changing(&w);
    test_each(&w);
    test_many(&w);
    world_done(&w);
    return done_testing();
}
