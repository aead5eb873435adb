/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See server.h. Each BMC has a listening socket of its own, by port or by
 * loopback address. Where the port was chosen by the kernel a second socket
 * stays bound to it without listening, so that nobody takes it while the BMC
 * reboots.
 */
#include "conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "stream.h"

#define BACKLOG 1024
#define BATCH 64

/* ---- sockets ----------------------------------------------------------------
 */

static int bind_socket(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
        on = 1, r;

    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
        r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

static int open_listener(struct server *s, const struct sockaddr_in *address,
                         struct bmc *owner)
{
    struct epoll_event event = {.events = EPOLLIN};
    int fd = bind_socket(address);

    if (fd < 0)
        return fd;
    if ((size_t)fd >= s->n_slots || listen(fd, BACKLOG) < 0) {
        close(fd);
        return -EADDRINUSE;
    }
    s->slots[fd] = (struct slot){.listening = true, .owner = owner};
    event.data.fd = fd;
    epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event);
    return fd;
}

/* Lets the kernel choose a port and keeps it. */
static int reserve_port(struct sockaddr_in *address)
{
    socklen_t len = sizeof(*address);
    int fd = bind_socket(address);

    if (fd >= 0)
        getsockname(fd, (struct sockaddr *)address, &len);
    return fd;
}

static int bind_error(const struct sockaddr_in *address, int r,
                      struct error *err)
{
    char text[INET_ADDRSTRLEN] = "";

    inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text));
    return error_set(err, r, "cannot listen on %s:%u: %s", text,
                     ntohs(address->sin_port), strerror(-r));
}

int server_listen(struct server *s, struct bmc *b, struct error *err)
{
    if (!server_daemon(s, b, err))
        return -EINVAL;
    if (b->address.sin_port == 0) {
        b->reserve_fd = reserve_port(&b->address);
        if (b->reserve_fd < 0)
            return bind_error(&b->address, b->reserve_fd, err);
    }
    b->listen_fd = open_listener(s, &b->address, b);
    return b->listen_fd < 0 ? bind_error(&b->address, b->listen_fd, err) : 0;
}

int server_control(struct server *s, struct sockaddr_in *address,
                   struct error *err)
{
    socklen_t len = sizeof(*address);

    s->control_fd = open_listener(s, address, NULL);
    if (s->control_fd < 0)
        return bind_error(address, s->control_fd, err);
    getsockname(s->control_fd, (struct sockaddr *)address, &len);
    return server_daemon(s, NULL, err) ? 0 : -EINVAL;
}

void server_close(struct bmc *b)
{
    struct server *s = b->sim->server;

    if (b->listen_fd < 0)
        return;
    s->slots[b->listen_fd] = (struct slot){0};
    close(b->listen_fd);
    b->listen_fd = -1;
}

int server_reopen(struct bmc *b)
{
    b->listen_fd = open_listener(b->sim->server, &b->address, b);
    return b->listen_fd < 0 ? b->listen_fd : 0;
}

/* Dissolving the association of a TCP socket sends a reset at once. */
static void reset_socket(int fd)
{
    struct sockaddr none = {.sa_family = AF_UNSPEC};

    if (connect(fd, &none, sizeof(none)) < 0)
        shutdown(fd, SHUT_RDWR);
}

/* Its peer sees the end without having got a word. */
static void close_held(struct server *s, int fd)
{
    s->slots[fd].owner->n_held--;
    s->slots[fd] = (struct slot){0};
    close(fd);
}

void server_let_go(struct bmc *b)
{
    struct server *s = b->sim->server;

    for (int fd = 0; b->n_held && fd <= s->highest; fd++)
        if (s->slots[fd].held && s->slots[fd].owner == b)
            close_held(s, fd);
    for (struct conn *c = b->conns; c; c = c->next)
        if (c->stuck) {
            c->stuck = false;
            conn_resume(c);
        }
}

void server_hang_up(struct bmc *b, bool reset)
{
    server_let_go(b);
    for (struct conn *c = b->conns; c; c = c->next) {
        /* Before its client sees it, and asks somebody else. */
        conn_count_out(c);
        if (reset)
            reset_socket(c->fd);
        else
            shutdown(c->fd, SHUT_RDWR);
        if (c->stream)
            stream_end(c->stream);
        conn_resume(c);
    }
}

/* ---- the thread
 * -------------------------------------------------------------- */

static void watch(struct server *s, int fd)
{
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET, .data.fd = fd};

    if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

/* What is no server says to whoever connects. */
static void tell_nonsense(int fd)
{
    static const char nonsense[] = "\x15\x03\xff\x7f SSH-2.0 +++ATH0\r\n\r\n";

    if (send(fd, nonsense, sizeof(nonsense) - 1, MSG_NOSIGNAL) < 0)
        reset_socket(fd);
    shutdown(fd, SHUT_WR);
    close(fd);
}

/* True when the BMC does not want to serve the new connection. */
static bool is_turned_away(struct server *s, struct bmc *b, int fd)
{
    if ((size_t)fd >= s->n_slots || (b && b->behave.reset_connections)) {
        reset_socket(fd);
        close(fd);
        return true;
    }
    if (b && b->behave.greeting == GREETING_GARBAGE) {
        tell_nonsense(fd);
        return true;
    }
    if (!b || b->behave.greeting == GREETING_SERVE)
        return false;
    s->slots[fd] = (struct slot){.owner = b, .held = true};
    s->highest = fd > s->highest ? fd : s->highest;
    b->n_held++;
    watch(s, fd);
    return true;
}

/* Under the lock. Returns how many connections were accepted into fds. */
static int accept_batch(struct server *s, int listener, int *fds)
{
    struct bmc *b = s->slots[listener].owner;
    int n = 0, fd;

    while (n < BATCH && (fd = accept4(listener, NULL, NULL,
                                      SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        if (is_turned_away(s, b, fd))
            continue;
        s->slots[fd] = (struct slot){.owner = b};
        fds[n++] = fd;
    }
    return n;
}

static void on_listener(struct server *s, int listener)
{
    int fds[BATCH], n = 0;
    struct MHD_Daemon *daemon = NULL;

    pthread_mutex_lock(&s->sim->lock);
    if (s->slots[listener].listening) {
        n = accept_batch(s, listener, fds);
        daemon = server_daemon(s, s->slots[listener].owner, NULL);
    }
    pthread_mutex_unlock(&s->sim->lock);
    for (int i = 0; i < n; i++) {
        struct sockaddr_in peer = {.sin_family = AF_INET};
        socklen_t len = sizeof(peer);

        getpeername(fds[i], (struct sockaddr *)&peer, &len);
        if (daemon)
            MHD_add_connection(daemon, fds[i], (struct sockaddr *)&peer,
                               sizeof(peer));
        else
            close(fds[i]);
    }
}

static void on_hang_up(struct server *s, int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};
    struct conn *c;

    pthread_mutex_lock(&s->sim->lock);
    c = s->slots[fd].conn;
    /* The report may be old and the descriptor another connection's now. */
    if (s->slots[fd].held && poll(&p, 1, 0) > 0)
        close_held(s, fd);
    else if (c && c->stream && poll(&p, 1, 0) > 0)
        stream_end(c->stream);
    else if (c && c->stuck && poll(&p, 1, 0) > 0) {
        c->stuck = false;
        conn_resume(c);
    }
    pthread_mutex_unlock(&s->sim->lock);
}

void acceptor_watch(struct server *s, struct conn *c)
{
    watch(s, c->fd);
}

static bool is_listening(struct server *s, int fd)
{
    bool listening;

    pthread_mutex_lock(&s->sim->lock);
    listening = s->slots[fd].listening;
    pthread_mutex_unlock(&s->sim->lock);
    return listening;
}

static void *acceptor_run(void *arg)
{
    struct server *s = arg;
    struct epoll_event events[BATCH];

    for (;;) {
        int n = epoll_wait(s->epoll_fd, events, BATCH, -1);

        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;

            if (fd == s->wake_fd)
                return NULL;
            if (is_listening(s, fd))
                on_listener(s, fd);
            else
                on_hang_up(s, fd);
        }
    }
}

int acceptor_start(struct server *s)
{
    struct epoll_event event = {.events = EPOLLIN};

    s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    event.data.fd = s->wake_fd;
    epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->wake_fd, &event);
    s->started = pthread_create(&s->thread, NULL, acceptor_run, s) == 0;
    return s->started ? 0 : -EAGAIN;
}

void acceptor_stop(struct server *s)
{
    if (s->started) {
        eventfd_write(s->wake_fd, 1);
        pthread_join(s->thread, NULL);
    }
    close(s->epoll_fd);
    close(s->wake_fd);
}
