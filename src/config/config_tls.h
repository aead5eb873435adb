/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate and its private key, as the TLS library will take them: that
 * they can be read, belong together, and are good today. A pair that is no use
 * would else be found when the daemon starts, and one that has expired by the
 * first BMC that refuses it.
 */
#pragma once

#include "config/config_parts.h"

/*
 * Adds what is wrong, and warns of days and rights. Nothing unless both files
 * are given; what config_check_file() finds is not said again. Each pair is
 * looked at once.
 */
void config_check_pair(struct config_reader *r, const struct yaml_mark *mark,
                       const char *path, const char *certificate,
                       const char *key);
