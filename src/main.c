/* SPDX-License-Identifier: Apache-2.0 */
/* trawld: reads its configuration, checks it or runs by it. */
#include <stdio.h>

#include "arguments.h"
#include "config.h"
#include "daemon.h"

#define EXIT_CONFIG 78
#define COUNT(n) n, (n) == 1 ? "" : "s"

/* Reads it and prints what is wrong; NULL if it is not usable. */
static struct config *read_config(const struct arguments *a)
{
    struct yaml_problems *problems = yaml_problems_new();
    struct config *config = config_read(a->config, problems);
    _cleanup_(buffer_done) struct buffer text = {0};

    yaml_problems_print(problems, &text);
    if (text.len > 0)
        fputs(text.data, stderr);
    if (!config)
        fprintf(stderr, "%s: not usable: %zu error%s\n", a->config,
                yaml_problems_errors(problems),
                yaml_problems_errors(problems) == 1 ? "" : "s");
    else if (a->check && !a->quiet)
        printf("%s: usable: %zu BMC%s, %zu sink%s, %zu route%s, %zu "
               "warning%s\n",
               a->config, COUNT(config->bmc_count), COUNT(config->sink_count),
               COUNT(config->route_count),
               COUNT(yaml_problems_warnings(problems)));
    yaml_problems_free(problems);
    return config;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    int status = arguments_read(argc, argv, &arguments);
    struct config *config;

    if (status >= 0)
        return status;
    config = read_config(&arguments);
    if (!config)
        return EXIT_CONFIG;
    if (arguments.check) {
        config_free(config);
        return 0;
    }
    return daemon_run(config);
}
