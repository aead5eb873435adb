/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines for people of which parts are somebody else's: a BMC's texts, the keys
 * of a vendor's file, what a log server answered.
 */
#pragma once

#include <stdio.h>

#include "util/macro.h"

/* One line, its end included, without anything that a terminal would obey. */
void say(FILE *to, const char *format, ...) _printf_(2, 3);
