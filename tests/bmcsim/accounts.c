/* SPDX-License-Identifier: Apache-2.0 */
/* See accounts.h. */
#include "accounts.h"

#include <string.h>

#define NAMES_MAX 256 /* that are counted: nobody may fill the memory */

/* On its BMC's list. */
struct account {
    struct account *next;
    char *user;
    unsigned failures;  /* since the last success */
    usec_t locked_from; /* monotonic; 0: not locked */
};

bool accounts_open(const struct bmc *b)
{
    return !*b->dialect.username;
}

/* Of a name that was tried before, or a new one. */
static struct account *find(struct bmc *b, const char *user)
{
    struct account *a = b->accounts;
    unsigned n = 0;

    for (; a && strcmp(a->user, user) != 0; a = a->next)
        n++;
    if (a)
        return a;
    if (n >= NAMES_MAX)
        accounts_clear(b);
    a = xcalloc(1, sizeof(*a));
    a->user = xstrdup(user);
    a->next = b->accounts;
    b->accounts = a;
    return a;
}

/* A lock may end by itself. */
static bool is_locked(const struct bmc *b, struct account *a)
{
    long lockout = b->dialect.sessions.lockout_ms;

    if (a->locked_from && lockout > 0 &&
        time_now() >= a->locked_from + (usec_t)lockout * USEC_MSEC) {
        a->locked_from = 0;
        a->failures = 0;
    }
    return a->locked_from != 0;
}

bool accounts_check(struct bmc *b, const char *user, const char *password)
{
    struct account *a = find(b, user);
    long limit = b->dialect.sessions.lockout_after;

    if (is_locked(b, a)) {
        b->counters.locked_out++;
        return false;
    }
    if (strcmp(user, b->dialect.username) == 0 &&
        strcmp(password, b->dialect.password) == 0) {
        a->failures = 0;
        return true;
    }
    b->counters.wrong_passwords++;
    a->failures++;
    if (limit > 0 && a->failures >= (unsigned long)limit)
        a->locked_from = time_now();
    return false;
}

/* The six bits of a base64 digit, or -1. */
static int bits_of(char c)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Base64, up to the first character that is none. */
static void decode(const char *text, struct buf *ret)
{
    unsigned long bits = 0;

    for (int n = 1; bits_of(*text) >= 0; text++, n++) {
        unsigned char byte;

        bits = bits << 6 | (unsigned long)bits_of(*text);
        if (n % 4 == 1)
            continue;
        byte = (unsigned char)(bits >> ((4 - (n - 1) % 4 - 1) * 2));
        buf_add(ret, &byte, 1);
    }
}

bool accounts_check_basic(struct bmc *b, const char *authorization)
{
    struct buf pair = {0};
    char *colon;
    bool right = false;

    if (!is_prefix(authorization, "Basic "))
        return false;
    decode(authorization + strlen("Basic "), &pair);
    colon = pair.data ? strchr(pair.data, ':') : NULL;
    if (colon) {
        *colon = 0;
        right = accounts_check(b, pair.data, colon + 1);
    }
    buf_done(&pair);
    return right;
}

void accounts_clear(struct bmc *b)
{
    while (b->accounts) {
        struct account *a = b->accounts;

        b->accounts = a->next;
        free(a->user);
        free(a);
    }
}

json_t *accounts_describe(const struct bmc *b)
{
    json_t *all = json_array();

    for (const struct account *a = b->accounts; a; a = a->next)
        json_array_append_new(all, json_pack("{ss si sb}", "user", a->user,
                                             "failures", (int)a->failures,
                                             "locked", a->locked_from != 0));
    return all;
}
