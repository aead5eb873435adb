/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage that turns a MessageId into words: takes the id apart, looks the
 * message up, fills text, severity and resolution in where the payload has
 * none. After it an event's content is frozen.
 */
#pragma once

#include "event.h"
#include "registry/registry_view.h"

/* A MessageId taken apart; all forms of wire facts 4.4. */
struct resolve_id {
    char *registry; /* NULL for a bare key */
    int major, minor, errata;
    char *key; /* NULL if there is nothing to look for */
};

void resolve_id_parse(const char *message_id, size_t len,
                      struct resolve_id *ret);
void resolve_id_done(struct resolve_id *id);

/*
 * The template with its arguments: %1 … %99, each number read whole, so that
 * %10 is not %1 and a 0. One without an argument stays as it is; *ret_missing
 * counts those (may be NULL). Ends soon after CONFIG_TEXT_MAX bytes, for a
 * template may name an argument any number of times.
 */
void resolve_fill(const char *text, const struct event *e, struct buffer *out,
                  unsigned *ret_missing);

/*
 * Sets REGISTRY, REGISTRY_VERSION, KEY, MESSAGE, SEVERITY, RESOLUTION,
 * RESOLVED_FROM and REGISTRY_SEVERITY as design sections 5 and 7 say. True if
 * a catalogue says that the event means nothing: dropped{ignored}.
 */
bool resolve_event(const struct registry_view *view, struct event *e);
