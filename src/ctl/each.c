/* SPDX-License-Identifier: Apache-2.0 */
/* See each.h. */
#include "ctl/each.h"

#include <stdio.h>
#include <string.h>

#include "ctl/ask.h"
#include "ctl/ctl.h"
#include "util/macro.h"

static const struct option long_options[] = {
    {"all", no_argument, NULL, 'a'},
    {"forget", no_argument, NULL, 'F'},
    ASK_OPTIONS,
};

struct each {
    struct ask ask;
    const struct each_command *command;
    bool all, forget;
    size_t count, good;
};

static void print_one(const struct json_value *v, bool ok)
{
    _cleanup_(buffer_done) struct buffer out = {0};

    ask_add(&out, "%-16s", v, "bmc");
    buffer_add_text(&out, ok ? "  ok      " : "  FAILED  ");
    ask_add(&out, "%s", v, "text");
    puts(out.data);
    /* A BMC takes its time: who waits, or reads a pipe, sees each at once. */
    fflush(stdout);
}

static void on_line(const struct json_value *v, const char *line,
                    void *userdata)
{
    struct each *e = userdata;
    const char *text = ask_text(v, "ok");
    bool ok = text && strcmp(text, "true") == 0;

    e->count++;
    e->good += ok;
    if (e->ask.json)
        puts(line);
    else
        print_one(v, ok);
}

/* The names in the request, from argv[optind] on. */
static void add_names(struct each *e, int argc, char **argv)
{
    struct json_writer *w = &e->ask.w;

    json_writer_key(w, "bmcs");
    json_writer_open_array(w);
    for (int i = optind; i < argc; i++)
        json_writer_text(w, argv[i], strlen(argv[i]));
    json_writer_close_array(w);
    json_writer_key(w, "all");
    json_writer_bool(w, e->all);
}

static bool read_options(int argc, char **argv, struct each *e)
{
    int c;

    while ((c = getopt_long(argc, argv, "a" ASK_SHORT, long_options, NULL)) !=
           -1) {
        if (c == 'a')
            e->all = true;
        else if (c == 'F' && e->command->forget)
            e->forget = true;
        else if (!ask_option(&e->ask, c))
            return false;
    }
    /*
     * Names or --all, and not both: a mistake must not reach the whole fleet.
     */
    if (e->ask.help || e->all != (optind < argc))
        return true;
    fprintf(stderr, "trawlctl %s: %s\n", e->command->command,
            e->all ? "name BMCs or say --all, not both"
                   : "of which BMCs? Name them, or say --all");
    return false;
}

int each_run(const struct each_command *command, int argc, char **argv)
{
    struct each e = {.ask = ASK_NEW, .command = command};
    bool good = read_options(argc, argv, &e);
    int status;

    if (ask_usage(&e.ask, good, command->usage, &status))
        return status;
    ask_begin(&e.ask, e.forget ? command->forget : command->command);
    add_names(&e, argc, argv);
    status = ask_run(&e.ask, on_line, &e);
    if (!e.ask.json && e.count > 1)
        printf("%zu of %zu: %s\n", e.good, e.count,
               e.forget ? "forgotten" : command->good);
    /* The call went well, and a script must notice the BMC that did not. */
    return status == CTL_DONE && e.good < e.count ? CTL_FAILED : status;
}
