/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that a daemon keeps on disk, seen at once, and what is to be said
 * of it: the spool's segments, the cursors of the sinks, the state and the
 * quarantine beside it. Nothing is changed.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "deliver/cursor.h"
#include "spool/inspect.h"

struct spool_look_cursor {
    char *sink;
    struct cursor_state state;
    enum cursor_found found;
};

struct spool_look_word {
    char *text; /* a sentence for people */
    bool is_problem;
};

struct spool_look {
    const char *directory; /* the caller's */
    struct inspect in;
    struct spool_look_cursor *cursors;
    size_t cursor_count;
    pid_t holder;          /* of the lock; 0: nobody */
    int64_t state_version; /* 0: not looked into, or not there */
    uint64_t state_applied;
    uint64_t quarantine_count, quarantine_size;
    struct spool_look_word *words;
    size_t word_count, word_cap;
    size_t problems;
    bool unreadable; /* something is of a newer program */
};

int spool_look_run(const char *directory, struct spool_look *ret,
                   struct error *err);
void spool_look_done(struct spool_look *look);
