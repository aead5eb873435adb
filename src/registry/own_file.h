/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trawl's own kinds of data files ("schema": "trawl.clearing/1" and the like),
 * which stand among the registries in the same folders. This room walks a
 * folder and hands out the documents of one kind; clearing.c and catalogue.c
 * read them. A file that is no JSON is the registries' loader's to tell.
 */
#pragma once

#include "decode/json_in.h"

struct own_file_reader {
    const char *schema;

    /* One document; `path` for problems. `userdata` is the reader's. */
    void (*on_document)(void *userdata, const char *path,
                        const struct json_value *root);
    void *userdata;
};

/* Reads every *.json of the folder with that schema, in order of name. */
void own_file_load(const char *directory, const struct own_file_reader *reader);

/* The member of that name if it is of that type; NULL else. */
const struct json_value *own_file_member(const struct json_value *object,
                                         const char *key, enum json_type type);

/* The member's text if it is one; NULL else. */
const char *own_file_text(const struct json_value *object, const char *key);

/* The texts of an array, NULL-terminated; NULL if it is none. To be freed. */
char **own_file_texts(const struct json_value *array);

/* Frees such a list; NULL is accepted. */
void own_file_texts_free(char **texts);
