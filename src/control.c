/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket; see control.h. Who may connect, the file's mode says. */
#include "control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "decode/json_in.h"
#include "util/alloc.h"
#include "util/digest.h"
#include "util/glob.h"

#define REQUEST_MAX 4096
#define CLIENTS_MAX 16

struct client {
    struct control *control;
    int fd;
    sd_event_source *source;
    struct buffer in, out;
    size_t sent;
};

struct control {
    sd_event *loop;
    struct pipeline *pipeline;
    const struct correlator *correlator;
    const struct registry_set *registries;
    char *path;
    int fd;
    sd_event_source *source;
    struct client *clients[CLIENTS_MAX];
};

struct control *control_new(sd_event *loop, struct pipeline *pipeline,
                            const struct correlator *correlator)
{
    struct control *c = XNEW(struct control);

    c->loop = loop;
    c->pipeline = pipeline;
    c->correlator = correlator;
    c->fd = -1;
    return c;
}

static void client_end(struct client *k)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (k->control->clients[i] == k)
            k->control->clients[i] = NULL;
    sd_event_source_disable_unref(k->source);
    close(k->fd);
    buffer_done(&k->in);
    buffer_done(&k->out);
    free(k);
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
    if (!c)
        return;
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (c->clients[i])
            client_end(c->clients[i]);
    stop_listening(c);
    free(c);
}

static const char *member(const struct json_value *request, const char *key)
{
    const struct json_value *v = json_in_find(request, key);
    size_t len;

    return v && json_in_type(v) == JSON_IN_TEXT ? json_in_text(v, &len) : NULL;
}

static const char *state_name(const struct condition_row *row)
{
    return row->phase == CONDITION_RAISED ? "raised" : "flapping";
}

static void write_time(struct json_writer *w, const char *key, usec_t time)
{
    char text[CLOCK_TEXT_MAX];

    json_writer_key(w, key);
    json_writer_text(w, text, clock_format(time, 0, text));
}

static void write_facts(struct json_writer *w, const struct condition *c)
{
    uint8_t id[CONDITION_KEY_LEN];
    char hex[2 * CONDITION_KEY_LEN + 1];

    condition_id(&c->row, id);
    digest_hex(id, sizeof(id), hex);
    json_writer_member(w, "id", hex);
    json_writer_member(w, "state", state_name(&c->row));
    json_writer_member(w, "severity",
                       event_severity_name((enum severity)c->row.severity));
    json_writer_key(w, "count");
    json_writer_u64(w, c->row.count);
    write_time(w, "first", c->row.first);
    write_time(w, "last", c->row.last);
}

static void write_condition(const struct control *k, const struct condition *c,
                            struct buffer *out)
{
    const char *id = c->message->parts[0], *key = c->message->parts[2];
    const char *text = c->text + c->origin_len + 1 + c->args_len;
    struct json_writer w;
    struct registry_hit hit;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    write_facts(&w, c);
    json_writer_member(&w, "bmc", c->bmc->name);
    json_writer_member(&w, "message_id", id);
    json_writer_member(&w, "origin", c->origin_len ? c->text : NULL);
    json_writer_member(&w, "message", text);
    if (k->registries &&
        registry_find(k->registries, c->message->parts[1], REGISTRY_VERSION_ANY,
                      REGISTRY_VERSION_ANY, REGISTRY_VERSION_ANY, key, &hit))
        json_writer_member(&w, "resolution", hit.message->resolution);
    json_writer_close_object(&w);
    buffer_add_char(out, '\n');
}

static void answer_error(struct buffer *out, const char *text)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    json_writer_member(&w, "error", text);
    json_writer_close_object(&w);
    buffer_add_char(out, '\n');
}

static void list_conditions(const struct control *k,
                            const struct json_value *request,
                            struct buffer *out)
{
    const struct conditions *t = correlate_conditions(k->correlator);
    const char *bmc_glob = member(request, "bmc");
    const char *name = member(request, "severity");
    enum severity severity =
        name ? event_severity_parse(name, strlen(name)) : SEVERITY_UNKNOWN;
    const struct condition_bmc *bmc;
    size_t cursor = 0, count = 0;

    while ((bmc = conditions_next_bmc(t, &cursor))) {
        if (bmc_glob &&
            !glob_match(bmc_glob, bmc->name, strlen(bmc->name), false))
            continue;
        for (const struct condition *c = bmc->list; c; c = c->next) {
            if (!condition_is_open(&c->row) ||
                (name && c->row.severity != severity))
                continue;
            write_condition(k, c, out);
            count++;
        }
    }
    buffer_printf(out, "{\"done\":%zu}\n", count);
}

static void clear_condition(struct control *k, const struct json_value *r,
                            struct buffer *out)
{
    const char *id = member(r, "id"), *why = member(r, "why");

    if (!id || !why)
        answer_error(out, "clear needs an id and the reason why");
    else if (!pipeline_clear_condition(k->pipeline, id, why))
        answer_error(out, "no open condition has that id, or the spool takes "
                          "nothing now");
    else
        buffer_add_text(out, "{\"done\":1}\n");
}

void control_answer(struct control *c, const char *request, size_t len,
                    struct buffer *out)
{
    struct error err = {""};
    _cleanup_(json_in_freep) struct json_in *doc =
        json_in_read(request, len, &err);
    const struct json_value *root = doc ? json_in_root(doc) : NULL;
    const char *command = root && json_in_type(root) == JSON_IN_OBJECT
                              ? member(root, "command")
                              : NULL;

    if (!command)
        answer_error(out, "the request is no JSON object with a command");
    else if (strcmp(command, "conditions") == 0)
        list_conditions(c, root, out);
    else if (strcmp(command, "clear") == 0)
        clear_condition(c, root, out);
    else
        answer_error(out, "unknown command: there are conditions and clear");
}

/* Whether there is more to send. */
static bool send_some(struct client *k)
{
    ssize_t n = send(k->fd, k->out.data + k->sent, k->out.len - k->sent,
                     MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    k->sent += (size_t)n;
    return k->sent < k->out.len;
}

static bool read_some(struct client *k)
{
    ssize_t n;

    n = recv(k->fd, buffer_reserve(&k->in, REQUEST_MAX), REQUEST_MAX,
             MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    k->in.len += (size_t)n;
    return n > 0 && k->in.len <= REQUEST_MAX;
}

static int on_client(sd_event_source *source, int fd _unused_,
                     uint32_t events _unused_, void *userdata)
{
    struct client *k = userdata;
    const char *end;
    bool goes_on;

    if (k->out.len > 0) {
        goes_on = send_some(k);
    } else {
        goes_on = read_some(k);
        end = k->in.len ? memchr(k->in.data, '\n', k->in.len) : NULL;
        if (end && goes_on) {
            control_answer(k->control, k->in.data, (size_t)(end - k->in.data),
                           &k->out);
            sd_event_source_set_io_events(source, EPOLLOUT);
        }
    }
    if (!goes_on)
        client_end(k);
    return 0;
}

static int on_connection(sd_event_source *source _unused_, int fd,
                         uint32_t events _unused_, void *userdata)
{
    struct control *c = userdata;
    int its = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *k;
    size_t place = 0;

    if (its < 0)
        return 0;
    while (place < CLIENTS_MAX && c->clients[place])
        place++;
    if (place == CLIENTS_MAX) {
        close(its);
        return 0;
    }
    k = XNEW(struct client);
    k->control = c;
    k->fd = its;
    c->clients[place] = k;
    if (sd_event_add_io(c->loop, &k->source, its, EPOLLIN, on_client, k) < 0)
        client_end(k);
    return 0;
}

/* What is left of a process that was killed is in the way. */
static int bind_path(int fd, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(to.sun_path))
        return -ENAMETOOLONG;
    strcpy(to.sun_path, path);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
        chmod(path, 0660) < 0 || listen(fd, CLIENTS_MAX) < 0)
        return -errno;
    return 0;
}

int control_adopt(struct control *c, const char *path,
                  const struct registry_set *registries, struct error *err)
{
    int r;

    c->registries = registries;
    if (c->path && path && strcmp(c->path, path) == 0)
        return 0;
    stop_listening(c);
    if (!path)
        return 0;
    c->path = xstrdup(path);
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    r = c->fd < 0 ? -errno : bind_path(c->fd, path);
    r = r < 0 ? r
              : sd_event_add_io(c->loop, &c->source, c->fd, EPOLLIN,
                                on_connection, c);
    if (r < 0) {
        error_set(err, r,
                  "control socket %s: %s; trawlctl cannot reach this "
                  "daemon",
                  path, strerror(-r));
        if (c->fd >= 0)
            close(TAKE_FD(c->fd));
        free(TAKE(c->path));
    }
    return r;
}
