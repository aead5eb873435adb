/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sink `syslog`: records into frames, and which of them have arrived.
 *
 * Syslog has no acknowledgement of its own. Over TCP and TLS a record counts
 * as acknowledged when the peer's kernel has all its bytes; but a receiver
 * that dies takes with it what it had not read. So the last `rewind` bytes
 * before what was acknowledged are remembered, and after any unclean end
 * sending goes back to there. Over UDP what was sent is gone; on a unix socket
 * a datagram counts when it was read.
 *
 * On a unix socket (/dev/log) format rfc5424 means its old, local form, since
 * that is what listens there.
 */
#include <errno.h>

#include "sinks/sink.h"
#include "sinks/stall.h"
#include "sinks/syslog_marks.h"
#include "sinks/syslog_options.h"
#include "sinks/syslog_wire.h"
#include "util/alloc.h"

#define GATHER (32u << 10)       /* bytes that are worth a write of their own */
#define PENDING_MAX (256u << 10) /* unwritten bytes, then the sink is busy */
#define LOOK_FIRST (2 * USEC_PER_MSEC) /* for ACKs, which wake nobody */
#define LOOK_MAX (250 * USEC_PER_MSEC)
#define NO_ROOM_DELAY (20 * USEC_PER_MSEC)

struct syslog_sink {
    const struct sink_setup *setup;
    const struct syslog_options *options;
    struct syslog_address address;
    struct syslog_wire *wire; /* NULL while stopped */
    struct syslog_marks marks;
    uint64_t acked;  /* sequence */
    uint64_t resume; /* where the last connection's records began, or 0 */
    struct stall stall;
    usec_t look_at; /* for acknowledgements */
    usec_t look_delay;
    bool blocked; /* a datagram had no room */
    struct buffer frame;
    struct buffer text; /* in the old form */
};

static struct syslog_sink *syslog_of(const struct sink *s)
{
    return (struct syslog_sink *)s;
}

static struct sink *syslog_create(const struct sink_setup *setup)
{
    struct syslog_sink *s = XNEW(struct syslog_sink);

    s->setup = setup;
    s->options = setup->options;
    return (struct sink *)s;
}

static int syslog_start(struct sink *sink, struct error *err)
{
    struct syslog_sink *s = syslog_of(sink);
    int r = syslog_address_parse(s->options->address, &s->address, err);

    if (r < 0)
        return r;
    syslog_marks_clear(&s->marks);
    s->acked = 0;
    s->stall = (struct stall){0};
    s->blocked = false;
    return syslog_wire_open(&s->address, &s->options->tls, s->options->timeout,
                            &s->wire, err);
}

/* Moves over what is acknowledged, and forgets what rewind cannot reach. */
static void look_for_acks(struct syslog_sink *s)
{
    uint64_t reach = syslog_wire_is_stream(s->wire) ? s->options->rewind : 0;
    uint64_t seq;

    seq = syslog_marks_pass(&s->marks, syslog_wire_acked(s->wire), reach);
    if (seq > 0)
        s->acked = seq;
}

static bool is_counted(const struct syslog_sink *s)
{
    switch ((enum syslog_framing)s->options->framing) {
    case SYSLOG_FRAMING_OCTET_COUNTING:
        return true;
    case SYSLOG_FRAMING_NEWLINE:
        return false;
    case SYSLOG_FRAMING_AUTO:
        break;
    }
    return !syslog_wire_is_unix(s->wire);
}

/* The record's text, or on a unix socket the old form in its place. */
static void find_text(struct syslog_sink *s, const struct sink_record *r,
                      const char **ret_text, size_t *ret_len)
{
    struct format_options options = {0};

    *ret_text = r->text;
    *ret_len = r->len;
    if (!syslog_wire_is_unix(s->wire) || s->setup->format != &format_rfc5424)
        return;
    syslog_options_tell(s->options, &options);
    buffer_clear(&s->text);
    format_rfc3164.write(r->event, r->seq, &options, &s->text);
    *ret_text = s->text.data;
    *ret_len = s->text.len;
}

static void write_frame(struct syslog_sink *s, const struct sink_record *r)
{
    bool stream = syslog_wire_is_stream(s->wire);
    const char *text;
    size_t len;

    find_text(s, r, &text, &len);
    buffer_clear(&s->frame);
    if (stream && is_counted(s)) {
        buffer_add_u64(&s->frame, len);
        buffer_add_char(&s->frame, ' ');
    }
    buffer_add(&s->frame, text, len);
    if (stream && !is_counted(s))
        buffer_add_char(&s->frame, '\n');
}

static enum sink_result sent_result(struct syslog_sink *s, int r)
{
    if (r == -EMSGSIZE)
        return SINK_REFUSED;
    if (r != -EAGAIN)
        return SINK_FAILED;
    s->blocked = true;
    s->look_at = clock_monotonic() + NO_ROOM_DELAY;
    return SINK_BUSY;
}

static enum sink_result syslog_send(struct sink *sink,
                                    const struct sink_record *r,
                                    struct error *err)
{
    struct syslog_sink *s = syslog_of(sink);
    int result;

    if (r->len > s->options->max_message) {
        error_set(err, -EMSGSIZE,
                  "%zu bytes are more than max_message, which "
                  "is %llu",
                  r->len, (unsigned long long)s->options->max_message);
        return SINK_REFUSED;
    }
    if (syslog_wire_pending(s->wire) >= GATHER &&
        syslog_wire_work(s->wire, err) < 0)
        return SINK_FAILED;
    if (syslog_wire_pending(s->wire) >= PENDING_MAX)
        return SINK_BUSY;
    write_frame(s, r);
    result = syslog_wire_send(s->wire, s->frame.data, s->frame.len, err);
    if (result < 0)
        return sent_result(s, result);
    s->blocked = false;
    syslog_marks_add(&s->marks, r->seq, syslog_wire_added(s->wire));
    if (!syslog_wire_is_stream(s->wire) && !syslog_wire_is_unix(s->wire))
        look_for_acks(s);
    return SINK_TAKEN;
}

/* A peer that acknowledges nothing for too long is frozen, or gone. */
static int watch_progress(struct syslog_sink *s, usec_t now, struct error *err)
{
    usec_t since;

    look_for_acks(s);
    since =
        stall_look(&s->stall, syslog_marks_are_open(&s->marks), s->acked, now);
    if (since >= s->options->timeout)
        return error_set(err, -ETIMEDOUT,
                         "the receiver has acknowledged "
                         "nothing for %llu seconds",
                         (unsigned long long)(since / USEC_PER_SEC));
    if (since == 0)
        s->look_delay = LOOK_FIRST;
    s->look_at = now + s->look_delay;
    s->look_delay = MIN_OF(s->look_delay * 2, LOOK_MAX);
    return 0;
}

static int syslog_work(struct sink *sink, usec_t now, struct error *err)
{
    struct syslog_sink *s = syslog_of(sink);
    int r = syslog_wire_work(s->wire, err);

    if (r < 0) {
        look_for_acks(s);
        return r;
    }
    if (s->blocked && now >= s->look_at)
        s->blocked = false;
    return watch_progress(s, now, err);
}

static uint64_t syslog_acked(const struct sink *sink)
{
    return syslog_of(sink)->acked;
}

static void syslog_wait(const struct sink *sink, struct pollfd *ret_fd,
                        usec_t *ret_deadline)
{
    const struct syslog_sink *s = syslog_of(sink);
    bool write = s->wire && (s->blocked || syslog_wire_pending(s->wire) > 0);

    *ret_fd = (struct pollfd){.fd = -1};
    *ret_deadline = USEC_INFINITY;
    if (!s->wire)
        return;
    ret_fd->fd = syslog_wire_fd(s->wire);
    ret_fd->events = (short)(write ? POLLIN | POLLOUT : POLLIN);
    if (syslog_marks_are_open(&s->marks) && !s->stall.owed)
        *ret_deadline = 0; /* work() has not seen them yet */
    else if (s->stall.owed || s->blocked)
        *ret_deadline = s->look_at;
}

static uint64_t syslog_stop(struct sink *sink, bool clean)
{
    struct syslog_sink *s = syslog_of(sink);

    if (!s->wire)
        return s->resume;
    if (clean)
        syslog_wire_drain(s->wire);
    look_for_acks(s);
    if (clean || !syslog_wire_is_stream(s->wire))
        s->resume = 0;
    else if (syslog_marks_first(&s->marks))
        s->resume = syslog_marks_first(&s->marks);
    syslog_wire_close(s->wire, clean);
    s->wire = NULL;
    return s->resume;
}

static void syslog_destroy(struct sink *sink)
{
    struct syslog_sink *s = syslog_of(sink);

    if (!s)
        return;
    syslog_wire_close(s->wire, false);
    buffer_done(&s->frame);
    syslog_marks_done(&s->marks);
    buffer_done(&s->text);
    free(s);
}

const struct sink_type sink_syslog = {
    .name = "syslog",
    .options = syslog_option_table,
    .options_size = sizeof(struct syslog_options),
    .standard_format = &format_rfc5424,
    .check = syslog_options_check,
    .format_options = syslog_options_tell,
    .create = syslog_create,
    .start = syslog_start,
    .send = syslog_send,
    .work = syslog_work,
    .acked = syslog_acked,
    .wait = syslog_wait,
    .stop = syslog_stop,
    .destroy = syslog_destroy,
};
