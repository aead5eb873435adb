/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The places for arguments in a message's text. Decode notes a text that came
 * with some left; resolve looks for better words then.
 */
#pragma once

#include <stdbool.h>

/*
 * Whether a "%1" or "%s" is left that nobody filled in. "50%", "100% of", and
 * the escapes of a URI ("%20", "%2F") are none: no published message has more
 * than 15 arguments (clearing reference).
 */
bool placeholder_is_left(const char *text);
