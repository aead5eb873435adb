/* SPDX-License-Identifier: Apache-2.0 */
/* Between catalogue_load.c, which reads entries, and catalogue.c. */
#pragma once

#include "catalogue.h"
#include "decode/json_in.h"

#define CATALOGUE_ENTRIES_MAX 100000u /* of one file */

/* Keeps a catalogue's name for as long as its entries live. */
const char *catalogue_name(struct catalogue *c, const char *name);

/* Takes an entry and indexes it. */
void catalogue_add(struct catalogue *c, struct catalogue_entry *e);

/* Adds the entries of one document of our schema; `path` is for problems. */
void catalogue_load_document(
    struct catalogue *c, const char *path, const struct json_value *root,
    enum registry_origin origin,
    void (*on_problem)(void *userdata, const char *text), void *userdata);

void catalogue_entry_free(struct catalogue_entry *e);
