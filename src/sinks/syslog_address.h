/* SPDX-License-Identifier: Apache-2.0 */
/* Where a syslog receiver is: the `address:` of the sink, taken apart. */
#pragma once

#include "util/error.h"

enum syslog_kind { SYSLOG_UDP, SYSLOG_TCP, SYSLOG_TLS, SYSLOG_UNIX };

struct syslog_address {
    enum syslog_kind kind;
    char host[256]; /* without the brackets of IPv6 */
    char port[8];
    char path[108]; /* of a unix socket */
};

/*
 * Reads udp://host[:port], tcp://…, tls://… (ports 514, 514 and 6514 if none
 * is given) and unix:///path. -EINVAL with a text for anything else.
 */
int syslog_address_parse(const char *text, struct syslog_address *ret,
                         struct error *err);
