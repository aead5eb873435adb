/* SPDX-License-Identifier: Apache-2.0 */
/* See control_fleet.h: names are kept, not BMCs. */
#include "control/control_fleet.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/glob.h"
#include "util/nearest.h"

struct control_fleet {
    const struct fleet *fleet;
    char **names; /* owned */
    size_t count, cap, next;
};

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

struct control_fleet *control_fleet_new(const struct fleet *fleet)
{
    struct control_fleet *f = XNEW(struct control_fleet);

    f->fleet = fleet;
    return f;
}

void control_fleet_free(struct control_fleet *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++)
        free(f->names[i]);
    free(f->names);
    free(f);
}

static void add_name(struct control_fleet *f, const char *name)
{
    f->names = xgrow(f->names, &f->cap, f->count + 1, sizeof(*f->names));
    f->names[f->count++] = xstrdup(name);
}

size_t control_fleet_add(struct control_fleet *f, const char *glob)
{
    size_t before = f->count, cursor = 0;
    const struct bmc *bmc;

    if (!strpbrk(glob, "*?")) { /* a thousand names are no thousand walks */
        if (fleet_find(f->fleet, glob))
            add_name(f, glob);
        return f->count - before;
    }
    while ((bmc = fleet_next(f->fleet, &cursor)))
        if (glob_match(glob, bmc->name, strlen(bmc->name), false))
            add_name(f, bmc->name);
    return f->count - before;
}

void control_fleet_unknown(const struct fleet *fleet, struct control_call *call,
                           const char *name)
{
    struct nearest n = {.word = name};
    const struct bmc *bmc;
    size_t cursor = 0;

    while (!strpbrk(name, "*?") && (bmc = fleet_next(fleet, &cursor)))
        nearest_offer(&n, bmc->name);
    control_call_fail(call, "no BMC has the name %s%s%s%s", name,
                      n.best ? "; did you mean '" : "", n.best ? n.best : "",
                      n.best ? "'?" : "");
}

struct control_fleet *control_fleet_asked(const struct fleet *fleet,
                                          struct control_call *call)
{
    struct control_fleet *f = control_fleet_new(fleet);
    const char *name = NULL;
    bool all = control_call_flag(call, "all");

    if (all)
        control_fleet_add(f, "*");
    for (size_t i = 0; (name = control_call_item(call, "bmcs", i)); i++)
        if (control_fleet_add(f, name) == 0)
            break;
    if (!name && (all || f->count > 0))
        return f;
    if (name)
        control_fleet_unknown(fleet, call, name);
    else
        control_call_fail(call, "of which BMCs? None was named");
    control_fleet_free(f);
    return NULL;
}

struct bmc *control_fleet_next(struct control_fleet *f)
{
    struct bmc *bmc = NULL;

    if (f->next == 0 && f->count > 1)
        qsort(f->names, f->count, sizeof(*f->names), compare_names);
    for (; !bmc && f->next < f->count; f->next++)
        if (f->next == 0 || strcmp(f->names[f->next - 1], f->names[f->next]))
            bmc = fleet_find(f->fleet, f->names[f->next]);
    return bmc;
}
