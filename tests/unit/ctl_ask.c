/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl's talk with the daemon, against one that says what a test wants;
 * and the tables that it prints.
 */
#include "ctl/ask.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "ctl/ctl.h"
#include "ctl/table.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

#define NOW (UINT64_C(1795160000) * USEC_PER_SEC)

static const struct {
    const char *answer; /* of the daemon */
    const char *heard;  /* line by line, joined by a bar */
    int status;
    const char *words; /* on standard error */
    const char *what;
} talks[] = {
    {"{\"n\":1}\n{\"n\":2}\n{\"done\":2}\n", "1|2|", CTL_DONE, "",
     "a whole answer"},
    {"{\"done\":0}\n", "", CTL_DONE, "", "an empty one"},
    {"{\"n\":1}\n{\"error\":\"it broke\"}\n", "1|", CTL_FAILED,
     "trawlctl: it broke\n", "an error"},
    {"{\"error\":\"not an Ev\\u001b[2Jent\\n\\u009b\"}\n", "", CTL_FAILED,
     "trawlctl: not an Ev[2Jent \n", "one in which a BMC has its say"},
    {"{\"n\":1,\"error\":\"of a BMC\"}\n{\"n\":2,\"done\":1}\n{\"done\":2}\n",
     "1|2|", CTL_DONE, "", "lines that have such a member too"},
    {"{\"n\":1}\n", "1|", CTL_FAILED,
     "trawlctl: the daemon ended before it had answered all\n",
     "a daemon that dies"},
    {"", "", CTL_FAILED,
     "trawlctl: the daemon ended before it had answered all\n",
     "one that says nothing"},
    {"SSH-2.0\n", "", CTL_FAILED,
     "trawlctl: what the daemon said is no answer: SSH-2.0\n", "somebody else"},
    {"\033[2J\007\n", "", CTL_FAILED,
     "trawlctl: what the daemon said is no answer: [2J\n",
     "somebody who would write elsewhere on the screen"},
};

static char directory[] = "/tmp/trawl-ask-XXXXXX";

static int listen_at(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    if (bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0 || listen(fd, 1) < 0)
        skip_all("no socket");
    return fd;
}

/* A daemon of one answer; its exit status tells whether it was asked well. */
static pid_t answer_once(int listener, const char *answer)
{
    static const char want[] = "{\"command\":\"list\",\"bmc\":\"r1\"}\n";
    char got[sizeof(want)] = "";
    pid_t pid = fork();
    int fd;

    if (pid != 0)
        return pid;
    fd = accept(listener, NULL, NULL);
    if (recv(fd, got, sizeof(want) - 1, MSG_WAITALL) < 0)
        _exit(2);
    file_write_bytes(fd, answer, strlen(answer));
    _exit(strcmp(got, want) == 0 ? 0 : 1);
}

static void on_line(const struct json_value *answer, const char *line,
                    void *userdata)
{
    is_int(line[0], '{', "the line is there as it came");
    ask_add(userdata, "%s|", answer, "n");
}

/* What goes to standard error while `a` asks. */
static char *ask_quietly(struct ask *a, struct buffer *heard, int *ret_status)
{
    _cleanup_free_ char *path = xasprintf("%s/stderr", directory);
    struct buffer words = {0};
    int before = dup(STDERR_FILENO);

    if (!freopen(path, "w", stderr))
        skip_all("no file for standard error");
    ask_begin(a, "list");
    json_writer_member(&a->w, "bmc", "r1");
    *ret_status = ask_run(a, on_line, heard);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    file_read(path, 4096, &words, NULL);
    unlink(path);
    buffer_add(&words, "", 0);
    return buffer_take_text(&words);
}

static void test_talks(void)
{
    _cleanup_free_ char *path = xasprintf("%s/socket", directory);
    int listener = listen_at(path);

    for (size_t i = 0; i < ARRAY_LEN(talks); i++) {
        _cleanup_(buffer_done) struct buffer heard = {0};
        pid_t pid = answer_once(listener, talks[i].answer);
        struct ask a = {.socket = path};
        int status, its;
        _cleanup_free_ char *words = ask_quietly(&a, &heard, &status);

        buffer_add(&heard, "", 0);
        is_int(status, talks[i].status, "%s", talks[i].what);
        is_text(heard.data, talks[i].heard, "... its lines");
        is_text(words, talks[i].words, "... its words");
        waitpid(pid, &its, 0);
        is_int(its, 0, "... to what was asked");
    }
    close(listener);
    unlink(path);
}

static void test_nobody(void)
{
    _cleanup_free_ char *path = xasprintf("%s/nobody", directory);
    struct ask a = {.socket = path};
    int status;
    _cleanup_free_ char *words = ask_quietly(&a, NULL, &status);

    is_int(status, CTL_FAILED, "nobody listens");
    ok(strstr(words, "is trawld running (systemctl status trawld)?") &&
           strstr(words, path) && strstr(words, "--socket"),
       "the words help: %s", words);
    close(listen_at(path));
    free(words);
    words = ask_quietly(&a, NULL, &status);
    ok(strstr(words, "is trawld running"), "a socket that was left behind");
    unlink(path);
}

static const char *const headings[] = {"BMC", "STATE", "LAST", NULL};

static void test_table(void)
{
    _cleanup_(table_freep) struct table *t = table_new(headings);
    _cleanup_(buffer_done) struct buffer out = {0};

    table_write(t, &out);
    is_int(out.len, 0, "no row, no heading");
    table_add(t, "r1");
    table_add(t, "unreachable");
    table_add(t, "M\303\274ll\033[2J\ner");
    table_add(t, "r\303\2742-long");
    table_add(t, NULL);
    table_add(t, "");
    table_write(t, &out);
    is_text(out.data,
            "BMC       STATE        LAST\n"
            "r1        unreachable  M\303\274ll[2J er\n"
            "r\303\2742-long  -            -\n",
            "columns line up, controls are gone");
}

static const struct {
    usec_t ago;
    const char *text;
} ages[] = {
    {0, "now"},
    {USEC_PER_SEC - 1, "0 s"},
    {119 * USEC_PER_SEC, "119 s"},
    {120 * USEC_PER_SEC, "2 min"},
    {2 * USEC_PER_HOUR, "2 h"},
    {47 * USEC_PER_HOUR, "47 h"},
    {2 * USEC_PER_DAY, "2 d"},
    {NOW, "never"},
};

static void test_ages(void)
{
    char text[TABLE_AGE_MAX];

    for (size_t i = 0; i < ARRAY_LEN(ages); i++)
        is_text(table_age(NOW, NOW - ages[i].ago, text), ages[i].text,
                "an age of %s", ages[i].text);
    is_text(table_age(NOW, NOW + 1, text), "now", "the future is now");
    is_text(table_ago(NOW, NOW - USEC_PER_HOUR, text), "60 min ago", "ago");
    is_text(table_ago(NOW, 0, text), "never", "... but not never");
    is_text(table_ago(NOW, NOW, text), "now", "... nor now");
}

static const struct {
    uint64_t bytes;
    const char *text;
} sizes[] = {
    {0, "0 B"},
    {1023, "1023 B"},
    {1536, "1.5 KiB"},
    {10 << 20, "10 MiB"},
    {UINT64_C(4) << 30, "4.0 GiB"},
    {UINT64_C(5000) << 40, "5000 TiB"},
};

static void test_sizes(void)
{
    char text[TABLE_SIZE_MAX];

    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        is_text(table_size(sizes[i].bytes, text), sizes[i].text, "a size of %s",
                sizes[i].text);
}

int main(void)
{
    if (!mkdtemp(directory))
        skip_all("no temporary folder");
    test_talks();
    test_nobody();
    test_table();
    test_ages();
    test_sizes();
    rmdir(directory);
    return done_testing();
}
