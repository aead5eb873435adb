/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rooms behind the control socket, with a fleet that changes while it is
 * listed: who stays is told of once, in order, and nothing points to who
 * left.
 */
#include "control/control_rooms.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "control/control_fleet.h"
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

int main(void)
{
    struct world w;

    world_init(&w);
    test_some(&w);
    test_changing(&w);
    world_done(&w);
    return done_testing();
}
