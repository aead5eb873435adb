/* SPDX-License-Identifier: Apache-2.0 */
/* The text of --help: command line, settings, control port, scenario. */
#ifndef BMCSIM_HELP_H
#define BMCSIM_HELP_H

void help_print(void);

#endif
