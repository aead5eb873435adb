/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl's multi handle on the loop: an io source for each socket, one timer.
 * Completions are a queue that must be read to its end (reference pitfall 11:
 * one per wake-up saw 1 of 300). While libcurl is calling us (depth > 0) it
 * must not be entered again, so what callbacks ask for (cancel, start, go on
 * reading) is noted and done when it has returned.
 */
#include "http/http_client_private.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "util/alloc.h"

/*
 * Connections that stay open when nobody uses them, for the next question to
 * the same BMC: it costs a handshake there, and some 50 KiB here.
 */
#define IDLE_CONNECTIONS 16

/* libcurl counts those in use, too; mostly streams. */
static void bound_idle(struct http_client *c)
{
    (void)curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS,
                            (long)c->count + IDLE_CONNECTIONS);
}

static void link_transfer(struct http_client *c, struct http_transfer *t)
{
    t->client = c;
    t->next = c->first;
    if (c->first)
        c->first->prev = t;
    c->first = t;
    c->count++;
    bound_idle(c);
}

static void unlink_transfer(struct http_transfer *t)
{
    if (t->prev)
        t->prev->next = t->next;
    else
        t->client->first = t->next;
    if (t->next)
        t->next->prev = t->prev;
    t->prev = t->next = NULL;
    t->client->count--;
    bound_idle(t->client);
}

static void remove_transfer(struct http_transfer *t)
{
    struct http_client *c = t->client;

    c->depth++;
    if (t->added)
        (void)curl_multi_remove_handle(c->multi, t->easy);
    t->added = false;
    c->depth--;
}

static void end_transfer(struct http_transfer *t)
{
    remove_transfer(t);
    unlink_transfer(t);
    http_transfer_free(t);
}

static void explain(const struct http_transfer *t, CURLcode code,
                    struct error *ret)
{
    const char *why = curl_easy_strerror(code);

    if (t->reason)
        why = t->reason;
    else if (t->curl_text[0])
        why = t->curl_text;
    error_set(ret, 0, "%s: %s", t->what, why);
}

/* The handle is still there for http_client_response_header(). */
static void finish_transfer(struct http_transfer *t, CURLcode code)
{
    struct error err = {0};
    long status = 0;

    remove_transfer(t);
    t->over = true;
    if (code == CURLE_OK)
        (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    else
        explain(t, code, &err);
    if (!t->cancelled && t->request.on_done)
        t->request.on_done(t->request.userdata, (unsigned)status,
                           t->body.data ? t->body.data : "", t->body.len, &err);
    unlink_transfer(t);
    http_transfer_free(t);
}

static void add_started(struct http_client *c)
{
    if (!c->starting)
        return;
    c->starting = false;
    for (struct http_transfer *t = c->first; t; t = t->next)
        if (!t->added && !t->over) {
            t->added = true;
            (void)curl_easy_setopt(t->easy, CURLOPT_SHARE, c->share);
            (void)curl_multi_add_handle(c->multi, t->easy);
        }
}

static void remove_doomed(struct http_client *c)
{
    struct http_transfer *t = c->first, *next;

    if (c->doomed == 0)
        return;
    c->doomed = 0;
    for (; t; t = next) {
        next = t->next;
        if (t->cancelled && !t->over)
            end_transfer(t);
    }
}

static void read_completions(struct http_client *c)
{
    struct http_transfer *t;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(c->multi, &left))) {
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        t = NULL;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
        finish_transfer(t, code);
    }
}

static void client_settle(struct http_client *c)
{
    remove_doomed(c);
    read_completions(c);
    add_started(c);
}

static void client_act(struct http_client *c, curl_socket_t fd, int events)
{
    int running;

    c->depth++;
    (void)curl_multi_socket_action(c->multi, fd, events, &running);
    c->depth--;
    client_settle(c);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents,
                 void *userdata)
{
    uint32_t wanted = 0;
    int events = 0;

    /* After an error or hang-up reading or writing tells the reason. */
    (void)sd_event_source_get_io_events(source, &wanted);
    if (revents & (EPOLLERR | EPOLLHUP))
        revents |= wanted;
    if (revents & EPOLLIN)
        events |= CURL_CSELECT_IN;
    if (revents & EPOLLOUT)
        events |= CURL_CSELECT_OUT;
    client_act(userdata, fd, events);
    return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)source;
    (void)usec;
    client_act(userdata, CURL_SOCKET_TIMEOUT, 0);
    return 0;
}

static int on_later(sd_event_source *source, void *userdata)
{
    struct http_client *c = userdata;

    (void)source;
    for (struct http_transfer *t = c->first; t; t = t->next) {
        if (!t->held || t->paused || t->over)
            continue;
        t->held = false;
        c->depth++; /* hands over what was held back, at once */
        (void)curl_easy_pause(t->easy, CURLPAUSE_CONT);
        c->depth--;
    }
    client_settle(c);
    return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *userdata,
                     void *assigned)
{
    struct http_client *c = userdata;
    sd_event_source *source = assigned;
    uint32_t events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        sd_event_source_disable_unref(source);
        (void)curl_multi_assign(c->multi, fd, NULL);
        return 0;
    }
    if (what & CURL_POLL_IN)
        events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        events |= EPOLLOUT;
    if (source)
        return sd_event_source_set_io_events(source, events) < 0 ? -1 : 0;
    if (sd_event_add_io(c->loop, &source, fd, events, on_io, c) < 0)
        return -1;
    (void)curl_multi_assign(c->multi, fd, source);
    return 0;
}

static int on_timeout(CURLM *multi, long ms, void *userdata)
{
    struct http_client *c = userdata;

    (void)multi;
    if (ms < 0)
        return sd_event_source_set_enabled(c->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
    if (sd_event_source_set_time_relative(c->timer,
                                          (usec_t)ms * USEC_PER_MSEC) < 0 ||
        sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT) < 0)
        return -1;
    return 0;
}

static int client_attach(struct http_client *c)
{
    int rc = sd_event_add_time_relative(c->loop, &c->timer, CLOCK_MONOTONIC, 0,
                                        1, on_timer, c);

    if (rc >= 0)
        rc = sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
    if (rc >= 0)
        rc = sd_event_add_defer(c->loop, &c->later, on_later, c);
    if (rc >= 0)
        rc = sd_event_source_set_enabled(c->later, SD_EVENT_OFF);
    return rc;
}

int http_client_new(sd_event *loop, struct http_client **ret, struct error *err)
{
    struct http_client *c;
    int rc;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(err, -EIO, "libcurl does not start");
    c = XNEW(struct http_client);
    c->loop = sd_event_ref(loop);
    c->multi = curl_multi_init();
    c->share = curl_share_init();
    if (c->share)
        (void)curl_share_setopt(c->share, CURLSHOPT_SHARE,
                                CURL_LOCK_DATA_SSL_SESSION);
    rc = c->multi ? client_attach(c) : -ENOMEM;
    if (rc < 0) {
        http_client_free(c);
        return error_set(err, rc, "cannot put the HTTP client on the loop: %s",
                         strerror(-rc));
    }
    (void)curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    (void)curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    (void)curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    *ret = c;
    return 0;
}

void http_client_free(struct http_client *c)
{
    if (!c)
        return;
    while (c->first)
        end_transfer(c->first);
    if (c->multi)
        (void)curl_multi_cleanup(c->multi);
    if (c->share)
        (void)curl_share_cleanup(c->share);
    sd_event_source_disable_unref(c->timer);
    sd_event_source_disable_unref(c->later);
    sd_event_unref(c->loop);
    free(c);
    curl_global_cleanup();
}

int http_client_start(struct http_client *c,
                      const struct http_client_request *request,
                      struct http_transfer **ret, struct error *err)
{
    struct http_transfer *t = NULL;
    int rc = http_transfer_new(request, &t, err);

    if (rc < 0)
        return rc;
    link_transfer(c, t);
    c->starting = true;
    if (c->depth == 0)
        add_started(c);
    if (ret)
        *ret = t;
    return 0;
}

void http_client_cancel(struct http_transfer *t)
{
    struct http_client *c;

    if (!t || t->cancelled)
        return;
    c = t->client;
    t->cancelled = true;
    if (t->over)
        return; /* inside its on_done: it is freed after it anyway */
    if (c->depth == 0) {
        end_transfer(t);
        return;
    }
    c->doomed++;
    (void)sd_event_source_set_enabled(c->later, SD_EVENT_ONESHOT);
}

void http_client_pause(struct http_transfer *t, bool paused)
{
    t->paused = paused;
    if (!paused && t->held)
        (void)sd_event_source_set_enabled(t->client->later, SD_EVENT_ONESHOT);
}

const char *http_client_response_header(struct http_transfer *t,
                                        const char *name)
{
    struct curl_header *header = NULL;

    if (curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &header) !=
        CURLHE_OK)
        return NULL;
    return header->value;
}
