/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of the notebook whose BMC is gone; see leftover.h. */
#include "subscribe/leftover.h"

#include <string.h>

#include "log.h"
#include "subscribe/leave.h"
#include "subscribe/subscription.h"
#include "util/alloc.h"
#include "voice.h"

#define KEY_URL "url"
#define KEY_TOLD "told" /* that something stayed there */
#define NAMED_MAX 5     /* in one line of the log */

static bool is_gone(const struct subscriber *s, const char *name)
{
    return !fleet_find(s->host->fleet, name);
}

void leftover_bind(struct subscriber *s, const struct bmc *bmc)
{
    struct notebook *n = s->host->notebook;
    const char *url = notebook_get(n, bmc->name, KEY_URL);

    if (url && memory_has(n, bmc->name) && strcmp(url, bmc->config->url) != 0)
        log_warning("%s: is at %s now; if that is another machine than the one "
                    "at %s, our subscription stays there",
                    bmc->name, bmc->config->url, url);
    notebook_bind(n, bmc->name, bmc->config->url);
}

/* By URL, those that may be asked. */
static struct hashmap *index_fleet(const struct fleet *fleet)
{
    struct hashmap *index = hashmap_new();
    struct bmc *bmc;
    size_t cursor = 0;

    while ((bmc = fleet_next(fleet, &cursor)))
        if (bmc->config->receive != RECEIVE_PASSIVE)
            hashmap_set(index, bmc->config->url, bmc);
    return index;
}

/*
 * The same BMC under another name: its keeper removes what has our Context
 * and a name that nobody has, once it knows that something of ours is there.
 */
static bool hand_over(struct subscriber *s, const struct hashmap *index,
                      const char *name)
{
    struct notebook *n = s->host->notebook;
    const char *url = notebook_get(n, name, KEY_URL);
    const struct bmc *heir = url ? hashmap_find(index, url) : NULL;

    if (heir && !memory_has(n, heir->name))
        memory_move(n, name, heir->name);
    return heir != NULL;
}

static char **list_gone(const struct subscriber *s, size_t *ret_count)
{
    char **names = NULL;
    size_t cap = 0, cursor = 0;
    const char *name;

    *ret_count = 0;
    while ((name = notebook_next(s->host->notebook, &cursor))) {
        if (!is_gone(s, name))
            continue;
        names = xgrow(names, &cap, *ret_count + 1, sizeof(*names));
        names[(*ret_count)++] = xstrdup(name);
    }
    return names;
}

void leftover_sort(struct subscriber *s)
{
    struct notebook *n = s->host->notebook;
    size_t count;
    _cleanup_free_ char **gone = list_gone(s, &count);
    struct hashmap *index = count > 0 ? index_fleet(s->host->fleet) : NULL;

    for (size_t i = 0; i < count; i++) {
        if (!memory_has(n, gone[i]) || hand_over(s, index, gone[i]))
            notebook_forget(n, gone[i]);
        free(gone[i]);
    }
    hashmap_free(index);
}

bool leftover_next(const struct subscriber *s, size_t *cursor,
                   struct leftover *ret)
{
    const struct notebook *n = s->host->notebook;
    const char *name;

    while (n && (name = notebook_next(n, cursor))) {
        if (!is_gone(s, name) || !memory_has(n, name) ||
            leave_is_under_way(s, name))
            continue;
        *ret = (struct leftover){
            .bmc = name,
            .url = notebook_get(n, name, KEY_URL),
            .uri = memory_uri(n, name),
        };
        return true;
    }
    return false;
}

void leftover_set_told(struct subscriber *s, const char *bmc)
{
    if (s->host->notebook && memory_has(s->host->notebook, bmc))
        notebook_set(s->host->notebook, bmc, KEY_TOLD, "yes");
}

/* Where it stands, as one can go there. */
static void add_place(struct buffer *out, const char *url, const char *uri)
{
    if (uri && *uri != '/')
        url = NULL; /* it is whole */
    buffer_printf(out, "%s%s", url ? url : "", uri ? uri : "");
}

static void say(struct subscriber *s, const char *name)
{
    const char *url = notebook_get(s->host->notebook, name, KEY_URL);

    if (notebook_get(s->host->notebook, name, KEY_TOLD))
        return;
    pipeline_say(s->host->pipeline, NULL, VOICE_SUBSCRIPTION_STAYS, url, name,
                 "it left the configuration while Trawl did not run");
    leftover_set_told(s, name);
}

static void name_one(const struct subscriber *s, const char *name,
                     struct buffer *names)
{
    _cleanup_free_ char *uri = memory_uri(s->host->notebook, name);

    buffer_printf(names, "%s%s (", names->len ? ", " : "", name);
    add_place(names, notebook_get(s->host->notebook, name, KEY_URL), uri);
    buffer_add_char(names, ')');
}

void leftover_tell(struct subscriber *s)
{
    _cleanup_(buffer_done) struct buffer names = {0};
    size_t count;
    _cleanup_free_ char **gone = list_gone(s, &count);

    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *name = gone[i];

        say(s, name);
        if (i < NAMED_MAX)
            name_one(s, name, &names);
    }
    if (count > 0)
        log_warning("our subscription may still stand at %zu BMC%s not "
                    "configured any more, which nobody asks: %s%s. Put such a "
                    "BMC back and take it out while Trawl runs; or remove it "
                    "there, then: trawlctl unsubscribe --forget NAME",
                    count, count == 1 ? " that is" : "s that are", names.data,
                    count > NAMED_MAX ? ", …" : "");
}

bool leftover_forget(struct subscriber *s, const char *bmc)
{
    struct notebook *n = s->host->notebook;

    if (!n || !is_gone(s, bmc) || !memory_has(n, bmc) ||
        leave_is_under_way(s, bmc))
        return false;
    notebook_forget(n, bmc);
    return true;
}
