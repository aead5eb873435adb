/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a subcommand knows of messages without a daemon: the installed
 * registries and the admin's, from the folders named or the usual one.
 */
#pragma once

#include <stddef.h>

#include "registry.h"

/* Never NULL; problems go to standard error. */
struct registry_set *known_load(char *const *folders, size_t count);

/*
 * The folder of the cache of what BMCs serve, as the configuration names it;
 * NULL, told, if that cannot be used. The caller frees it.
 */
char *known_cache(const char *config);
