/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket; see control.h. Who may connect, the file's mode says. */
#include "control.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "control/control_parts.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/hashmap.h"

#define REQUEST_MAX (64u << 10) /* a thousand names */
#define READ_SIZE 4096
#define CALLS_MAX 64
#define ACCEPTS_PER_SEC 1000

struct command {
    control_command_fn *run;
    void *userdata;
};

struct control {
    sd_event *loop;
    struct hashmap *commands; /* by name; owned */
    struct buffer names;      /* of all, for who asks for another */
    char *path;
    int fd;
    sd_event_source *source;
    struct control_call *calls[CALLS_MAX];
};

struct control *control_new(sd_event *loop)
{
    struct control *c = XNEW(struct control);

    c->loop = loop;
    c->commands = hashmap_new();
    c->fd = -1;
    return c;
}

void control_add(struct control *c, const struct control_command *commands,
                 size_t count, void *userdata)
{
    for (size_t i = 0; i < count; i++) {
        struct command *command = XNEW(struct command);
        void *before;

        command->run = commands[i].run;
        command->userdata = userdata;
        before = hashmap_set(c->commands, commands[i].name, command);
        assert(!before);
        free(before);
        buffer_printf(&c->names, "%s%s", c->names.len ? ", " : "",
                      commands[i].name);
    }
}

static void end_call(struct control_call *call)
{
    for (size_t i = 0; i < CALLS_MAX; i++)
        if (call->control->calls[i] == call)
            call->control->calls[i] = NULL;
    control_call_release(call);
    sd_event_source_disable_unref(call->source);
    close(call->fd);
    free(call);
}

static void stop_listening(struct control *c)
{
    sd_event_source_disable_unref(TAKE(c->source));
    if (c->fd >= 0) {
        close(TAKE_FD(c->fd));
        unlink(c->path);
    }
    free(TAKE(c->path));
}

void control_free(struct control *c)
{
    size_t cursor = 0;
    void *command;

    if (!c)
        return;
    for (size_t i = 0; i < CALLS_MAX; i++)
        if (c->calls[i])
            end_call(c->calls[i]);
    stop_listening(c);
    while (hashmap_next(c->commands, &cursor, NULL, &command))
        free(command);
    hashmap_free(c->commands);
    buffer_done(&c->names);
    free(c);
}

/* A whole line came: what it asks for is begun. */
static void begin(struct control_call *call, const char *line, size_t len)
{
    const struct command *command;
    const char *name;

    call->is_begun = true;
    call->request = json_in_read(line, len, NULL);
    name = control_call_text(call, "command");
    if (!name) {
        control_call_fail(call, "the request is no JSON object with a command");
        return;
    }
    command = hashmap_find(call->control->commands, name);
    if (command)
        command->run(call, command->userdata);
    else
        control_call_fail(call,
                          "this daemon knows no command '%s', but %s: "
                          "is it of the same version as trawlctl?",
                          name, call->control->names.data);
}

/* Whether the connection goes on. */
static bool receive(struct control_call *call)
{
    const char *end;
    ssize_t n = recv(call->fd, buffer_reserve(&call->in, READ_SIZE), READ_SIZE,
                     MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    call->in.len += (size_t)n;
    end = n > 0 ? memchr(call->in.data, '\n', call->in.len) : NULL;
    if (end)
        begin(call, call->in.data, (size_t)(end - call->in.data));
    return n > 0 && (end || call->in.len <= REQUEST_MAX);
}

/* The same. */
static bool transmit(struct control_call *call)
{
    ssize_t n;

    control_call_fill(call);
    if (call->out.len == 0)
        return true;
    n = send(call->fd, call->out.data + call->sent, call->out.len - call->sent,
             MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    call->sent += (size_t)n;
    /* Not at each send: to move the rest every time costs the square of it. */
    if (call->sent == call->out.len || call->sent > CONTROL_PIECE) {
        buffer_consume(&call->out, call->sent);
        call->sent = 0;
    }
    return !call->is_over || call->out.len > 0;
}

static int on_call(sd_event_source *source _unused_, int fd _unused_,
                   uint32_t events, void *userdata)
{
    struct control_call *call = userdata;
    /* Anything else, a hang-up above all, ends the call. */
    bool goes_on = false;

    if (call->is_begun && events & EPOLLOUT && !(events & EPOLLHUP))
        goes_on = transmit(call);
    else if (!call->is_begun && events & EPOLLIN)
        goes_on = receive(call);
    if (goes_on)
        control_call_wait(call);
    else
        end_call(call);
    return 0;
}

/* Never waits: so few words fit the buffer of a socket that is new. */
static void turn_away(int fd)
{
    static const char words[] =
        "{\"error\":\"too many are asking this daemon at once: try again\"}\n";

    send(fd, words, strlen(words), MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

void control_serve(struct control *c, int fd)
{
    struct control_call *call;
    size_t place = 0;

    while (place < CALLS_MAX && c->calls[place])
        place++;
    if (place == CALLS_MAX) {
        turn_away(fd);
        return;
    }
    call = XNEW(struct control_call);
    call->control = c;
    call->fd = fd;
    c->calls[place] = call;
    if (sd_event_add_io(c->loop, &call->source, fd, EPOLLIN, on_call, call) < 0)
        end_call(call);
}

static int on_connection(sd_event_source *source _unused_, int fd,
                         uint32_t events _unused_, void *userdata)
{
    int its = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (its >= 0)
        control_serve(userdata, its);
    return 0;
}

/*
 * What is left of a process that was killed is in the way; anything but a
 * socket stands there by mistake, and is not ours to remove. The mode of the
 * descriptor is what bind() makes the file with: open to nobody else at first.
 */
static int bind_path(int fd, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct stat st;

    if (strlen(path) >= sizeof(to.sun_path))
        return -ENAMETOOLONG;
    strcpy(to.sun_path, path);
    if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
        return -EEXIST;
    unlink(path);
    fchmod(fd, 0600);
    if (bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
        chmod(path, 0660) < 0 || listen(fd, CALLS_MAX) < 0)
        return -errno;
    return 0;
}

/*
 * While no descriptor is free a connection stays where it is and the socket
 * readable: without a rate the loop would do nothing else.
 */
static int listen_on(struct control *c)
{
    int r =
        sd_event_add_io(c->loop, &c->source, c->fd, EPOLLIN, on_connection, c);

    return r < 0 ? r
                 : sd_event_source_set_ratelimit(c->source, USEC_PER_SEC,
                                                 ACCEPTS_PER_SEC);
}

int control_adopt(struct control *c, const char *path, struct error *err)
{
    int r;

    /* Not even for a moment closed: trawlctl may come during a reload. */
    if (c->path && path && strcmp(c->path, path) == 0)
        return 0;
    stop_listening(c);
    if (!path)
        return 0;
    c->path = xstrdup(path);
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    r = c->fd < 0 ? -errno : bind_path(c->fd, path);
    r = r < 0 ? r : listen_on(c);
    if (r < 0) {
        error_set(err, r,
                  "control socket %s: %s; trawlctl cannot reach this "
                  "daemon",
                  path, strerror(-r));
        sd_event_source_disable_unref(TAKE(c->source));
        if (c->fd >= 0)
            close(TAKE_FD(c->fd));
        free(TAKE(c->path));
    }
    return r;
}
