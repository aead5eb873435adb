/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults for whole-program tests, in builds with --enable-crash-points only.
 *
 *   TRAWL_IO_FAULTS=sync:EIO:3,write:ENOSPC:10:5
 *     The third sync fails with EIO, the tenth to fourteenth write with
 *     ENOSPC. Operations: open, read, write, sync, sync-directory, allocate,
 *     truncate, unlink. A count of 0 means from then on.
 *   TRAWL_POWER_LOSS=all|some
 *     At a crash point, all sectors written since their file's last sync (or
 *     a random part of them) get their old contents back.
 */
#pragma once

#include "util/io.h"

/* Called by io.c before each operation; negative: fail with that. */
int io_fault_before(struct io_call *call);

/* Takes unsynced writes back, as TRAWL_POWER_LOSS says. */
void io_fault_lose_power(void);
