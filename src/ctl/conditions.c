/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl conditions: what is wrong in the fleet now, since when and how
 * often; conditions clear: ends what will never clear itself. Asks the daemon
 * over its control socket.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "ctl/ctl.h"
#include "decode/json_in.h"
#include "util/alloc.h"

#define STANDARD_SOCKET "/run/trawl/control.sock"

static const char usage[] =
    "Usage: trawlctl conditions [OPTION]...\n"
    "       trawlctl conditions clear ID --why TEXT\n"
    "Lists what is wrong now, or ends a condition by hand.\n"
    "\n"
    "  -b, --bmc GLOB       only of these BMCs\n"
    "  -s, --severity NAME  only Critical, Warning or unknown\n"
    "  -j, --json           one JSON object for each, on one line\n"
    "  -w, --why TEXT       the reason, for the event that tells of it\n"
    "  -S, --socket PATH    of the daemon (default: " STANDARD_SOCKET ")\n"
    "  -h, --help           print this and end\n";

static const struct option long_options[] = {
    {"bmc", required_argument, NULL, 'b'},
    {"severity", required_argument, NULL, 's'},
    {"json", no_argument, NULL, 'j'},
    {"why", required_argument, NULL, 'w'},
    {"socket", required_argument, NULL, 'S'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct wishes {
    const char *bmc, *severity, *why, *socket, *id;
    bool json, help;
};

static int connect_to(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
        return fd;
    fprintf(stderr, "trawlctl: cannot reach the daemon at %s: %s\n", path,
            strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static void write_request(const struct wishes *wish, struct buffer *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    json_writer_member(&w, "command", wish->id ? "clear" : "conditions");
    json_writer_member(&w, "bmc", wish->bmc);
    json_writer_member(&w, "severity", wish->severity);
    json_writer_member(&w, "id", wish->id);
    json_writer_member(&w, "why", wish->why);
    json_writer_close_object(&w);
    buffer_add_char(out, '\n');
}

static const char *text_of(const struct json_value *v, const char *key)
{
    size_t len;

    v = json_in_find(v, key);
    return v ? json_in_text(v, &len) : NULL;
}

static void print_condition(const struct json_value *v)
{
    printf("%s  %-8s  %s  %s\n", text_of(v, "first") ?: "",
           text_of(v, "severity") ?: "", text_of(v, "bmc") ?: "",
           text_of(v, "message") ?: text_of(v, "message_id") ?: "");
    if (text_of(v, "origin"))
        printf("    origin: %s\n", text_of(v, "origin"));
    printf("    %s, %s times, last %s\n", text_of(v, "state") ?: "",
           text_of(v, "count") ?: "", text_of(v, "last") ?: "");
    if (text_of(v, "resolution"))
        printf("    resolution: %s\n", text_of(v, "resolution"));
    printf("    id: %s\n", text_of(v, "id") ?: "");
}

/* True after the last line. */
static bool heed(const char *line, const struct wishes *wish, int *ret)
{
    _cleanup_(json_in_freep) struct json_in *doc =
        json_in_read(line, strlen(line), NULL);
    const struct json_value *v = doc ? json_in_root(doc) : NULL;

    if (!v)
        return false;
    if (text_of(v, "error")) {
        fprintf(stderr, "trawlctl: %s\n", text_of(v, "error"));
        return true;
    }
    if (json_in_find(v, "done")) {
        *ret = CTL_DONE;
        return true;
    }
    if (wish->json)
        puts(line);
    else
        print_condition(v);
    return false;
}

static int ask(const struct wishes *wish)
{
    _cleanup_(buffer_done) struct buffer request = {0};
    _cleanup_free_ char *line = NULL;
    int fd = connect_to(wish->socket), ret = CTL_FAILED;
    size_t size = 0;
    ssize_t len;
    FILE *answers;

    if (fd < 0)
        return CTL_FAILED;
    write_request(wish, &request);
    if (send(fd, request.data, request.len, MSG_NOSIGNAL) < 0)
        perror("trawlctl: the daemon does not listen");
    answers = fdopen(fd, "r");
    while ((len = getline(&line, &size, answers)) > 0) {
        if (line[len - 1] == '\n')
            line[len - 1] = '\0';
        if (heed(line, wish, &ret))
            break;
    }
    fclose(answers);
    return ret;
}

static bool read_options(int argc, char **argv, struct wishes *wish)
{
    int c;

    while ((c = getopt_long(argc, argv, "b:s:jw:S:h", long_options, NULL)) !=
           -1)
        switch (c) {
        case 'b':
            wish->bmc = optarg;
            break;
        case 's':
            wish->severity = optarg;
            break;
        case 'j':
            wish->json = true;
            break;
        case 'w':
            wish->why = optarg;
            break;
        case 'S':
            wish->socket = optarg;
            break;
        case 'h':
            wish->help = true;
            break;
        default:
            return false;
        }
    if (optind == argc)
        return true;
    if (argc - optind != 2 || strcmp(argv[optind], "clear") != 0 || !wish->why)
        return false;
    wish->id = argv[optind + 1];
    return true;
}

static int run(int argc, char **argv)
{
    struct wishes wish = {.socket = STANDARD_SOCKET};

    if (!read_options(argc, argv, &wish)) {
        fputs(usage, stderr);
        return CTL_USAGE;
    }
    if (wish.help) {
        fputs(usage, stdout);
        return CTL_DONE;
    }
    return ask(&wish);
}

const struct ctl_command ctl_conditions = {
    .name = "conditions",
    .summary = "what is wrong in the fleet now; end a condition by hand",
    .run = run,
};
