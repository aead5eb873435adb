/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The note is "COUNT SECONDS USER": so many in a row, the last at that time, of
 * that account. It counts as long as the pause lasts that follows them, and
 * not for a password file that was written since: whoever mends that and
 * starts us again wants it to be tried.
 */
#include "talk/login.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "notebook.h"
#include "reach.h"
#include "util/alloc.h"

#define KEY "refused"

static const char *noted(const struct talk_peer *p)
{
    const struct notebook *n = p->talk->setup.notebook;

    return n ? notebook_get(n, p->bmc->name, KEY) : NULL;
}

static void note(struct talk_peer *p, const char *text)
{
    if (p->talk->setup.notebook)
        notebook_set(p->talk->setup.notebook, p->bmc->name, KEY, text);
}

void login_refused(struct talk_peer *p)
{
    _cleanup_free_ char *text = NULL;

    reach_login_refused(p->talk->setup.pipeline, p->bmc, clock_monotonic());
    text = xasprintf("%u %" PRIu64 " %s", p->bmc->logins_refused,
                     clock_real() / USEC_PER_SEC, p->config->username);
    note(p, text);
}

void login_accepted(struct talk_peer *p)
{
    if (noted(p))
        note(p, NULL);
    reach_login_accepted(p->talk->setup.pipeline, p->bmc);
}

static bool was_written_since(const char *file, uint64_t seconds)
{
    struct stat st;

    return !file || stat(file, &st) < 0 || (uint64_t)st.st_mtime > seconds;
}

void login_recall(struct talk_peer *p)
{
    const struct config_bmc *c = p->config;
    const char *text = c->username ? noted(p) : NULL;
    usec_t now = clock_real();
    uint64_t seconds;
    unsigned count;
    int at = 0;

    if (!text || sscanf(text, "%u %" SCNu64 " %n", &count, &seconds, &at) < 2 ||
        at == 0 || strcmp(text + at, c->username) != 0 ||
        was_written_since(c->password_file, seconds))
        return;
    reach_recall_refused(p->bmc, count,
                         now - MIN_OF(now, seconds * USEC_PER_SEC),
                         clock_monotonic());
}
