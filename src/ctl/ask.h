/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking the daemon over its control socket: the options that all who ask
 * share, the request as it is written, and the answer line by line. Why there
 * is none, and what to do, goes to standard error here.
 *
 *   struct ask a = ASK_NEW;
 *   ... getopt_long() with ASK_OPTIONS, ask_option() for what it returns
 *   ask_begin(&a, "bmcs");
 *   json_writer_member(&a.w, "bmc", glob);
 *   status = ask_run(&a, on_answer, userdata);
 */
#pragma once

#include <getopt.h>
#include <stdbool.h>

#include "decode/json_in.h"
#include "util/buffer.h"
#include "util/clock.h"
#include "util/json_writer.h"

#define ASK_SOCKET "/run/trawl/control.sock"

struct ask {
    const char *socket;
    bool json, help;
    struct buffer request;
    struct json_writer w; /* of the request, inside its object */
};

#define ASK_NEW              \
    {                        \
        .socket = ASK_SOCKET \
    }

/* The last of the short and of the long options, and of the usage. */
#define ASK_SHORT "jS:h"
/* clang-format off */
#define ASK_OPTIONS \
    {"json", no_argument, NULL, 'j'}, \
    {"socket", required_argument, NULL, 'S'}, \
    {"help", no_argument, NULL, 'h'}, \
    {0}
/* clang-format on */
#define ASK_USAGE                                                      \
    "  -j, --json           one JSON object for each, on one line\n"   \
    "  -S, --socket PATH    of the daemon (default: " ASK_SOCKET ")\n" \
    "  -h, --help           print this and end\n"

/* Takes what getopt_long() returned; false if it is none of these. */
bool ask_option(struct ask *a, int option);

/*
 * Whether there is nothing to ask: prints the usage, to where it belongs, and
 * sets the exit status. `good`: the command line was understood.
 */
bool ask_usage(const struct ask *a, bool good, const char *usage,
               int *ret_status);

/* Whether a daemon is there, though it may not let us ask. */
bool ask_is_heard(const char *socket);

/* Opens the request; members are written with `a->w`. */
void ask_begin(struct ask *a, const char *command);

/*
 * Sends the request, hands each line of the answer but the last on, as a
 * document and as it came, and frees the request. CTL_DONE or CTL_FAILED.
 */
typedef void ask_line_fn(const struct json_value *answer, const char *line,
                         void *userdata);
int ask_run(struct ask *a, ask_line_fn *on_line, void *userdata);

/* The text, number or boolean of a member as it was sent, or NULL. */
const char *ask_text(const struct json_value *answer, const char *key);

/* A member as a time (real) or as a number; 0 if it is none. */
usec_t ask_time(const struct json_value *answer, const char *key);
uint64_t ask_number(const struct json_value *answer, const char *key);

/*
 * Adds a member for people, in a format with one %s, without what could move
 * the cursor. False, and nothing added, if there is none or it is empty.
 */
bool ask_add(struct buffer *out, const char *format,
             const struct json_value *answer, const char *key);
