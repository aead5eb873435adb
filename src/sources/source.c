/* SPDX-License-Identifier: Apache-2.0 */
/* The table of sources; see source.h. */
#include "sources/source.h"

const struct source_type *const source_types[] = {
    &source_webhook,
    &source_sse,
    &source_poll,
    NULL,
};
