/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The number under which journald and its catalog know a message: derived
 * from `Registry.Key` without version, so that it is the same on every machine
 * for ever. A UUID of version 8 (RFC 9562): SHA-256 of a namespace of ours and
 * the text. Used by the journal's format and by what generates the catalog.
 */
#pragma once

#define MESSAGE_UUID_LEN 32

/*
 * Writes 32 lower-case hexadecimal digits and NUL. `registry` may be NULL for
 * a key that came without one.
 */
void message_uuid_format(const char *registry, const char *key,
                         char ret_text[MESSAGE_UUID_LEN + 1]);
