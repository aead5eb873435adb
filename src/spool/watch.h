/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sleeping until something happens in a spool's folder. What happened between
 * two calls is not missed: open the watch, read what there is, then wait.
 */
#pragma once

#include "util/error.h"

/* The descriptor is the caller's to close. */
int watch_open(const char *directory, int *ret_fd, struct error *err);

/*
 * Waits until a segment may have changed; at times returns without a cause.
 * -ENOENT once the folder is gone.
 */
int watch_wait(const char *directory, int fd, struct error *err);
