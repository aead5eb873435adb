/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event stream (Server-Sent Events): framing in the dialect's way, a ring
 * for Last-Event-ID, and a buffer for each reader. server.c carries the bytes.
 */
#ifndef BMCSIM_STREAM_H
#define BMCSIM_STREAM_H

#include "event.h"
#include "http.h"

struct stream;

/* Answers a GET of the stream's URI. */
void stream_open(struct request *r, struct reply *ret);

/* Numbers the event, keeps it for replay, gives it to every reader. */
void stream_broadcast(struct bmc *b, struct event *e);

/* For server.c. Bytes for the reader: 0 when there are none now (the stream
 * wakes its connection when there are), -1 when it has ended. Then
 * stream_free(). */
ssize_t stream_read(struct stream *s, char *to, size_t max);
void stream_free(struct stream *s);

/* Ends a stream, or all of the BMC's, and forgets the ring. */
void stream_end(struct stream *s);
void stream_forget(struct bmc *b);
/* Bytes that were held back may flow. */
void stream_wake(struct bmc *b);

/* As members of the collection of subscriptions: new reference. */
json_t *stream_members(const struct bmc *b);
size_t stream_count(const struct bmc *b);
/* False when id is no stream. */
bool stream_handle_member(struct request *r, const char *id, struct reply *ret);

#endif
