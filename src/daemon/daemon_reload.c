/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new configuration beside the old one: read whole, everything that can fail
 * done first, then adopted in one turn of the loop; or refused whole, and the
 * old one goes on as if nothing had been.
 */
#include "daemon/daemon_parts.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <systemd/sd-daemon.h>

#include "backfill.h"
#include "knowledge.h"
#include "log.h"
#include "subscribe/leftover.h"

static void on_registry_problem(void *userdata _unused_, const char *text)
{
    log_warning("registries: %s", text);
}

struct registry_set *daemon_registries(const struct config *config)
{
    struct registry_set *set = knowledge_load(
        config->registries.directories.items,
        config->registries.directories.count, on_registry_problem, NULL);

    if (registry_set_count(set) == 0)
        log_warning("no message registry was found, not even in %s: events "
                    "are forwarded with the texts that BMCs send",
                    knowledge_bundled());
    return set;
}

static void abandon(struct daemon *d)
{
    for (size_t i = 0; source_types[i]; i++)
        source_types[i]->abandon(d->sources[i]);
    metrics_abandon(d->metrics);
}

int daemon_prepare(struct daemon *d, const struct config *config,
                   struct error *err)
{
    int r = metrics_prepare(d->metrics, config->control.metrics, err);

    for (size_t i = 0; r == 0 && source_types[i]; i++)
        r = source_types[i]->prepare(d->sources[i], config, err);
    if (r < 0)
        abandon(d);
    return r;
}

/*
 * What stands of a BMC is of the one at its URL; of those that are gone only
 * what may have stayed at them.
 */
static void bind_notebook(struct daemon *d)
{
    size_t cursor = 0;
    struct bmc *bmc;

    while ((bmc = fleet_next(d->fleet, &cursor)))
        leftover_bind(d->host.subscriber, bmc);
    leftover_sort(d->host.subscriber);
}

#define DOUBTED_NAMED 5

static bool is_unverified(const struct config_bmc *b)
{
    return !b->tls.verify && !b->tls.fingerprint &&
           b->receive != RECEIVE_PASSIVE &&
           strncasecmp(b->url, "https:", 6) == 0;
}

static bool is_overheard(const struct config_bmc *b)
{
    return b->username && b->receive != RECEIVE_PASSIVE &&
           strncasecmp(b->url, "http:", 5) == 0;
}

/* One line however many there are, at each start and reload. */
static void warn_of(const struct config *config,
                    bool (*is_doubted)(const struct config_bmc *b),
                    const char *what, const char *so)
{
    _cleanup_(buffer_done) struct buffer names = {0};
    size_t count = 0;

    for (size_t i = 0; i < config->bmc_count; i++)
        if (is_doubted(&config->bmcs[i]) && count++ < DOUBTED_NAMED)
            buffer_printf(&names, "%s%s", names.len ? ", " : "",
                          config->bmcs[i].name);
    if (count > 0)
        log_warning("%s for %zu of %zu BMCs, and %s: %s%s", what, count,
                    config->bmc_count, so, names.data,
                    count > DOUBTED_NAMED ? ", …" : "");
}

static void warn_doubted(const struct config *config)
{
    warn_of(config, is_unverified, "tls.verify is false",
            "nobody knows who gets the passwords that are meant for them");
    warn_of(config, is_overheard, "the URL is http:",
            "their passwords cross the network for everybody to read");
}

void daemon_adopt(struct daemon *d, struct config *config)
{
    struct registry_set *registries = daemon_registries(config);
    struct error err = {""};

    warn_doubted(config);
    daemon_tokens(d, config);
    fleet_adopt(d->fleet, config, daemon_rooms_remove, d);
    bind_notebook(d);
    pipeline_adopt(d->pipeline, config, registries);
    registry_set_free(d->registries);
    d->registries = registries;
    registry_fetch_adopt(d->fetch, config);
    tasks_adopt(d->tasks, registries);
    discover_adopt(d->discoverer, config, d->fleet);
    spool_set_limits(d->spool, config->spool.max_size, config->spool.keep);
    for (size_t i = 0; source_types[i]; i++)
        source_types[i]->adopt(d->sources[i], config);
    subscribe_adopt(d->host.subscriber, config);
    proof_adopt(d->host.proof, config);
    keep_adopt(d->host.keep, config);
    talk_adopt(d->talk, config); /* they see whose password was refused */
    metrics_adopt(d->metrics);
    d->rooms.registries = registries;
    d->rooms.config = config;
    if (control_adopt(d->control, config->control.socket, &err) < 0)
        log_warning("%s", err.text);
    if (d->config != config)
        d->retired = d->config;
    d->config = config;
    outlets_adopt(d->outlets, config);
}

void daemon_adopted(void *userdata)
{
    struct daemon *d = userdata;

    config_free(TAKE(d->retired));
    if (d->reload_wanted)
        daemon_reload(d);
}

/* What a running daemon cannot change. */
static int check_fixed(const struct daemon *d, const struct config *config,
                       struct error *err)
{
    if (strcmp(d->config->spool.directory, config->spool.directory) != 0)
        return error_set(err, -EBUSY,
                         "spool.directory cannot change from %s to %s while "
                         "Trawl runs: restart it",
                         d->config->spool.directory, config->spool.directory);
    if (strcmp(d->config->registries.cache, config->registries.cache) != 0)
        return error_set(err, -EBUSY,
                         "registries.cache cannot change from %s to %s while "
                         "Trawl runs: restart it",
                         d->config->registries.cache, config->registries.cache);
    return 0;
}

/* All problems, a line of the log each; `ret_why` sums them up. */
static void log_problems(const struct yaml_problems *problems,
                         struct error *ret_why)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    size_t errors = yaml_problems_errors(problems);
    const char *first = NULL;
    char *rest, *line;

    yaml_problems_print(problems, &text);
    rest = text.data;
    while (rest && (line = strsep(&rest, "\n"))) {
        if (*line && errors > 0)
            log_error("%s", line);
        else if (*line)
            log_warning("%s", line);
        /* Lines that quote the source begin with a blank. */
        if (!first && *line && *line != ' ' && !strstr(line, ": warning: "))
            first = line;
    }
    error_set(ret_why, 0, "%zu error%s, %s%s", errors, errors == 1 ? "" : "s",
              errors == 1 ? "" : "the first: ", first ? first : "");
}

static void refuse(struct daemon *d, const char *why)
{
    d->view.reload_errors++;
    error_set(&d->view.reload_error, 0, "%s", why);
    log_error("the new configuration was refused, the one before stays in "
              "force: %s",
              why);
    outlets_reopen(d->outlets); /* a rotated log is a reason for SIGHUP too */
    sd_notify(0, "READY=1\nSTATUS=Running with the configuration before: the "
                 "new one was refused, see the log");
}

static void try_reload(struct daemon *d, struct yaml_problems *problems)
{
    struct config *config = config_read(d->config->file, problems);
    struct error err = {""};

    log_problems(problems, &err);
    if (!config) {
        refuse(d, err.text);
        return;
    }
    if (check_fixed(d, config, &err) < 0 ||
        daemon_prepare(d, config, &err) < 0) {
        refuse(d, err.text);
        config_free(config);
        return;
    }
    daemon_adopt(d, config);
    d->view.reloads++;
    d->view.reload_error = (struct error){""};
    log_info("the configuration was adopted: %zu BMCs, %zu sinks, %zu routes",
             config->bmc_count, config->sink_count, config->route_count);
    sd_notify(0, "READY=1\nSTATUS=Running");
}

void daemon_reload(struct daemon *d)
{
    struct yaml_problems *problems;

    /* It would open addresses again that were closed for good. */
    if (d->stopping) {
        log_info("the configuration is not read again: stopping");
        return;
    }
    d->reload_wanted = d->retired != NULL;
    if (d->reload_wanted)
        return; /* the last one is still being handed over */
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
               (unsigned long long)clock_monotonic());
    problems = yaml_problems_new();
    try_reload(d, problems);
    yaml_problems_free(problems);
}
