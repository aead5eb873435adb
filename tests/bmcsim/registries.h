/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message registries from a directory of files in Redfish's JSON form, listed
 * by the name of the file and read when first asked for.
 */
#ifndef BMCSIM_REGISTRIES_H
#define BMCSIM_REGISTRIES_H

#include "http.h"

/* Lists directory/ *.json. NULL (and err) when it cannot be read. */
struct registries *registries_open(const char *directory, struct error *err);
void registries_close(struct registries *r);

/* Requests below /redfish/v1/Registries and /redfish/v1/RegistryStore; false
 * when path is neither. */
bool registries_handle(struct request *r, struct reply *ret);

/* The prefixes that the BMC serves, as an array. New reference. */
json_t *registries_prefixes(const struct bmc *b);

#endif
