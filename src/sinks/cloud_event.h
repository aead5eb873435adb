/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CloudEvents 1.0, binary mode of its Kafka binding: the envelope of an event
 * as headers of a message, its format as the content type.
 */
#pragma once

#include "event.h"

/*
 * Calls `add` for each header. The id is the event's own, which a retry keeps;
 * with ce_source it is unique.
 */
void cloud_event_headers(const struct event *e, const char *content_type,
                         void (*add)(void *userdata, const char *name,
                                     const char *value),
                         void *userdata);
