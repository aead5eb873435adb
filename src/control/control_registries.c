/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which registries are known, where they are from and how many BMCs use them;
 * or all that one BMC claims to have. A list is made whole, of one moment, and
 * handed on as the client reads it.
 */
#include "control/control_rooms.h"

#include <string.h>

#include "control/control_call.h"
#include "control/control_fleet.h"
#include "registry/registry_report.h"
#include "util/alloc.h"

struct listing {
    struct buffer text;
    size_t sent;
    uint64_t count;
};

static void listing_free(void *state)
{
    struct listing *l = state;

    buffer_done(&l->text);
    free(l);
}

/* Whole lines, as many as make a piece. */
static bool more_lines(struct control_call *call, void *state)
{
    struct listing *l = state;
    size_t len = l->text.len - l->sent;
    const char *from = l->text.data + l->sent, *end;

    if (len == 0) {
        control_call_done(call, l->count);
        return false;
    }
    if (len > CONTROL_PIECE &&
        (end = memchr(from + CONTROL_PIECE, '\n', len - CONTROL_PIECE)))
        len = (size_t)(end + 1 - from);
    buffer_add(control_call_out(call), from, len);
    l->sent += len;
    return true;
}

static bool list_bmc(const struct control_view *view, const char *name,
                     struct listing *l)
{
    const struct bmc *bmc = fleet_find(view->fleet, name);

    if (bmc && bmc->registries)
        l->count = registry_report_own(bmc->registries, name, &l->text);
    return bmc != NULL;
}

static void list_all(const struct control_view *view, struct listing *l)
{
    const struct registry_cache *cache = registry_fetch_cache(view->fetch);

    l->count = registry_report_shared(view->registries,
                                      fleet_count(view->fleet), &l->text);
    if (cache)
        l->count += registry_report_served(cache, &l->text);
}

static void list_registries(struct control_call *call, void *userdata)
{
    const struct control_view *view = userdata;
    const char *name = control_call_text(call, "bmc");
    struct listing *l = XNEW(struct listing);

    control_call_keep(call, l, listing_free);
    if (!name) {
        list_all(view, l);
    } else if (!list_bmc(view, name, l)) {
        control_fleet_unknown(view->fleet, call, name);
        return;
    }
    control_call_stream(call, more_lines, l);
}

static const struct control_command commands[] = {
    {"registries", list_registries},
};

void control_registries_add(struct control *c, struct control_view *view)
{
    control_add(c, commands, ARRAY_LEN(commands), view);
}
