/* SPDX-License-Identifier: Apache-2.0 */
/* The vendors: rows of settings, each over the row that it is based on. */
#ifndef BMCSIM_VENDORS_H
#define BMCSIM_VENDORS_H

#include "base.h"

/* JSON with single quotes; base NULL: over the defaults alone. */
struct vendor {
    const char *name, *base, *about, *settings;
};

extern const char vendor_defaults[];

/* NULL when there is none of that name. */
const struct vendor *vendor_find(const char *name);

/* A line for each, for --help. */
void vendor_help(struct buf *ret_text);

/* "generic dell ..." for help and messages; freed by the caller. */
char *vendor_names(void);

#endif
