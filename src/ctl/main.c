/* SPDX-License-Identifier: Apache-2.0 */
/* trawlctl: the operator's tool. Finds the subcommand and hands over. */
#include "ctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/macro.h"
#include "util/nearest.h"

/* A line each. */
/* clang-format off */
static const struct ctl_command *const commands[] = {
    &ctl_status,
    &ctl_bmcs,
    &ctl_subscriptions,
    &ctl_test,
    &ctl_catch_up,
    &ctl_unsubscribe,
    &ctl_conditions,
    &ctl_events,
    &ctl_spool,
    &ctl_replay,
    &ctl_quarantine,
    &ctl_route,
    &ctl_explain,
    &ctl_registries,
    &ctl_check,
};
/* clang-format on */

static void print_help(void)
{
    puts("Usage: trawlctl COMMAND [OPTION]... [ARGUMENT]...\n"
         "What Trawl knows and does, for people and scripts.\n");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        printf("  %-14s %s\n", commands[i]->name, commands[i]->summary);
    puts(
        "\n  --version    print the version and end\n"
        "  --help       print this and end; trawlctl COMMAND --help says more");
}

static void say_unknown(const char *word)
{
    struct nearest n = {.word = word};

    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        nearest_offer(&n, commands[i]->name);
    fprintf(stderr,
            "trawlctl: '%s' is no command%s%s%s Try 'trawlctl "
            "--help'.\n",
            word, n.best ? "; did you mean '" : "", n.best ? n.best : "",
            n.best ? "'?" : ".");
}

/* What could not be written was not said: a script must not think it was. */
static int finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "trawlctl: cannot write the output: %s\n", strerror(errno));
    return status == CTL_DONE ? CTL_FAILED : status;
}

/* getopt() begins its messages with the name. */
static int run(const struct ctl_command *command, int argc, char **argv)
{
    char name[32];

    snprintf(name, sizeof(name), "trawlctl %s", command->name);
    argv[0] = name;
    return command->run(argc, argv);
}

static int begin(int argc, char **argv)
{
    /* Helpful, and yet a mistake: a script that forgot its word must notice. */
    if (argc < 2) {
        print_help();
        return CTL_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help();
        return CTL_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("trawlctl " PACKAGE_VERSION);
        return CTL_DONE;
    }
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (strcmp(commands[i]->name, argv[1]) == 0)
            return run(commands[i], argc - 1, argv + 1);
    say_unknown(argv[1]);
    return CTL_USAGE;
}

int main(int argc, char **argv)
{
    return finish(begin(argc, argv));
}
