/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several formats do with the texts of an event: make them fit for one
 * line, take the host out of a URL, write a JSON text of the event's values.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "event.h"
#include "util/buffer.h"
#include "util/json_writer.h"

/*
 * Adds text as valid UTF-8 without control characters (C0, DEL, C1), so that
 * nothing a BMC sends ends a line or moves a cursor: white space among them
 * becomes a blank, the others go. Returns the number of bytes added.
 */
size_t text_add_line(struct buffer *out, const char *text, size_t len);

/* As above, for a field of the event; 0 if it is absent. */
size_t text_add_field(struct buffer *out, const struct event *e,
                      enum event_field f);

/* A key as words: DriveFailure with '-' between as drive-failure. */
void text_add_words(struct buffer *out, const char *key, char between);

/* The host within a URL, without the brackets of IPv6; NULL if none. */
const char *text_url_host(const char *url, size_t *ret_len);

/* Whether a host is written as an address and not as a name. */
bool text_is_address(const char *host, size_t len);

/* The text of a field, NULL also if it is empty. */
const char *text_field(const struct event *e, enum event_field f,
                       size_t *ret_len);

/*
 * A key and the value of a field as its type has it; a LIST becomes an array.
 * Does nothing if the field is absent or empty. Times get milliseconds when
 * they have any.
 */
void text_json_member(struct json_writer *w, const char *key,
                      const struct event *e, enum event_field f);

/* A key and a time, with 0 or 3 digits of fraction. */
void text_json_time(struct json_writer *w, const char *key, usec_t time,
                    int digits);
