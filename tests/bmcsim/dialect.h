/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a BMC is made: who built it, what its event service accepts, how it
 * frames its stream and how it posts. Vendors are rows of settings over the
 * defaults; every setting can be overridden for each BMC.
 */
#ifndef BMCSIM_DIALECT_H
#define BMCSIM_DIALECT_H

#include "knob.h"

enum sse_eol { EOL_LF, EOL_CRLF, EOL_CR };
enum http_headers { HEADERS_ARRAY, HEADERS_OBJECT, HEADERS_NONE };
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
enum order { ORDER_NEWEST, ORDER_OLDEST };
enum over_limit { OVER_STATUS, OVER_EOF };

struct dialect {
    /* identity */
    char *vendor, *product, *redfish_version, *manufacturer, *model, *serial,
        *uuid, *oem;
    /* access */
    char *username, *password;
    bool tls;
    char *certificate, *key;
    /* event service and subscriptions */
    char *subscriptions_path;
    long subscription_limit, limit_status, delete_status;
    bool refuse_duplicates, https_only, location, create_body;
    char *require, *refuse_properties;
    int http_headers;
    /* events */
    char *event_type;
    int origin, timestamp;
    bool severity, message_severity;
    /* posting */
    bool keepalive, chunked, verify;
    char *content_type, *ca, *client_certificate, *client_key;
    int ack, retry_policy;
    long retry_attempts, retry_interval_ms, timeout_ms, queue;
    /* stream */
    bool sse, sse_id, sse_space, sse_pretty, sse_chunked, sse_need_accept,
        sse_bare_replay;
    char *sse_path, *sse_comment;
    int sse_eol, sse_over_limit;
    long sse_limit, sse_ring, sse_retry_ms, sse_keepalive_ms, sse_buffer;
    /* logs and registries */
    int log_order;
    long log_page;
    char *log_path;
    bool gzip;
    char *registries;
};

extern const struct knob dialect_knobs[];

/* The defaults, then the vendor's row (NULL or "generic": none). -ENOENT when
 * there is no such vendor. Ended with dialect_done(). */
int dialect_init(struct dialect *d, const char *vendor, struct error *err);
void dialect_done(struct dialect *d);

/* "generic dell ..." for help and messages; freed by the caller. */
char *dialect_names(void);

#endif
