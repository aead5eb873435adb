/* SPDX-License-Identifier: Apache-2.0 */
/*
 * That a line stands in a file whole or not at all, for the sink `file`: it
 * mends what a kill in the midst of a write has left, and takes back what a
 * failed write has. For regular files.
 */
#pragma once

#include <stddef.h>

/*
 * Before the first write to a file that was opened: if its last line has no
 * end, it is cut off when it begins as `next` does (the lines that are written
 * now: the torn one is sent again), and else gets its end, so that no two
 * share a line. Negative, with errno, if the file cannot be read or changed.
 */
int file_tail_mend(int fd, const char *next, size_t len);

/* Takes back the last bytes that were written (best effort). */
void file_tail_cut(int fd, size_t bytes);
