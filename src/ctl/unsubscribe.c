/* SPDX-License-Identifier: Apache-2.0 */
/* trawlctl unsubscribe: takes our subscription at BMCs back. */
#include "ctl/ask.h"
#include "ctl/ctl.h"
#include "ctl/each.h"

static const struct each_command command = {
    .command = "unsubscribe",
    .usage = "Usage: trawlctl unsubscribe [OPTION]... BMC...\n"
             "       trawlctl unsubscribe [OPTION]... --all\n"
             "       trawlctl unsubscribe --forget NAME...|--all\n"
             "Removes Trawl's own subscription at BMCs, which are left alone "
             "until a\n"
             "reload or a restart.\n"
             "BMC is a name, where * is any text.\n"
             "\n"
             "  -a, --all            all BMCs\n"
             "      --forget         of BMCs that are not configured any more: "
             "what\n"
             "                       may be left there is settled; nobody is "
             "asked\n" ASK_USAGE "\n"
             "The exit status is 0 if none is left.\n",
    .forget = "forget",
    .good = "our subscription is removed",
};

static int run(int argc, char **argv)
{
    return each_run(&command, argc, argv);
}

const struct ctl_command ctl_unsubscribe = {
    .name = "unsubscribe",
    .summary = "take our subscription at a BMC back",
    .run = run,
};
