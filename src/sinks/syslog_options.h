/* SPDX-License-Identifier: Apache-2.0 */
/* What can be configured of sink `syslog`, and what makes no sense together. */
#pragma once

#include <stdint.h>

#include "formats/format.h"
#include "option.h"
#include "sinks/syslog_tls.h"
#include "util/clock.h"
#include "util/error.h"

enum syslog_framing {
    SYSLOG_FRAMING_AUTO,
    SYSLOG_FRAMING_OCTET_COUNTING,
    SYSLOG_FRAMING_NEWLINE,
};

struct syslog_options {
    char *address;
    struct syslog_tls_options tls;
    int facility;
    char *app_name;
    int framing; /* enum syslog_framing */
    uint64_t rewind;
    uint64_t max_message;
    usec_t timeout;
};

extern const struct option syslog_option_table[];

/* check() and format_options() of the sink's type. */
int syslog_options_check(const void *options, const struct format *format,
                         struct error *err);
void syslog_options_tell(const void *options, struct format_options *ret);
