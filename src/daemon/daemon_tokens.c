/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of another generation: those of the one before stay good for
 * subscription.token_grace, also over restarts, and end by themselves.
 */
#include <string.h>

#include "daemon/daemon_parts.h"
#include "generation.h"
#include "log.h"
#include "util/alloc.h"
#include "util/file.h"

static int on_grace_over(sd_event_source *source _unused_,
                         uint64_t now _unused_, void *userdata)
{
    struct daemon *d = userdata;

    fleet_accept_old_tokens(d->fleet, 0);
    log_info("tokens of the generation before are not good any more");
    return 0;
}

static void read_generation(const char *path, struct generation *ret)
{
    _cleanup_(buffer_done) struct buffer text = {0};

    if (file_read(path, GENERATION_TEXT_MAX, &text, NULL) == 0 && text.len > 0)
        generation_parse(ret, text.data);
}

static void write_generation(const char *path, const struct generation *g)
{
    char text[GENERATION_TEXT_MAX];
    struct error err = {""};

    generation_format(g, text);
    if (file_write(path, text, strlen(text), 0600, &err) < 0)
        log_warning("%s; after a restart the time of grace of old tokens "
                    "begins anew",
                    err.text);
}

void daemon_tokens(struct daemon *d, const struct config *config)
{
    _cleanup_free_ char *path = daemon_beside(config, "token.generation");
    const struct config_subscription *c = &config->subscription;
    struct generation g = {0};
    usec_t now = clock_real(), until;
    int64_t before;

    read_generation(path, &g);
    if (generation_adopt(&g, c->generation, now))
        write_generation(path, &g);
    before = generation_before(&g, c->grace, now, &until);
    fleet_accept_old_tokens(d->fleet, before);
    sd_event_source_disable_unref(TAKE(d->grace_timer));
    if (before > 0)
        sd_event_add_time(d->loop, &d->grace_timer, CLOCK_REALTIME, until,
                          USEC_PER_SEC, on_grace_over, d);
}
