/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of RFC 5424, "<PRI>1 TIME HOST APP PROCID MSGID ", which several
 * formats have before their own part. HOST is the managed system, never the
 * collector.
 */
#pragma once

#include <stdbool.h>

#include "formats/format.h"

/* `brief`: with less of the texts that a BMC chose. */
void syslog_head_add(struct buffer *out, const struct event *e,
                     const struct format_options *options, bool brief);
