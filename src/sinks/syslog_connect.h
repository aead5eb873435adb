/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that lead to a syslog receiver: names, addresses, options. */
#pragma once

#include <stdbool.h>

#include "sinks/syslog_address.h"
#include "util/clock.h"
#include "util/error.h"

/*
 * A connected, non-blocking socket, and whether it is a stream. Tries all
 * addresses of the host in turn until the deadline (monotonic).
 */
int syslog_connect(const struct syslog_address *address, usec_t deadline,
                   int *ret_fd, bool *ret_stream, struct error *err);

/* Lets the kernel give up a TCP peer that is silent for `timeout`. */
void syslog_connect_watch(int fd, usec_t timeout);

/* Waits for events until the deadline; 0, or -ETIMEDOUT. */
int syslog_connect_poll(int fd, short events, usec_t deadline);
