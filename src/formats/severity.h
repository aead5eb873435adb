/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Redfish severity is called elsewhere. Redfish defines no map to
 * syslog; this one is written in one place so that journald, syslog, ECS, CEF
 * and the alarm element of RFC 5674 never disagree. Critical stops at "crit":
 * nothing of ours reaches "emerg", which is shown on every terminal.
 */
#pragma once

#include <stdbool.h>

#include "event.h"

/* The syslog severity, 0 (emerg) to 7 (debug); also journald's PRIORITY. */
int severity_syslog(const struct event *e);

/* RFC 5674 perceivedSeverity: "critical", "warning", "cleared", … */
const char *severity_perceived(const struct event *e);

/* ECS log.level, in lower case. */
const char *severity_level(const struct event *e);

/* The severity of CEF, 0 (low) to 10 (very high). */
int severity_cef(const struct event *e);

/* Whether the event ended a condition. */
bool severity_is_clear(const struct event *e);
