/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines on stderr, read back through a pipe and a pseudo terminal: levels,
 * their prefixes, that no text can forge a line, and the limit of lines.
 */
#include "log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"
#include "util/macro.h"
#include "util/utf8.h"

/* What was written to stderr since stderr was `fd`'s other end. */
static const char *heard(int fd, char *buffer, size_t size)
{
    ssize_t n = read(fd, buffer, size - 1);

    buffer[n > 0 ? n : 0] = '\0';
    return buffer;
}

static void test_levels(int fd)
{
    char line[4096];

    log_error("disk %d", 1);
    is_text(heard(fd, line, sizeof(line)), "<3>disk 1\n", "an error");
    log_warning("%s", "retry");
    is_text(heard(fd, line, sizeof(line)), "<4>retry\n", "a warning");
    log_info("ready");
    is_text(heard(fd, line, sizeof(line)), "<6>ready\n", "a change of state");
    log_debug("detail");
    is_text(heard(fd, line, sizeof(line)), "", "details are not written");
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("detail");
    is_text(heard(fd, line, sizeof(line)), "<7>detail\n", "... unless asked");
    log_set_level(LOG_LEVEL_WARNING);
    log_info("ready");
    log_warning("still");
    is_text(heard(fd, line, sizeof(line)), "<4>still\n",
            "a quieter level leaves out what is below it");
    log_set_level(LOG_LEVEL_INFO);
}

static const struct {
    const char *text, *line, *what;
} forged[] = {
    {"a\n<3>disk on fire", "<6>a <3>disk on fire\n", "a line end"},
    {"a\r\n\tb", "<6>a   b\n", "carriage return and tab"},
    {"\x1b[31mred\x1b]0;title\x07", "<6> [31mred ]0;title \n",
     "what moves a terminal"},
    {"a\x7f"
     "b",
     "<6>a b\n", "the delete character"},
    {"\xc2\x9b"
     "31mred\xc2",
     "<6>  31mred\xc2\n", "the same in one character"},
    {"grün ≤ %s %n", "<6>grün ≤ %s %n\n", "letters beyond ASCII, percents"},
    {"", "<6>\n", "nothing at all"},
};

static void test_forgery(int fd)
{
    char line[4096];

    for (size_t i = 0; i < ARRAY_LEN(forged); i++) {
        log_info("%s", forged[i].text);
        is_text(heard(fd, line, sizeof(line)), forged[i].line, "in a text: %s",
                forged[i].what);
    }
}

static void test_long(int fd)
{
    char text[5000], line[8192];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_info("%s", text);
    heard(fd, line, sizeof(line));
    ok(strlen(line) <= 2048 && strchr(line, '\n') == line + strlen(line) - 1,
       "a very long line is cut, and ended");
    for (size_t len = 2030; len < 2060; len++) {
        text[len] = '\0';
        log_info("%s", text);
        heard(fd, line, sizeof(line));
        if (line[0] != '<' || line[strlen(line) - 1] != '\n')
            ok(false, "one of %zu bytes is whole", len);
        text[len] = 'x';
    }
}

/* Else the journal shows a blob instead of a text. */
static void test_long_letters(int fd)
{
    char text[5001] = "", line[8192];

    for (size_t i = 0; i + 2 < sizeof(text); i += 2)
        memcpy(text + i, "ü", 2);
    for (int before = 0; before < 2; before++) {
        log_info("%s%s", before ? "x" : "", text);
        heard(fd, line, sizeof(line));
        ok(strlen(line) > 2000 && utf8_is_valid(line, strlen(line)),
           "a line is cut between letters");
    }
}

static void test_terminal(void)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    char line[256];
    int other;

    if (terminal < 0 || grantpt(terminal) < 0 || unlockpt(terminal) < 0 ||
        (other = open(ptsname(terminal), O_RDWR | O_NOCTTY)) < 0) {
        diag("no pseudo terminal here");
        return;
    }
    dup2(other, STDERR_FILENO);
    log_warning("to a person");
    is_text(heard(terminal, line, sizeof(line)), "to a person\r\n",
            "a terminal gets no prefix");
    close(other);
    close(terminal);
}

static void test_limit(void)
{
    struct log_limit limit = {.interval = 1000, .burst = 2};
    unsigned silenced = 99;

    ok(log_limit_pass(&limit, 5000, &silenced) && silenced == 0,
       "the first line passes");
    ok(log_limit_pass(&limit, 5001, NULL), "... up to the burst");
    ok(!log_limit_pass(&limit, 5002, &silenced), "then no more");
    ok(!log_limit_pass(&limit, 5999, NULL), "... in the interval");
    ok(log_limit_pass(&limit, 6000, &silenced), "the next one has its own");
    is_int(silenced, 2, "... and says how many were held back");
    ok(log_limit_pass(&limit, 6001, &silenced) && silenced == 0, "... once");
}

int main(void)
{
    int fds[2], real = dup(STDERR_FILENO);

    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0 ||
        dup2(fds[1], STDERR_FILENO) < 0)
        skip_all("no pipe");
    test_levels(fds[0]);
    test_forgery(fds[0]);
    test_long(fds[0]);
    test_long_letters(fds[0]);
    test_terminal();
    dup2(real, STDERR_FILENO);
    test_limit();
    return done_testing();
}
