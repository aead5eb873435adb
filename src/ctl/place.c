/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See place.h. The configuration is only peeked into: one that has mistakes
 * must not keep anybody from looking into the spool.
 */
#include "ctl/place.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "config.h"
#include "ctl/say.h"
#include "util/alloc.h"
#include "util/file.h"

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

int place_check(const char *directory, struct error *err)
{
    _cleanup_free_ char *lock = xasprintf("%s/lock", directory);
    _cleanup_free_ char **names = NULL;
    size_t count = 0;

    if (access(directory, R_OK | X_OK) < 0 || access(lock, F_OK) == 0 ||
        file_list(directory, ".seg", &names, &count, NULL) < 0)
        return 0; /* others say what is wrong with it */
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    return count > 0
               ? 0
               : error_set(err, -ENOENT, "there is no spool in %s", directory);
}

int place_open(const struct place *p, struct history **ret)
{
    _cleanup_free_ char *directory = place_spool(p);
    struct error err = {""};
    int r = place_check(directory, &err);

    r = r < 0 ? r : history_open(directory, ret, &err);
    if (r < 0)
        place_complain(r, &err);
    return r;
}
