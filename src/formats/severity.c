/* SPDX-License-Identifier: Apache-2.0 */
/* The table of severities; see severity.h. */
#include "formats/severity.h"

#include <string.h>

struct names {
    int syslog;
    int cef;
    const char *perceived;
    const char *level;
};

/* An OK that clears is a notice: someone waits for it (B.2's third row). */
#define SYSLOG_CLEAR 5
#define CEF_CLEAR 3

static const struct names table[] = {
    [SEVERITY_UNKNOWN] = {5, 5, "indeterminate", "unknown"},
    [SEVERITY_OK] = {6, 2, "indeterminate", "ok"},
    [SEVERITY_WARNING] = {4, 6, "warning", "warning"},
    [SEVERITY_CRITICAL] = {2, 9, "critical", "critical"},
};

static enum severity severity_of(const struct event *e)
{
    int64_t value = event_int(e, EVENT_SEVERITY, SEVERITY_UNKNOWN);

    if (value < 0 || value >= (int64_t)ARRAY_LEN(table))
        return SEVERITY_UNKNOWN;
    return (enum severity)value;
}

bool severity_is_clear(const struct event *e)
{
    const char *state = event_text(e, EVENT_CONDITION_STATE, NULL);

    return state && strcmp(state, "cleared") == 0;
}

int severity_syslog(const struct event *e)
{
    enum severity s = severity_of(e);

    if (s == SEVERITY_OK && severity_is_clear(e))
        return SYSLOG_CLEAR;
    return table[s].syslog;
}

int severity_cef(const struct event *e)
{
    enum severity s = severity_of(e);

    return s == SEVERITY_OK && severity_is_clear(e) ? CEF_CLEAR : table[s].cef;
}

const char *severity_perceived(const struct event *e)
{
    return severity_is_clear(e) ? "cleared" : table[severity_of(e)].perceived;
}

const char *severity_level(const struct event *e)
{
    return table[severity_of(e)].level;
}
