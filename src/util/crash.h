/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places at which a test may let the process die, as a power cut or a kill
 * would: crash_point("commit-written"). Nothing at all unless the build says
 * --enable-crash-points; then the environment variable
 *   TRAWL_CRASH_AT=name[:count]
 * chooses one, and SIGKILL comes when it is reached for the count-th time.
 */
#pragma once

#ifdef ENABLE_CRASH_POINTS

#define crash_point(name) crash_reach(name)

/* Dies here if the environment says so; see above. */
void crash_reach(const char *name);

#else

#define crash_point(name) ((void)0)

#endif
