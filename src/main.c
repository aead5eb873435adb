/* SPDX-License-Identifier: Apache-2.0 */
/* trawld: reads its configuration, checks it or runs by it. */
#include <stdio.h>

#include "arguments.h"
#include "config.h"
#include "daemon.h"

#define EXIT_CONFIG 78

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
        fprintf(stderr, "%s: not usable: %zu errors\n", a->config,
                yaml_problems_errors(problems));
    else if (a->check && !a->quiet)
        printf("%s: usable: %zu BMCs, %zu sinks, %zu routes, %zu warnings\n",
               a->config, config->bmc_count, config->sink_count,
               config->route_count, yaml_problems_warnings(problems));
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
