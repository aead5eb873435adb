/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock file of a spool's folder: two programs that write one spool would
 * destroy it. Whoever holds the descriptor has the lock, as long as it lives.
 */
#pragma once

#include <sys/types.h>

#include "util/error.h"

/* Takes the lock: -EBUSY if another process has it. */
int lock_take(const char *directory, int *ret_fd, struct error *err);

/*
 * The process that holds it, 0 if none does or it cannot be seen from here.
 * Only looks: who starts at this moment is not in anybody's way.
 */
pid_t lock_holder(const char *directory);
