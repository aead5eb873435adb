/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening sockets: "host:port", "[v6]:port", or "fd:NAME" for one that
 * systemd passed under that name. Port 0 takes any free one.
 */
#pragma once

#include "util/error.h"

/*
 * Opens one; the caller closes it. A name with several addresses listens on
 * the first that works; "[::]" takes IPv4 too.
 */
int listener_open(const char *address, int *ret_fd, struct error *err);

/* The port a socket is bound to; 0 if it has none. */
unsigned listener_port(int fd);
