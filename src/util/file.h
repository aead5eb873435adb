/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files and folders: configuration, registries, keys, secrets, the
 * quarantine. What must be fast or survive injected faults is in io.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util/buffer.h"
#include "util/error.h"

/* Adds the contents of a file to `ret`; -EFBIG above `limit` bytes. */
int file_read(const char *path, size_t limit, struct buffer *ret,
              struct error *err);

/*
 * A secret's file, without its last line end. A file that others may read is
 * refused with -EPERM. The caller frees *ret_text.
 */
int file_read_secret(const char *path, char **ret_text, struct error *err);

/* Writes all bytes to a descriptor: 0 or a negative errno. */
int file_write_bytes(int fd, const void *data, size_t len);

/*
 * Writes a file whole: temporary name, sync, rename, sync of the folder. A
 * reader sees the old contents or the new ones, also after a power loss.
 */
int file_write(const char *path, const void *data, size_t len, mode_t mode,
               struct error *err);

/* Makes a folder and its missing parents; one that is there is fine. */
int file_make_directory(const char *path, mode_t mode, struct error *err);

/* Syncs a folder, so that a file created or removed in it stays so. */
int file_sync_directory(const char *path, struct error *err);

/*
 * The names in a folder that end in `suffix`, sorted bytewise, without dot
 * files. A missing folder is an empty one. The caller frees names and array.
 */
int file_list(const char *directory, const char *suffix, char ***ret_names,
              size_t *ret_count, struct error *err);
