/* SPDX-License-Identifier: Apache-2.0 */
/* See place.h. */
#include "ctl/place.h"

#include <errno.h>
#include <stdio.h>

#include "config.h"
#include "ctl/say.h"
#include "util/alloc.h"

char *place_spool(const struct place *p)
{
    if (p->spool)
        return xstrdup(p->spool);
    return config_peek(p->config ? p->config : TRAWL_CONFIG, "spool",
                       "directory");
}

void place_complain(int code, const struct error *err)
{
    say(stderr, "trawlctl: %s", err->text);
    if (code == -EACCES || code == -EPERM)
        fputs("trawlctl: reading it needs the rights of root or of the group "
              "trawl\n",
              stderr);
    /* Mostly it is not broken, but elsewhere. */
    if (code == -ENOENT)
        fputs("trawlctl: say --spool DIR, or --config FILE if it is not the "
              "usual one\n",
              stderr);
}

int place_open(const struct place *p, struct history **ret)
{
    _cleanup_free_ char *directory = place_spool(p);
    struct error err = {""};
    int r = history_open(directory, ret, &err);

    if (r < 0)
        place_complain(r, &err);
    return r;
}
