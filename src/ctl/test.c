/* SPDX-License-Identifier: Apache-2.0 */
/* trawlctl test: does what a BMC sends arrive? Asks it for a test event. */
#include "ctl/ask.h"
#include "ctl/ctl.h"
#include "ctl/each.h"

static const struct each_command command = {
    .command = "test",
    .usage = "Usage: trawlctl test [OPTION]... BMC...\n"
             "       trawlctl test [OPTION]... --all\n"
             "Asks BMCs for a test event each, and says whether it arrived "
             "and how fast.\n"
             "BMC is a name, where * is any text.\n"
             "\n"
             "  -a, --all            all BMCs\n" //
    ASK_USAGE "\n"
             "The exit status is 0 if all of them arrived.\n",
    .good = "the test event arrived",
};

static int run(int argc, char **argv)
{
    return each_run(&command, argc, argv);
}

const struct ctl_command ctl_test = {
    .name = "test",
    .summary = "do events of a BMC arrive? ask it for one",
    .run = run,
};
