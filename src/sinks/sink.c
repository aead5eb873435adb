/* SPDX-License-Identifier: Apache-2.0 */
/* The table of sink types: one row each; see sink.h. */
#include "sinks/sink.h"

#include <string.h>

#include "util/macro.h"

static const struct sink_type *const types[] = {
    &sink_file,
    &sink_journald,
    &sink_kafka,
    &sink_syslog,
};

const struct sink_type *sink_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (strcmp(types[i]->name, name) == 0)
            return types[i];
    return NULL;
}

/* Kept beside the table, for it is only read in messages. */
const char *sink_names(void)
{
    return "file, journald, kafka, syslog";
}
