/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of options: the keys of a YAML mapping, their types, defaults and
 * meaning. One table reads the configuration, names the nearest known key for
 * an unknown one, and is compared with the shipped conf/trawl.yaml.
 * Sinks bring tables of their own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "yaml.h"

enum option_kind {
    OPTION_TEXT,     /* char * */
    OPTION_BOOL,     /* bool */
    OPTION_INT,      /* int64_t; between min and max */
    OPTION_DURATION, /* usec_t; between min and max when max is set */
    OPTION_SIZE,     /* uint64_t bytes; between min and max */
    OPTION_CHOICE,   /* int: the index in choices, NULL-terminated */
    OPTION_TEXTS,    /* struct option_texts: a list of text, or one text */
    OPTION_PAIRS,    /* struct option_pairs: a mapping of text to text */
    OPTION_SECTION, /* a mapping read by `section`, at the same base + offset */
    OPTION_CUSTOM,  /* left to the caller, who asks yaml_find() */
};

struct option_texts {
    char **items;
    size_t count;
};

struct option_pair {
    char *name;
    char *value;
};

struct option_pairs {
    struct option_pair *items;
    size_t count;
};

struct option {
    const char *key;
    enum option_kind kind;
    size_t offset;                /* of the member in the structure */
    const char *standard;         /* default as written in YAML; NULL: none */
    const char *meaning;          /* one line for people */
    const char *const *choices;   /* CHOICE */
    const struct option *section; /* SECTION; tables end with key NULL */
    int64_t min, max;
    bool required;
};

/*
 * Fills `ret_base` from a mapping (NULL: the defaults alone). Every mistake
 * is added to `problems` with its place; returns false if there were any.
 * `path` is the dotted name of the mapping for messages ("sinks.siem").
 * Short for option_init(), option_check_keys() and option_overlay().
 */
bool option_read(const struct option *table, const struct yaml_node *mapping,
                 const char *path, void *ret_base,
                 struct yaml_problems *problems);

/* Sets the defaults. */
void option_init(const struct option *table, void *ret_base);

/*
 * Sets what stands in the mapping, and leaves the rest as it is: sections
 * and pairs merge. Unknown keys of the mapping itself are passed over.
 */
bool option_overlay(const struct option *table, const struct yaml_node *mapping,
                    const char *path, void *base,
                    struct yaml_problems *problems);

/* Adds a problem for each key that stands in none of the tables. */
bool option_check_keys(const struct option *const *tables, size_t count,
                       const struct yaml_node *mapping, const char *path,
                       struct yaml_problems *problems);

/* A copy of all that option_read() filled, to be ended by option_done(). */
void option_copy(const struct option *table, const void *base, void *ret_base);

/* Frees what option_read() allocated in `base` and zeroes it. */
void option_done(const struct option *table, void *base);

/*
 * Hands on what stands in `base`, by its dotted name and as it is written:
 * all that is not nothing (false, 0, the first choice, no text). Pairs are
 * passed over.
 */
struct option_shown {
    void (*on_value)(void *userdata, const char *path, const char *value);
    void *userdata;
};
void option_show(const struct option *table, const void *base, const char *path,
                 const struct option_shown *shown);

/* "path.key", or "key" if there is no path; the caller frees it. */
char *option_path(const char *path, const char *key);

/* What a node is, for messages: "a list", "text", … */
const char *option_kind_of(const struct yaml_node *node);

/* One value by itself, as the table reads it. False if it is none. */
bool option_parse_duration(const char *text, usec_t *ret);
bool option_parse_size(const char *text, uint64_t *ret);
bool option_parse_bool(const char *text, bool *ret);
bool option_parse_int(const char *text, int64_t *ret);

/* The shortest way to write one; into a buffer of OPTION_TEXT_MAX bytes. */
#define OPTION_TEXT_MAX 32
const char *option_format_duration(usec_t value, char *ret_text);
const char *option_format_size(uint64_t value, char *ret_text);
