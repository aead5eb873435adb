/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The yardstick of tests/bench/run: libmicrohttpd as http_server.c runs it
 * (its epoll descriptor on an sd-event loop, one thread), reading and
 * discarding what is posted, answering 200 at once, storing nothing.
 *
 *     bare PORT [CERTIFICATE KEY]
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#define ANSWER "{\"status\":\"stored\"}"

struct server {
    struct MHD_Daemon *daemon;
    sd_event_source *timer;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* Called with the header, with each piece of the body, and with its end. */
static enum MHD_Result on_access(void *cls, struct MHD_Connection *connection,
                                 const char *url, const char *method,
                                 const char *version, const char *data,
                                 size_t *len, void **request)
{
    static char seen;
    struct MHD_Response *response;
    enum MHD_Result result;

    (void)cls, (void)url, (void)method, (void)version, (void)data;
    if (!*request || *len > 0) {
        *request = &seen;
        *len = 0;
        return MHD_YES;
    }
    response = MHD_create_response_from_buffer(strlen(ANSWER), ANSWER,
                                               MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/json");
    result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents,
                 void *userdata)
{
    struct server *s = userdata;
    MHD_UNSIGNED_LONG_LONG ms;

    (void)source, (void)fd, (void)revents;
    MHD_run(s->daemon);
    if (MHD_get_timeout(s->daemon, &ms) != MHD_YES)
        return 0;
    sd_event_source_set_time_relative(s->timer, ms * 1000);
    sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
    return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)usec;
    return on_io(source, -1, 0, userdata);
}

static int listen_on(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int yes = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (fd < 0 || bind(fd, (void *)&address, sizeof(address)) < 0 ||
        listen(fd, SOMAXCONN) < 0)
        die("cannot listen");
    return fd;
}

/* A file of PEM as text. */
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 65536);

    if (!file || !text || fread(text, 1, 65535, file) == 0)
        die(path);
    fclose(file);
    return text;
}

static struct MHD_Daemon *start_daemon(int fd, char **tls)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_ERROR_LOG | (tls[0] ? MHD_USE_TLS : 0);
    struct MHD_OptionItem items[] = {
        {tls[0] ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0,
         tls[0] ? read_file(tls[0]) : NULL},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, tls[0] ? read_file(tls[1]) : NULL},
        {MHD_OPTION_END, 0, NULL},
    };

    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_access, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)16 << 10, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
}

int main(int argc, char **argv)
{
    struct server s = {0};
    const union MHD_DaemonInfo *info;
    sd_event *loop;

    if (argc != 2 && argc != 4) {
        fprintf(stderr, "usage: bare PORT [CERTIFICATE KEY]\n");
        return 2;
    }
    s.daemon = start_daemon(listen_on(argv[1]), argv + 2);
    if (!s.daemon || sd_event_default(&loop) < 0)
        die("cannot start");
    info = MHD_get_daemon_info(s.daemon, MHD_DAEMON_INFO_EPOLL_FD);
    sd_event_add_time_relative(loop, &s.timer, CLOCK_MONOTONIC, 0, 1, on_timer,
                               &s);
    sd_event_add_io(loop, NULL, info->epoll_fd, EPOLLIN, on_io, &s);
    return sd_event_loop(loop) < 0;
}
