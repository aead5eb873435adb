/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See poster.h. Each lane has a share handle only to have a connection cache
 * of its own: a BMC never posts over a connection that another one opened.
 */
#include "lane.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "subscriptions.h"

#define MAX_EVENTS 256

struct poster {
    struct sim *sim;
    pthread_t thread;
    CURLM *multi;
    int epoll_fd, wake_fd;
    usec_t deadline; /* curl's; 0: none. The thread's alone. */
    struct lane *ready, **ready_end;
    bool awake, stopping;
};

void poster_ready(struct poster *p, struct lane *lane)
{
    if (!lane->ready) {
        lane->ready = true;
        lane->next_ready = NULL;
        *p->ready_end = lane;
        p->ready_end = &lane->next_ready;
    }
    if (!p->awake) {
        p->awake = true;
        eventfd_write(p->wake_fd, 1);
    }
}

/* ---- one transfer -------------------------------------------------------- */

static size_t on_answer_body(char *data, size_t size, size_t n, void *arg)
{
    (void)data;
    (void)arg;
    return size * n;
}

/* Gives the body piece by piece; breaks off at the cut if there is one. */
static size_t on_read(char *to, size_t size, size_t n, void *arg)
{
    struct lane *lane = arg;
    size_t room = size * n, end = lane->cut ? lane->cut : lane->body.len;
    size_t len = end > lane->sent ? end - lane->sent : 0;

    if (len == 0)
        return lane->cut ? CURL_READFUNC_ABORT : 0;
    if (len > room)
        len = room;
    memcpy(to, lane->body.data + lane->sent, len);
    lane->sent += len;
    return len;
}

/* curl sends again from the start when a kept connection turns out dead. */
static int on_seek(void *arg, curl_off_t offset, int origin)
{
    struct lane *lane = arg;

    if (origin != SEEK_SET)
        return CURL_SEEKFUNC_CANTSEEK;
    lane->sent = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static void add_header(struct lane *lane, const char *line)
{
    struct curl_slist *list = curl_slist_append(lane->headers, line);

    if (list)
        lane->headers = list;
}

static void add_given_headers(struct lane *lane)
{
    json_t *object, *value;
    const char *name;
    size_t i;

    json_array_foreach (lane->subscription->headers, i, object) {
        json_object_foreach (object, name, value) {
            _cleanup_(freep) char *line = NULL;

            if (!json_is_string(value))
                continue;
            line = xasprintf("%s: %s", name, json_string_value(value));
            add_header(lane, line);
        }
    }
}

static void set_headers(struct lane *lane)
{
    const struct dialect *d = &lane->bmc->dialect;
    _cleanup_(freep) char *type =
        xasprintf("Content-Type: %s", d->content_type);

    curl_slist_free_all(lane->headers);
    lane->headers = NULL;
    add_header(lane, d->content_type[0] ? type : "Content-Type:");
    add_header(lane, "Expect:");
    if (d->chunked)
        add_header(lane, "Transfer-Encoding: chunked");
    if (!d->keepalive)
        add_header(lane, "Connection: close");
    add_given_headers(lane);
    curl_easy_setopt(lane->easy, CURLOPT_HTTPHEADER, lane->headers);
}

static void set_tls(struct lane *lane)
{
    const struct dialect *d = &lane->bmc->dialect;

    curl_easy_setopt(lane->easy, CURLOPT_SSL_VERIFYPEER, (long)d->verify);
    curl_easy_setopt(lane->easy, CURLOPT_SSL_VERIFYHOST, d->verify ? 2L : 0L);
    curl_easy_setopt(lane->easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(lane->easy, CURLOPT_CAINFO, *d->ca ? d->ca : NULL);
    if (!*d->client_certificate)
        return;
    curl_easy_setopt(lane->easy, CURLOPT_SSLCERT, d->client_certificate);
    curl_easy_setopt(lane->easy, CURLOPT_SSLKEY, d->client_key);
}

/* A BMC with an address of its own posts from it. */
static void set_source(struct lane *lane)
{
    uint32_t address = ntohl(lane->bmc->address.sin_addr.s_addr);
    char text[64] = "host!";

    if (address >> 24 != 127 || address == INADDR_LOOPBACK)
        return;
    inet_ntop(AF_INET, &lane->bmc->address.sin_addr, text + 5,
              sizeof(text) - 5);
    curl_easy_setopt(lane->easy, CURLOPT_INTERFACE, text);
}

static void lane_prepare(struct lane *lane)
{
    if (lane->easy)
        return;
    lane->easy = curl_easy_init();
    lane->share = curl_share_init();
    curl_share_setopt(lane->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    curl_easy_setopt(lane->easy, CURLOPT_SHARE, lane->share);
    curl_easy_setopt(lane->easy, CURLOPT_PRIVATE, lane);
    curl_easy_setopt(lane->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(lane->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(lane->easy, CURLOPT_USERAGENT, "bmcsim");
    curl_easy_setopt(lane->easy, CURLOPT_WRITEFUNCTION, on_answer_body);
    curl_easy_setopt(lane->easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(lane->easy, CURLOPT_READDATA, lane);
    curl_easy_setopt(lane->easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(lane->easy, CURLOPT_SEEKDATA, lane);
    curl_easy_setopt(lane->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(lane->easy, CURLOPT_BUFFERSIZE, 1024L);
    curl_easy_setopt(lane->easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
    set_source(lane);
    set_tls(lane);
}

/* Under the lock: sends the head of the queue. */
static void lane_send(struct lane *lane)
{
    struct bmc *b = lane->bmc;
    struct event *e = lane->queue[lane->head];
    bool piecewise;

    lane->body.len = lane->sent = 0;
    event_format(b, e, lane->subscription->context, &lane->body);
    lane->cut = 0;
    if (b->behave.cut > 0 && (size_t)b->behave.cut < lane->body.len)
        lane->cut = (size_t)b->behave.cut;
    piecewise = b->dialect.chunked || lane->cut;
    lane_prepare(lane);
    set_headers(lane);
    curl_easy_setopt(lane->easy, CURLOPT_URL, lane->subscription->destination);
    if (b->dialect.subs.dead_ports)
        curl_easy_setopt(
            lane->easy, CURLOPT_PORT,
            is_prefix(lane->subscription->destination, "https:") ? 443L : 80L);
    curl_easy_setopt(lane->easy, CURLOPT_TIMEOUT_MS, b->dialect.timeout_ms);
    curl_easy_setopt(lane->easy, CURLOPT_FORBID_REUSE,
                     (long)!b->dialect.keepalive);
    curl_easy_setopt(lane->easy, CURLOPT_POSTFIELDS,
                     piecewise ? NULL : lane->body.data);
    curl_easy_setopt(
        lane->easy, CURLOPT_POSTFIELDSIZE_LARGE,
        (curl_off_t)(b->dialect.chunked ? -1 : (curl_off_t)lane->body.len));
    lane->in_flight = true;
    curl_multi_add_handle(lane->poster->multi, lane->easy);
}

static void lane_free(struct lane *lane)
{
    if (lane->in_flight)
        curl_multi_remove_handle(lane->poster->multi, lane->easy);
    if (lane->easy)
        curl_easy_cleanup(lane->easy);
    if (lane->share)
        curl_share_cleanup(lane->share);
    curl_slist_free_all(lane->headers);
    lane_drain(lane);
    buf_done(&lane->body);
    free(lane->queue);
    free(lane);
}

/* ---- the thread ------------------------------------------------------------
 */

static void serve_ready(struct poster *p)
{
    pthread_mutex_lock(&p->sim->lock);
    p->awake = true; /* we are: no need to wake us */
    while (p->ready) {
        struct lane *lane = p->ready;

        p->ready = lane->next_ready;
        if (!p->ready)
            p->ready_end = &p->ready;
        lane->ready = false;
        if (!lane->subscription)
            lane_free(lane);
        else if (lane->n && !lane->in_flight && !lane->retrying)
            lane_send(lane);
    }
    p->awake = false;
    pthread_mutex_unlock(&p->sim->lock);
}

/* Completions are a queue: read to its end. */
static void serve_completions(struct poster *p)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(p->multi, &left))) {
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;
        struct lane *lane = NULL;
        long status = 0;

        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &lane);
        if (result == CURLE_OK)
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        curl_multi_remove_handle(p->multi, easy);
        pthread_mutex_lock(&p->sim->lock);
        lane_answered(lane, status);
        pthread_mutex_unlock(&p->sim->lock);
    }
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
                     void *known)
{
    struct poster *p = arg;
    struct epoll_event event = {.data.fd = fd};

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) |
                   (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    if (epoll_ctl(p->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd,
                  &event) < 0)
        epoll_ctl(p->epoll_fd, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd,
                  &event);
    curl_multi_assign(p->multi, fd, p);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
    struct poster *p = arg;

    (void)multi;
    p->deadline = ms < 0 ? 0 : time_now() + (usec_t)ms * USEC_MSEC;
    return 0;
}

static int timeout_of(const struct poster *p)
{
    usec_t now = time_now();

    if (!p->deadline)
        return -1;
    return p->deadline <= now
               ? 0
               : (int)((p->deadline - now + USEC_MSEC - 1) / USEC_MSEC);
}

static void serve_sockets(struct poster *p)
{
    struct epoll_event events[MAX_EVENTS];
    int running, n = epoll_wait(p->epoll_fd, events, MAX_EVENTS, timeout_of(p));

    for (int i = 0; i < n; i++) {
        int what = (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)
                        ? CURL_CSELECT_IN
                        : 0) |
                   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (events[i].events & EPOLLERR ? CURL_CSELECT_ERR : 0);
        eventfd_t value;

        if (events[i].data.fd == p->wake_fd)
            eventfd_read(p->wake_fd, &value);
        else
            curl_multi_socket_action(p->multi, events[i].data.fd, what,
                                     &running);
    }
    if (p->deadline && p->deadline <= time_now()) {
        p->deadline = 0;
        curl_multi_socket_action(p->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
}

static bool is_stopping(struct poster *p)
{
    bool stopping;

    pthread_mutex_lock(&p->sim->lock);
    stopping = p->stopping;
    pthread_mutex_unlock(&p->sim->lock);
    return stopping;
}

static void *poster_run(void *arg)
{
    struct poster *p = arg;

    while (!is_stopping(p)) {
        serve_ready(p);
        serve_sockets(p);
        serve_completions(p);
    }
    serve_ready(p);
    return NULL;
}

struct poster *poster_new(struct sim *sim)
{
    struct poster *p = xcalloc(1, sizeof(*p));
    struct epoll_event event = {.events = EPOLLIN};

    p->sim = sim;
    p->ready_end = &p->ready;
    p->multi = curl_multi_init();
    p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    event.data.fd = p->wake_fd;
    epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, p->wake_fd, &event);
    curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
    curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
    if (pthread_create(&p->thread, NULL, poster_run, p) != 0)
        abort();
    return p;
}

void poster_free(struct poster *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->sim->lock);
    p->stopping = true;
    eventfd_write(p->wake_fd, 1);
    pthread_mutex_unlock(&p->sim->lock);
    pthread_join(p->thread, NULL);
    curl_multi_cleanup(p->multi);
    close(p->epoll_fd);
    close(p->wake_fd);
    free(p);
}
