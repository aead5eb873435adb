/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dying of crash.h. With TRAWL_POWER_LOSS set, what was written and not
 * synced is taken back first (io_fault.c), which makes of a kill a power cut.
 */
#include "util/crash.h"

#ifdef ENABLE_CRASH_POINTS

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "util/io_fault.h"

void crash_reach(const char *name)
{
    /* Mutable and of the file: it counts for the process, in tests only. */
    static atomic_long reached;
    const char *at = getenv("TRAWL_CRASH_AT");
    size_t len = strlen(name);
    long count;

    if (!at || strncmp(at, name, len) != 0)
        return;
    if (at[len] != '\0' && at[len] != ':')
        return;
    count = at[len] == ':' ? strtol(at + len + 1, NULL, 10) : 1;
    if (atomic_fetch_add(&reached, 1) + 1 != count)
        return;
    io_fault_lose_power();
    raise(SIGKILL);
}

#endif
