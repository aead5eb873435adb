/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking the daemon; see ask.h. The answer is lines of JSON, of which the last
 * has one member: `done`, or `error`. Where it is missing the daemon ended on
 * the way, and what came before is not all that there is.
 */
#include "ctl/ask.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "ctl/ctl.h"
#include "ctl/say.h"
#include "formats/text.h"
#include "util/alloc.h"
#include "util/utf8.h"

bool ask_option(struct ask *a, int option)
{
    switch (option) {
    case 'j':
        a->json = true;
        return true;
    case 'S':
        a->socket = optarg;
        return true;
    case 'h':
        a->help = true;
        return true;
    }
    return false;
}

bool ask_usage(const struct ask *a, bool good, const char *usage,
               int *ret_status)
{
    if (good && !a->help)
        return false;
    fputs(usage, good ? stdout : stderr);
    *ret_status = good ? CTL_DONE : CTL_USAGE;
    return true;
}

void ask_begin(struct ask *a, const char *command)
{
    json_writer_init(&a->w, &a->request);
    json_writer_open_object(&a->w);
    json_writer_member(&a->w, "command", command);
}

const char *ask_text(const struct json_value *answer, const char *key)
{
    const struct json_value *v = json_in_find(answer, key);
    size_t len;

    return v ? json_in_text(v, &len) : NULL;
}

usec_t ask_time(const struct json_value *v, const char *key)
{
    const char *text = ask_text(v, key);
    usec_t time;

    return text && clock_parse(text, strlen(text), &time, NULL) ? time : 0;
}

uint64_t ask_number(const struct json_value *v, const char *key)
{
    const char *text = ask_text(v, key);

    return text ? strtoull(text, NULL, 10) : 0;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
bool ask_add(struct buffer *out, const char *format,
             const struct json_value *answer, const char *key)
{
    const char *text = ask_text(answer, key);
    _cleanup_(buffer_done) struct buffer clean = {0};

    if (!text || text_add_line(&clean, text, strlen(text)) == 0)
        return false;
    buffer_printf(out, format, clean.data);
    return true;
}
#pragma GCC diagnostic pop

/* The socket's group may ask; who is not in it should hear its name. */
static void say_forbidden(const char *path)
{
    const struct group *group = NULL;
    struct stat st;

    if (stat(path, &st) == 0)
        group = getgrgid(st.st_gid);
    fprintf(stderr, "trawlctl: you may not ask the daemon at %s: be root%s%s\n",
            path, group ? ", or a member of the group " : "",
            group ? group->gr_name : "");
}

static void say_unreachable(const char *path, int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
        say_forbidden(path);
        return;
    case ENOENT:
    case ECONNREFUSED:
        fprintf(stderr,
                "trawlctl: no daemon listens at %s: is trawld running "
                "(systemctl status trawld)? If control.socket of its "
                "configuration is another path, name it with --socket\n",
                path);
        return;
    }
    fprintf(stderr, "trawlctl: cannot reach the daemon at %s: %s\n", path,
            strerror(error));
}

/* A descriptor, or a negative errno. */
static int try_connect(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    _cleanup_close_ int fd = -1;

    if (strlen(path) >= sizeof(to.sun_path))
        return -ENAMETOOLONG;
    strcpy(to.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
        return TAKE_FD(fd);
    return -errno;
}

bool ask_is_heard(const char *socket)
{
    _cleanup_close_ int fd = try_connect(socket);

    return fd >= 0 || fd == -EACCES || fd == -EPERM;
}

static int connect_to(const char *path)
{
    int fd = try_connect(path);

    if (fd < 0)
        say_unreachable(path, -fd);
    return fd;
}

struct hearing {
    ask_line_fn *on_line;
    void *userdata;
    int status;
};

/* True after the last line. */
static bool heed(struct hearing *h, const char *line)
{
    _cleanup_(json_in_freep) struct json_in *doc =
        json_in_read(line, strlen(line), NULL);
    const struct json_value *v = doc ? json_in_root(doc) : NULL;
    size_t len = strlen(line);

    if (!v || json_in_type(v) != JSON_IN_OBJECT) {
        say(stderr, "trawlctl: what the daemon said is no answer: %.*s",
            (int)utf8_cut(line, len, 80), line);
        return true;
    }
    if (json_in_count(v) != 1) { /* the last line has one member */
        h->on_line(v, line, h->userdata);
        return false;
    }
    if (ask_text(v, "error")) {
        say(stderr, "trawlctl: %s", ask_text(v, "error"));
        return true;
    }
    if (ask_text(v, "done")) {
        h->status = CTL_DONE;
        return true;
    }
    h->on_line(v, line, h->userdata);
    return false;
}

static void hear(struct hearing *h, FILE *answers)
{
    _cleanup_free_ char *line = NULL;
    size_t size = 0;
    ssize_t len;

    while ((len = getline(&line, &size, answers)) > 0) {
        if (line[len - 1] == '\n')
            line[len - 1] = '\0';
        if (heed(h, line))
            return;
    }
    fputs("trawlctl: the daemon ended before it had answered all\n", stderr);
}

int ask_run(struct ask *a, ask_line_fn *on_line, void *userdata)
{
    struct hearing h = {on_line, userdata, CTL_FAILED};
    _cleanup_(buffer_done) struct buffer request = TAKE_STRUCT(a->request);
    int fd = connect_to(a->socket);
    FILE *answers;

    if (fd < 0)
        return CTL_FAILED;
    a->w.out = &request;
    json_writer_close_object(&a->w);
    buffer_add_char(&request, '\n');
    /* One that refuses still says why, so a failure here is heard below. */
    send(fd, request.data, request.len, MSG_NOSIGNAL);
    /* Owns the descriptor from here on. */
    answers = fdopen(fd, "r");
    hear(&h, answers);
    fclose(answers);
    return h.status;
}
