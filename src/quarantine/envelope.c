/* SPDX-License-Identifier: Apache-2.0 */
/* See envelope.h. */
#include "quarantine/envelope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode/json_in.h"
#include "util/alloc.h"
#include "util/file.h"

/* Of a digit of base64, or -1. */
static int value_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* What the digits say, up to the first that is none (the padding). */
static void add_decoded(struct buffer *out, const char *text, size_t len)
{
    uint32_t bits = 0;
    int value;

    for (size_t i = 0; i < len && (value = value_of(text[i])) >= 0; i++) {
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 > 0)
            buffer_add_char(out, (char)(bits >> (6 - 2 * (i % 4))));
    }
}

static char *copy(const struct json_value *root, const char *key)
{
    const struct json_value *v = json_in_find(root, key);
    size_t len;
    const char *text = v ? json_in_text(v, &len) : NULL;

    return text ? xstrndup(text, len) : NULL;
}

static void read_payload(const struct json_value *root, struct buffer *ret)
{
    const struct json_value *v = json_in_find(root, "payload");
    size_t len = 0;
    const char *text = v ? json_in_text(v, &len) : NULL;

    if (text) {
        buffer_add(ret, text, len);
        return;
    }
    v = json_in_find(root, "payload_base64");
    text = v ? json_in_text(v, &len) : NULL;
    if (text)
        add_decoded(ret, text, len);
}

static void fill(struct envelope *e, const struct json_value *root)
{
    _cleanup_free_ char *seq = copy(root, "seq");

    e->time = copy(root, "time");
    e->reason = copy(root, "reason");
    e->bmc = copy(root, "bmc");
    e->source = copy(root, "source");
    e->sink = copy(root, "sink");
    e->id = copy(root, "id");
    e->seq = seq ? strtoull(seq, NULL, 10) : 0;
    read_payload(root, &e->payload);
}

int envelope_read(const char *path, struct envelope *ret, struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    _cleanup_(json_in_freep) struct json_in *doc = NULL;
    const struct json_value *root;
    int r = file_read(path, ENVELOPE_MAX, &text, err);

    *ret = (struct envelope){0};
    if (r < 0)
        return r;
    doc = json_in_read(text.data ? text.data : "", text.len, err);
    root = doc ? json_in_root(doc) : NULL;
    if (!root || json_in_type(root) != JSON_IN_OBJECT)
        return error_set(err, -EBADMSG, "%s is no file of the quarantine",
                         path);
    fill(ret, root);
    return 0;
}

void envelope_done(struct envelope *e)
{
    free(e->time);
    free(e->reason);
    free(e->bmc);
    free(e->source);
    free(e->sink);
    free(e->id);
    buffer_done(&e->payload);
    *e = (struct envelope){0};
}

char *envelope_path(const char *directory, const char *id, struct error *err)
{
    if (!*id || *id == '.' || strchr(id, '/')) {
        error_set(err, -EINVAL, "'%s' is no id of the quarantine", id);
        return NULL;
    }
    return xasprintf("%s/%s" ENVELOPE_SUFFIX, directory, id);
}
