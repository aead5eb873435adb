/* SPDX-License-Identifier: Apache-2.0 */
/* See control_fleet.h: names are kept, not BMCs. */
#include "control/control_fleet.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/glob.h"

struct control_fleet {
    const struct fleet *fleet;
    char **names; /* owned */
    size_t count, next;
};

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

struct control_fleet *control_fleet_new(const struct fleet *fleet,
                                        const char *glob)
{
    struct control_fleet *f = XNEW(struct control_fleet);
    const struct bmc *bmc;
    size_t cursor = 0, cap = 0;

    f->fleet = fleet;
    while ((bmc = fleet_next(fleet, &cursor))) {
        if (glob && !glob_match(glob, bmc->name, strlen(bmc->name), false))
            continue;
        f->names = xgrow(f->names, &cap, f->count + 1, sizeof(*f->names));
        f->names[f->count++] = xstrdup(bmc->name);
    }
    if (f->count > 1)
        qsort(f->names, f->count, sizeof(*f->names), compare_names);
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

size_t control_fleet_count(const struct control_fleet *f)
{
    return f->count;
}

struct bmc *control_fleet_next(struct control_fleet *f)
{
    struct bmc *bmc = NULL;

    while (!bmc && f->next < f->count)
        bmc = fleet_find(f->fleet, f->names[f->next++]);
    return bmc;
}
