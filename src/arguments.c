/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line; see arguments.h. A room of its own because getopt's
 * struct option would meet ours (option.h) elsewhere.
 */
#include "arguments.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>

#include "log.h"

static const char usage[] =
    "Usage: trawld [OPTION]...\n"
    "Collects hardware events from Redfish BMCs and delivers them to "
    "journald,\n"
    "syslog, Kafka and files.\n"
    "\n"
    "  -c, --config FILE    configuration (default: " TRAWL_CONFIG ")\n"
    "      --check-config   read the configuration, report everything that is\n"
    "                       wrong with it, and end: 0 if it is usable, else "
    "78\n"
    "  -q, --quiet          with --check-config: say nothing if it is usable\n"
    "  -v, --verbose        more lines on what happens\n"
    "      --version        print the version and end\n"
    "  -h, --help           print this and end\n"
    "\n"
    "SIGHUP reads the configuration again; it is adopted whole or refused "
    "whole.\n"
    "SIGTERM ends trawld after what it has taken is on disk and answered.\n";

enum { OPTION_CHECK = 256, OPTION_VERSION };

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check-config", no_argument, NULL, OPTION_CHECK},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, 'h'},
    {0},
};

int arguments_read(int argc, char **argv, struct arguments *a)
{
    int c;

    *a = (struct arguments){.config = TRAWL_CONFIG};
    while ((c = getopt_long(argc, argv, "c:qvh", long_options, NULL)) >= 0) {
        switch (c) {
        case 'c':
            a->config = optarg;
            break;
        case OPTION_CHECK:
            a->check = true;
            break;
        case 'q':
            a->quiet = true;
            break;
        case 'v':
            log_set_level(LOG_LEVEL_DEBUG);
            break;
        case OPTION_VERSION:
            puts("trawld " PACKAGE_VERSION);
            return 0;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs("Try 'trawld --help'.\n", stderr);
            return ARGUMENTS_USAGE_ERROR;
        }
    }
    if (optind == argc)
        return -1;
    fprintf(stderr, "trawld: '%s' is not understood. Try 'trawld --help'.\n",
            argv[optind]);
    return ARGUMENTS_USAGE_ERROR;
}
