/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many BMCs that post, over plain HTTP/1.1 on kept connections:
 *
 *     crowd PORT TOKENS NAME CONNECTIONS RATE SECONDS LIST
 *
 * Each connection posts as the owner of one of the tokens (a file, one a line,
 * in turns) and has one event on its way at a time. RATE is events a second in
 * all; 0: each connection sends as soon as it is answered. What is answered
 * with anything but 200 is sent again at once, which is as rude as a BMC can
 * be. Stops sending after SECONDS (0: when each connection has had its answer)
 * and waits for what is under way.
 *
 * LIST gets the line "TOKEN-NUMBER EVENT-ID" for each 200. Prints "figures
 * ANSWERED PUSHED-BACK OTHER P50 P99 MAX", the times in ms, of what came to 200
 * at the first try.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TOKENS_MAX 8192
#define LATE 120.0 /* seconds without an answer: something hangs */

struct connection {
    int fd;
    int token;
    unsigned number; /* of its last event */
    bool waits;      /* for an answer */
    bool again;      /* this event was refused before */
    double sent;
    char answer[2048];
    size_t len;
};

static struct {
    struct sockaddr_in to;
    char *tokens[TOKENS_MAX];
    int token_count;
    const char *name;
    struct connection *all;
    int count, epoll;
    FILE *list;
    double *times;
    size_t time_count, time_cap;
    unsigned long answered, pushed_back, other;
    bool flood, ending;
    int under_way;
} crowd;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
    fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void join_in(struct connection *c)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};

    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 ||
        connect(c->fd, (struct sockaddr *)&crowd.to, sizeof(crowd.to)) < 0 ||
        epoll_ctl(crowd.epoll, EPOLL_CTL_ADD, c->fd, &e) < 0)
        die("connect");
    c->len = 0;
}

static void post(struct connection *c)
{
    char body[1024], text[2048];
    int len = snprintf(
        body, sizeof(body),
        "{\"@odata.type\":\"#Event.v1_7_0.Event\",\"Id\":\"1\",\"Name\":\"E\","
        "\"Events\":[{\"EventType\":\"Alert\",\"EventId\":\"%s-%d-%u\","
        "\"MessageId\":\"StorageDevice.1.1.DriveFailure\","
        "\"Severity\":\"Critical\",\"MessageArgs\":[\"Bay %u\"],"
        "\"OriginOfCondition\":{\"@odata.id\":"
        "\"/redfish/v1/Chassis/%s-%d\"}}]}", /* no two are one condition */
        crowd.name, (int)(c - crowd.all), c->number, c->number, crowd.name,
        (int)(c - crowd.all));

    len = snprintf(text, sizeof(text),
                   "POST /events/%s HTTP/1.1\r\nHost: x\r\n"
                   "Content-Type: application/json\r\n"
                   "Content-Length: %d\r\n\r\n%s",
                   crowd.tokens[c->token], len, body);
    c->waits = true;
    /* If the far end has closed, reading tells, and it is sent again. */
    if (send(c->fd, text, (size_t)len, MSG_NOSIGNAL) < 0 && errno == EAGAIN)
        die("send");
}

static void post_next(struct connection *c)
{
    c->number++;
    c->again = false;
    c->sent = now();
    crowd.under_way++;
    post(c);
}

static void note_time(double seconds)
{
    if (crowd.time_count == crowd.time_cap) {
        crowd.time_cap = crowd.time_cap * 2 + 1024;
        crowd.times =
            realloc(crowd.times, crowd.time_cap * sizeof(*crowd.times));
        if (!crowd.times)
            die("memory");
    }
    crowd.times[crowd.time_count++] = seconds * 1000;
}

static void on_answer(struct connection *c, int status)
{
    c->waits = false;
    if (status != 200) {
        *(status == 503 ? &crowd.pushed_back : &crowd.other) += 1;
        c->again = true;
        post(c);
        return;
    }
    crowd.answered++;
    crowd.under_way--;
    if (!c->again)
        note_time(now() - c->sent);
    fprintf(crowd.list, "%d %s-%d-%u\n", c->token, crowd.name,
            (int)(c - crowd.all), c->number);
    if (crowd.flood && !crowd.ending)
        post_next(c);
}

/* Takes one whole answer out of what was read; false if there is none. */
static bool take_answer(struct connection *c)
{
    char *end = strstr(c->answer, "\r\n\r\n"), *length;
    size_t whole;
    int status;

    if (!end)
        return false;
    length = strcasestr(c->answer, "content-length:");
    whole = (size_t)(end + 4 - c->answer) +
            (length ? strtoul(length + 15, NULL, 10) : 0);
    if (c->len < whole)
        return false;
    status = atoi(c->answer + strlen("HTTP/1.1 "));
    c->len -= whole;
    memmove(c->answer, c->answer + whole, c->len + 1);
    on_answer(c, status);
    return true;
}

static void on_input(struct connection *c)
{
    ssize_t n = read(c->fd, c->answer + c->len, sizeof(c->answer) - 1 - c->len);

    if (n <= 0) { /* refused before the body, or a kept one that ended */
        close(c->fd);
        join_in(c);
        if (c->waits)
            post(c);
        return;
    }
    c->len += (size_t)n;
    c->answer[c->len] = '\0';
    while (c->waits && take_answer(c))
        ;
}

static void read_tokens(const char *path)
{
    FILE *f = fopen(path, "re");
    char line[256];

    if (!f)
        die(path);
    while (crowd.token_count < TOKENS_MAX && fgets(line, sizeof(line), f)) {
        line[strcspn(line, "\n")] = '\0';
        crowd.tokens[crowd.token_count++] = strdup(line);
    }
    fclose(f);
}

static void turn(int timeout)
{
    struct epoll_event events[256];
    int n = epoll_wait(crowd.epoll, events, 256, timeout);

    for (int i = 0; i < n; i++)
        on_input(events[i].data.ptr);
}

/* Posts at the times that the rate sets, each from the next that is free. */
static void run(double rate, double until)
{
    double next = now();
    int at = 0;

    while (now() < until) {
        turn(rate > 0 ? 1 : 100);
        for (; rate > 0 && next <= now(); next += 1 / rate)
            for (int tried = 0; tried < crowd.count; tried++) {
                struct connection *c = &crowd.all[at++ % crowd.count];

                if (c->waits)
                    continue;
                post_next(c);
                break;
            }
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quantile(double q)
{
    size_t at = (size_t)(q * (double)crowd.time_count);

    if (crowd.time_count == 0)
        return 0;
    return crowd.times[at < crowd.time_count ? at : crowd.time_count - 1];
}

int main(int argc, char **argv)
{
    double rate, seconds, deadline;

    if (argc != 8)
        return 2;
    crowd.to = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)atoi(argv[1])),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    read_tokens(argv[2]);
    crowd.name = argv[3];
    crowd.count = atoi(argv[4]);
    rate = atof(argv[5]);
    seconds = atof(argv[6]);
    crowd.list = fopen(argv[7], "we");
    crowd.epoll = epoll_create1(EPOLL_CLOEXEC);
    crowd.all = calloc((size_t)crowd.count, sizeof(*crowd.all));
    if (!crowd.list || crowd.epoll < 0 || !crowd.all || !crowd.token_count)
        die("start");
    for (int i = 0; i < crowd.count; i++) {
        crowd.all[i].token = i % crowd.token_count;
        join_in(&crowd.all[i]);
    }
    printf("open %d\n", crowd.count);
    fflush(stdout);
    crowd.flood = rate == 0 && seconds > 0;
    for (int i = 0; rate == 0 && i < crowd.count; i++)
        post_next(&crowd.all[i]);
    run(rate, now() + seconds);
    crowd.ending = true;
    for (deadline = now() + LATE; crowd.under_way > 0 && now() < deadline;)
        turn(100);
    fclose(crowd.list);
    qsort(crowd.times, crowd.time_count, sizeof(*crowd.times), by_size);
    printf("figures %lu %lu %lu %.2f %.2f %.2f\n", crowd.answered,
           crowd.pushed_back, crowd.other, quantile(0.5), quantile(0.99),
           quantile(1));
    return crowd.under_way > 0;
}
