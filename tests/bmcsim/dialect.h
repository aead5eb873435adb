/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a BMC is made: who built it, what its event service accepts, how it
 * frames its stream and how it posts. Vendors are rows of settings over the
 * defaults (vendors.c); every setting can be overridden for each BMC.
 */
#ifndef BMCSIM_DIALECT_H
#define BMCSIM_DIALECT_H

#include "knob.h"
#include "styles.h"

enum sse_eol { EOL_LF, EOL_CRLF, EOL_CR };
enum ack { ACK_2XX, ACK_EXACT200 };
enum retry_policy {
    RETRY_TERMINATE,
    RETRY_SUSPEND,
    RETRY_FOREVER,
    RETRY_DROP_EVENT
};
enum origin { ORIGIN_OBJECT, ORIGIN_STRING, ORIGIN_NONE };
enum timestamp {
    TIMESTAMP_Z,
    TIMESTAMP_OFFSET,
    TIMESTAMP_DELL,
    TIMESTAMP_ZERO,
    TIMESTAMP_NONE
};
enum over_limit { OVER_STATUS, OVER_EOF };
enum unknown_id { UNKNOWN_ALL, UNKNOWN_EXCEEDED };
enum event_ids { ID_COUNTER, ID_TRAP, ID_GUID, ID_LOG, ID_NONE };
enum member_id { MEMBER_NUMBER, MEMBER_INTEGER, MEMBER_LOG, MEMBER_NONE };

struct dialect {
    /* identity */
    char *vendor, *product, *redfish_version, *manufacturer, *model, *serial,
        *uuid, *oem, *firmware, *event_service_version;
    char *manager_id, *system_id, *chassis_id;
    bool trailing_slash;
    /* access */
    char *username, *password;
    bool tls;
    char *certificate, *key;
    struct session_style sessions;
    /* event service and subscriptions */
    struct subscribe_style subs;
    struct test_style test;
    bool service_enabled;
    /* events */
    char *event_type;
    int origin, timestamp, member_id, event_ids;
    bool capital_ids, severity, message_severity, correlated, log_entry;
    /* posting */
    bool keepalive, chunked, verify;
    char *content_type, *ca, *client_certificate, *client_key;
    int ack, retry_policy;
    long retry_attempts, retry_interval_ms, timeout_ms, queue;
    /* stream */
    bool sse, sse_id, sse_space, sse_pretty, sse_chunked, sse_need_accept,
        sse_bare_replay;
    char *sse_path, *sse_comment, *sse_filter, *sse_prefixes;
    int sse_eol, sse_over_limit, sse_unknown_id;
    long sse_limit, sse_ring, sse_retry_ms, sse_keepalive_ms, sse_buffer,
        sse_heartbeat_ms, sse_idle_ms, sse_linger_ms;
    /* logs, tasks and registries */
    struct log_style log;
    char *task_cancelled;
    bool task_events, gzip;
    char *registries;
};

extern const struct knob dialect_knobs[];

/* The defaults, then the vendor's row (NULL or "generic": none). -ENOENT when
 * there is no such vendor. Ended with dialect_done(). */
int dialect_init(struct dialect *d, const char *vendor, struct error *err);
void dialect_done(struct dialect *d);

#endif
