/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a registry, a catalogue or a clearing file that an admin
 * wrote: everything in one run, each with its line.
 */
#pragma once

#include <stddef.h>

#include "registry.h"

struct check_report {
    void (*on_problem)(void *userdata, unsigned line, const char *text);
    void *userdata;
};

/*
 * Looks at the bytes of a file; `known` are the registries that a clearing
 * file may speak of. Returns what kind of file it is, or NULL if none of ours.
 */
const char *check_file(const char *bytes, size_t len,
                       const struct registry_set *known,
                       const struct check_report *report);
