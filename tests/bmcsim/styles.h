/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a dialect that have rooms of their own: what the event service
 * takes of a subscription, how it tests itself, how it keeps its logs and who
 * may log in. The settings are described in settings.c.
 */
#ifndef BMCSIM_STYLES_H
#define BMCSIM_STYLES_H

#include "base.h"

enum http_headers { HEADERS_ARRAY, HEADERS_OBJECT, HEADERS_NONE };
enum order { ORDER_NEWEST, ORDER_OLDEST };
enum query { QUERY_SUPPORTED, QUERY_IGNORED, QUERY_REFUSED };
enum log_ids { IDS_SEQUENCE, IDS_EPOCH, IDS_DUPLICATE };
enum log_message {
    LOG_MESSAGE_SAME,
    LOG_MESSAGE_CLASS,
    LOG_MESSAGE_HEX,
    LOG_MESSAGE_NONE
};
enum log_spread { SPREAD_FIRST, SPREAD_ALL, SPREAD_TURNS };
enum log_full { FULL_WRAPS, FULL_STOPS };
enum log_members { MEMBERS_INLINE, MEMBERS_LINKS };
enum log_time {
    LOG_TIME_SAME,
    LOG_TIME_Z,
    LOG_TIME_OFFSET,
    LOG_TIME_DELL,
    LOG_TIME_ZERO,
    LOG_TIME_NONE
};

/* What is taken of a subscription, and how it is shown. */
struct subscribe_style {
    char *path;
    long limit, limit_status, delete_status, page, slots;
    char *limit_message, *duplicate_message, *refuse_message;
    bool refuse_duplicates, https_only, location, create_body, integer_id;
    bool patch, exclusive_filters, refuse_empty, refuse_userinfo;
    char *require, *refuse, *not_writable, *only, *patch_only, *hide;
    char *event_types, *formats, *prefixes, *resource_types, *policies;
    long patch_status, destination_max, context_max, headers_max;
    int http_headers, order;
    bool heartbeat, fragile, dead_ports, send_context, show_sse, keep;
    long heartbeat_minute_ms;
};

/* The action that sends a test event. */
struct test_style {
    char *action, *require, *parameters;
    long status, quiet_ms;
    bool logged, to_destination;
};

struct log_style {
    char *paths;
    int order, ids, top, skip, filter, message, spread, full, members, time;
    long page, limit, capacity, zero_every, query_status;
    bool next_link, event_id, args;
};

struct session_style {
    long limit, limit_status, timeout_ms, lockout_after, lockout_ms;
    bool context;
};

#endif
