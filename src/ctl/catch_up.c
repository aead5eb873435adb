/* SPDX-License-Identifier: Apache-2.0 */
/* trawlctl catch-up: reads the logs of BMCs now, for what was missed. */
#include "ctl/ask.h"
#include "ctl/ctl.h"
#include "ctl/each.h"

static const struct each_command command = {
    .command = "catch-up",
    .usage = "Usage: trawlctl catch-up [OPTION]... BMC...\n"
             "       trawlctl catch-up [OPTION]... --all\n"
             "Reads the logs of BMCs now, and sends on what was missed.\n"
             "BMC is a name, where * is any text.\n"
             "\n"
             "  -a, --all            all BMCs\n" //
    ASK_USAGE "\n"
             "The exit status is 0 if all logs could be read.\n",
    .good = "the logs were read",
};

static int run(int argc, char **argv)
{
    return each_run(&command, argc, argv);
}

const struct ctl_command ctl_catch_up = {
    .name = "catch-up",
    .summary = "read the logs of a BMC for what was missed",
    .run = run,
};
