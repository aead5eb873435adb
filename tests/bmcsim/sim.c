/* SPDX-License-Identifier: Apache-2.0 */
/* See sim.h. */
#include "sim.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "emit.h"
#include "poster.h"
#include "registries.h"
#include "server.h"
#include "subscriptions.h"
#include "update.h"

#define NAME_MAX_LEN 64

struct sim *sim_new(void)
{
    struct sim *sim = xcalloc(1, sizeof(*sim));

    pthread_mutex_init(&sim->lock, NULL);
    sim->threads = 1;
    sim->started = time_now();
    sim->quit_fd = eventfd(0, EFD_CLOEXEC);
    sim->clock = clock_new(&sim->lock);
    sim->poster = poster_new(sim);
    return sim;
}

/* Threads end in the order in which they hand things on. */
void sim_free(struct sim *sim)
{
    server_free(sim->server);
    pthread_mutex_lock(&sim->lock);
    emit_end(sim);
    for (size_t i = 0; i < sim->n_bmcs; i++) {
        subscriptions_clear(sim->bmcs[i]);
        update_clear(sim->bmcs[i]);
    }
    pthread_mutex_unlock(&sim->lock);
    clock_free(sim->clock);
    poster_free(sim->poster);
    for (size_t i = 0; i < sim->n_bmcs; i++)
        bmc_free(sim->bmcs[i]);
    registries_close(sim->registries);
    close(sim->quit_fd);
    free(sim->bmcs);
    free(sim->control_url);
    pthread_mutex_destroy(&sim->lock);
    free(sim);
}

static bool is_name(const char *name)
{
    size_t len = strspn(
        name,
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    return len > 0 && len <= NAME_MAX_LEN && !name[len];
}

struct bmc *sim_add_bmc(struct sim *sim, const char *name, const char *vendor,
                        struct error *err)
{
    struct bmc *b;

    if (!is_name(name) || sim_find_bmc(sim, name)) {
        error_set(err, 0,
                  "'%s' is not a name for a BMC: letters, digits, '.', '_', "
                  "'-', once",
                  name);
        return NULL;
    }
    b = bmc_new(sim, name, vendor, err);
    if (!b)
        return NULL;
    sim->bmcs = xrealloc(sim->bmcs, (sim->n_bmcs + 1) * sizeof(*sim->bmcs));
    sim->bmcs[sim->n_bmcs++] = b;
    return b;
}

struct bmc *sim_find_bmc(struct sim *sim, const char *name)
{
    for (size_t i = 0; i < sim->n_bmcs; i++)
        if (strcmp(sim->bmcs[i]->name, name) == 0)
            return sim->bmcs[i];
    return NULL;
}

void sim_quit(struct sim *sim)
{
    eventfd_write(sim->quit_fd, 1);
}
