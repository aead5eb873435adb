/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an answer says. BMCs send what strict readers refuse: bytes of Latin-1,
 * a byte order mark, numbers of 20 digits. Such a body is read again, mended.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "talk/answer.h"
#include "util/utf8.h"

/*
 * What stands behind the document, or a NUL in a text, must not cost the rest.
 */
#define FLAGS (JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL)

static json_t *read_json(const char *body, size_t len)
{
    _cleanup_(buffer_done) struct buffer mended = {0};
    json_t *root;

    if (len >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0) {
        body += 3;
        len -= 3;
    }
    root = json_loadb(body, len, FLAGS, NULL);
    if (root || len == 0)
        return root;
    /*
     * jansson refuses a whole document for one such byte, and for an integer
     * beyond 64 bits; as a real such a number is only less exact.
     */
    utf8_add_repaired(&mended, body, len);
    return json_loadb(mended.data, mended.len, FLAGS | JSON_DECODE_INT_AS_REAL,
                      NULL);
}

static const char *text_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* The first message, wherever a service of any age puts it. */
static const json_t *first_message(const json_t *root)
{
    static const char extended[] = "@Message.ExtendedInfo";
    /*
     * DSP0266, Error responses: in `error`. In the document itself it stands
     * where a success bears messages, and some send it so with a failure.
     */
    const json_t *error = json_object_get(root, "error");
    const json_t *list = json_object_get(error, extended);

    if (!list)
        list = json_object_get(root, extended);
    if (!list)
        list = json_object_get(root, "Messages"); /* iLO 4 */
    return json_is_array(list) ? json_array_get(list, 0) : list;
}

bool talk_answer_read(struct talk_answer *a, bool raw, struct error *err)
{
    const json_t *message;
    const char *text;

    if (a->status == 0)
        return true;
    /* Also of what was asked for raw: a refusal is a document. */
    if (!raw || a->status / 100 != 2)
        a->json = read_json(a->body, a->len);
    if (a->status / 100 == 2) {
        if (!a->json && !raw)
            error_set(err, -EPROTO, "its answer is no JSON");
        return a->json || raw;
    }
    message = first_message(a->json);
    a->message_id =
        text_at(message, "MessageId") ?: text_at(message, "MessageID");
    text = text_at(message, "Message")
               ?: text_at(json_object_get(a->json, "error"), "message")
                      ?: a->message_id;
    error_set(err, -EPROTO, "it answered %u%s%s", a->status, text ? ": " : "",
              text ? text : "");
    return text != NULL;
}

void talk_answer_done(struct talk_answer *a)
{
    json_decref((json_t *)(uintptr_t)a->json);
    a->json = NULL;
}

static bool names(const struct talk_answer *a, const char *key)
{
    return a->message_id && strcasestr(a->message_id, key);
}

bool talk_answer_is_full(const struct talk_answer *a)
{
    /* Base registry; some use what a full collection says. */
    return names(a, "SessionLimitExceeded") || names(a, "CreateLimitReached");
}

bool talk_answer_is_refusal(const struct talk_answer *a)
{
    /* By its message, for iLO answers 400 to a wrong password. */
    return a->status == 401 || a->status == 403 ||
           names(a, "UnauthorizedLogin") || names(a, "AccessDenied") ||
           names(a, "ResourceAtUriUnauthorized");
}

usec_t talk_answer_pause(const char *retry_after, usec_t now)
{
    struct tm date = {0};
    unsigned long seconds;
    char *end;
    time_t at;

    if (!retry_after)
        return 0;
    errno = 0;
    /*
     * RFC 9110, 10.2.3: seconds, or a date. Bounded to a day, since a date by
     * a BMC's clock may lie anywhere.
     */
    seconds = strtoul(retry_after, &end, 10);
    if (end != retry_after && *end == '\0' && errno == 0)
        return MIN_OF(seconds, 86400ul) * USEC_PER_SEC;
    end = strptime(retry_after, "%a, %d %b %Y %H:%M:%S GMT", &date);
    at = end && *end == '\0' ? timegm(&date) : 0;
    if (at <= 0 || (usec_t)at * USEC_PER_SEC <= now)
        return 0;
    return MIN_OF((usec_t)at * USEC_PER_SEC - now, USEC_PER_DAY);
}
