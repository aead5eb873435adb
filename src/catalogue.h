/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What codes mean that are no messages of a registry: files of schema
 * "trawl.catalogue/1" map a code, a range of codes or a pattern to text,
 * explanation, corrective action and severity. resolve.c asks for what no
 * registry knows, trawlctl explain for everything, the watch over tasks for
 * the diagnosis of updates. Read-only once loaded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "event.h"
#include "registry.h"

struct catalogue_entry {
    const char *catalogue; /* the name of the file's catalogue: AmiRequest */
    enum registry_origin origin;
    char *code; /* as the file has it: "SYS_100", "UPD4_FAIL_401-405", "X_*" */
    char *text, *explanation, *action; /* the last two may be NULL */
    enum severity severity;
    bool ignore;       /* it says nothing: dropped{ignored} */
    bool user_defined; /* its meaning is somebody else's */
    bool in_text;      /* found in message texts, too */
    /* Of a diagnosis: the state of the server, and what must be seen. */
    char *server_state;
    char **task_states, **task_statuses, *message;
    bool refused, has_when;
};

struct catalogue;

struct catalogue *catalogue_new(void);

/* NULL is accepted. */
void catalogue_free(struct catalogue *c);
DEFINE_FREEP(struct catalogue, catalogue_free);

/*
 * Adds the catalogues of a folder. Of two entries for a code the one loaded
 * first counts: load the admin's folders first. A wrong entry is told through
 * `on_problem` (may be NULL) and left out.
 */
void catalogue_load(struct catalogue *c, const char *directory,
                    enum registry_origin origin,
                    void (*on_problem)(void *userdata, const char *text),
                    void *userdata);

/* The entry of a code, whatever its case, or NULL; `c` may be NULL. */
const struct catalogue_entry *catalogue_find(const struct catalogue *c,
                                             const char *code, size_t len);

/*
 * The first code that stands as a word in a text, of the catalogues that say
 * "in_text"; ret_code and ret_len tell where.
 */
const struct catalogue_entry *catalogue_find_in(const struct catalogue *c,
                                                const char *text, size_t len,
                                                const char **ret_code,
                                                size_t *ret_len);

/* What is seen of an operation that went wrong; absent texts are NULL. */
struct catalogue_symptoms {
    const char *task_state, *task_status;
    const char *message; /* "Registry.Key" of one message */
    bool refused;        /* the request was answered with an error */
};

/* The first diagnosis that fits, or NULL. */
const struct catalogue_entry *catalogue_diagnose(
    const struct catalogue *c, const struct catalogue_symptoms *seen);

/* Whether a catalogue has that name, which events carry as their registry. */
bool catalogue_has(const struct catalogue *c, const char *name);

size_t catalogue_count(const struct catalogue *c);

/* The entries in the order of loading, 0 … count - 1. */
const struct catalogue_entry *catalogue_at(const struct catalogue *c, size_t i);
