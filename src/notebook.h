/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is worth knowing of a BMC after a restart and stands in no event: the
 * session that must be ended there, the POST that it took, what it is. One
 * small file of JSON beside the spool, written whole at once after a change
 * (a large one less often) and not synced: it survives a killed process, and
 * after a power loss it may be old or empty, which costs some requests. No
 * secrets.
 */
#pragma once

#include <systemd/sd-event.h>

struct notebook;

/*
 * Reads the file, or begins empty if there is none or it cannot be read. Never
 * fails. `loop` NULL: it is written by notebook_close() only.
 */
struct notebook *notebook_open(sd_event *loop, const char *path);

/* Writes what is not written, and frees. NULL is accepted. */
void notebook_close(struct notebook *n);

/* What stands of a BMC under a key, or NULL; until the next change of it. */
const char *notebook_get(const struct notebook *n, const char *bmc,
                         const char *key);

/* Sets it; NULL takes it out. Copied. */
void notebook_set(struct notebook *n, const char *bmc, const char *key,
                  const char *text);

/*
 * The BMC of that name is at that URL: what stands of another one that had
 * its name is forgotten.
 */
void notebook_bind(struct notebook *n, const char *bmc, const char *url);

/* All that stands of it. */
void notebook_forget(struct notebook *n, const char *bmc);

/* Walks the names of BMCs; start with *cursor = 0, NULL at the end. */
const char *notebook_next(const struct notebook *n, size_t *cursor);
