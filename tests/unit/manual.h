/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manual pages as tests read them, who compare them with the program. What a
 * page describes has an entry of its own: ".TP", then a line that begins with
 * the name in bold. Hyphens are read as they are shown.
 */
#pragma once

#include <stdbool.h>

/* The text of packaging/man/`page`, or NULL. The caller frees it. */
char *manual_read(const char *page);

/* The part from ".SH heading" to the next. The caller frees it. */
char *manual_section(const char *text, const char *heading);

/* The entry, from what follows its name to the next ".TP"; or NULL. */
char *manual_entry(const char *text, const char *name);

/* The names of all entries, in order; NULL at the end. The caller frees it. */
char *manual_next(const char **text);
