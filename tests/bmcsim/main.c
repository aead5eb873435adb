/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bmcsim plays any number of Redfish BMCs in one process: for trying Trawl
 * out, for its tests and for its benchmarks.
 *
 *   bmcsim --bmcs 3 --vendor openbmc --vendor dell --ports-file ports.json &
 *   curl "$CONTROL/bmcs/bmc001/emit" -d '{"count": 100, "rate": 50, "event":
 *       {"MessageId": "ResourceEvent.1.4.ResourceErrorsDetected",
 *        "MessageArgs": ["Fan {n}", "stuck"], "Severity": "Warning"}}'
 *   curl "$CONTROL/bmcs/bmc001/ledger"
 *
 * Each BMC has an address of its own, so that its URL is a real origin. A
 * client finds what it finds on hardware: a service root, an event service
 * with subscriptions and a stream, a log, registries, sessions. Tests tell it
 * over the control port what happens and how to misbehave, and afterwards ask
 * the ledger what should have arrived. All is described in --help.
 *
 * The rooms, from the inside out: base, clock, knob; styles, dialect, settings,
 * vendors, behave (how a BMC is and how it misbehaves); bmc, sim, counters,
 * load (the state); emission, event, emit, logs, ledger, update (what happens);
 * subscriptions, subscription_check, subscription_filter,
 * subscription_show, heartbeat, lane, poster (webhooks out); stream, frame,
 * ring, lingers (the event stream); resources, event_service, log_service,
 * log_entry, log_query, page, tasks, registries, accounts, sessions, overrides,
 * redfish (what is answered); mangle (what becomes of it); acceptor, daemons,
 * server, exchange, answer, http (how); action, control, scenario (who says
 * so); options, help, main.
 */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "options.h"
#include "registries.h"
#include "scenario.h"
#include "server.h"

static char *url_of(const struct sockaddr_in *address, bool tls)
{
    char text[INET_ADDRSTRLEN] = "";

    inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text));
    return xasprintf("%s://%s:%u", tls ? "https" : "http", text,
                     ntohs(address->sin_port));
}

/* With an address each, all BMCs are at the port that the first one got. */
static int listen_all(const struct options *o, struct sim *sim,
                      struct error *err)
{
    struct sockaddr_in control = o->control;
    int r = server_control(sim->server, &control, err);

    for (size_t i = 0; r >= 0 && i < sim->n_bmcs; i++) {
        struct bmc *b = sim->bmcs[i];

        if (o->address_per_bmc && i > 0)
            b->address.sin_port = sim->bmcs[0]->address.sin_port;
        r = server_listen(sim->server, b, err);
        if (r >= 0)
            b->url = url_of(&b->address, b->dialect.tls);
    }
    if (r >= 0)
        sim->control_url = url_of(&control, false);
    return r;
}

/* Readers wait for the file to appear, so it appears whole. */
static int write_ports(const struct sim *sim, const char *path,
                       struct error *err)
{
    _cleanup_(freep) char *temporary = xasprintf("%s.new", path);
    json_t *bmcs = json_array(), *doc;
    int r;

    for (size_t i = 0; i < sim->n_bmcs; i++)
        json_array_append_new(bmcs,
                              json_pack("{ss ss}", "name", sim->bmcs[i]->name,
                                        "url", sim->bmcs[i]->url));
    doc = json_pack("{ss so}", "control", sim->control_url, "bmcs", bmcs);
    r = json_dump_file(doc, temporary, JSON_INDENT(1));
    json_decref(doc);
    if (r < 0 || rename(temporary, path) < 0)
        return error_set(err, -EIO, "cannot write %s: %s", path,
                         strerror(errno));
    return 0;
}

/* Returns when told to by a signal or by the control port. */
static void wait_for_end(struct sim *sim, int signal_fd)
{
    struct pollfd fds[] = {{.fd = signal_fd, .events = POLLIN},
                           {.fd = sim->quit_fd, .events = POLLIN}};

    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        ;
}

static int start(const struct options *o, struct sim *sim,
                 struct scenario **ret_scenario, struct error *err)
{
    int r = options_apply(o, sim, err);

    if (r < 0)
        return r;
    if (o->registries &&
        !(sim->registries = registries_open(o->registries, err)))
        return -ENOENT;
    if (o->scenario && !(*ret_scenario = scenario_open(sim, o->scenario, err)))
        return -EINVAL;
    sim->server = server_new(sim);
    pthread_mutex_lock(&sim->lock);
    r = listen_all(o, sim, err);
    if (r >= 0 && *ret_scenario)
        scenario_start(*ret_scenario);
    pthread_mutex_unlock(&sim->lock);
    return r < 0 || !o->ports_file ? r : write_ports(sim, o->ports_file, err);
}

/* Signals are read from a descriptor: no thread is interrupted. */
static int catch_signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static int run(const struct options *o, struct error *err)
{
    int signal_fd = catch_signals(), r;
    struct scenario *scenario = NULL;
    struct sim *sim = sim_new();

    r = start(o, sim, &scenario, err);
    if (r >= 0 && !o->quiet) {
        printf("bmcsim: %zu BMC%s, first at %s, control at %s\n", sim->n_bmcs,
               sim->n_bmcs == 1 ? "" : "s",
               sim->n_bmcs ? sim->bmcs[0]->url : "-", sim->control_url);
        fflush(stdout);
    }
    if (r >= 0)
        wait_for_end(sim, signal_fd);
    pthread_mutex_lock(&sim->lock);
    scenario_close(scenario);
    pthread_mutex_unlock(&sim->lock);
    sim_free(sim);
    close(signal_fd);
    return r;
}

int main(int argc, char **argv)
{
    struct options options;
    struct error err = {""};
    int r = options_parse(&options, argc, argv, &err);

    if (r == 0) {
        if (options.die_with_parent)
            prctl(PR_SET_PDEATHSIG, SIGTERM);
        curl_global_init(CURL_GLOBAL_ALL);
        r = run(&options, &err);
        curl_global_cleanup();
    }
    options_done(&options);
    if (r < 0)
        fprintf(stderr, "bmcsim: %s\n", err.text);
    return r < 0 ? 1 : 0;
}
