/* SPDX-License-Identifier: Apache-2.0 */
/* A log's page; see log_page.h. */
#include "decode/log_page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "decode/decode_record.h"
#include "decode/decode_text.h"
#include "util/alloc.h"
#include "util/digest.h"

void log_entry_done(struct log_entry *entry)
{
    free(entry->id);
    free(entry->uri);
    free(entry->bytes);
    *entry = (struct log_entry){0};
}

void log_page_done(struct log_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        log_entry_done(&page->entries[i]);
    free(page->entries);
    free(page->next);
    *page = (struct log_page){.total = -1};
}

static const char *text_at(const struct json_value *object, const char *key,
                           size_t *ret_len)
{
    const struct json_value *v = json_in_find(object, key);

    *ret_len = 0;
    return v ? json_in_text(v, ret_len) : NULL;
}

/* A copy up to the first NUL. */
static char *copy_at(const struct json_value *object, const char *key)
{
    size_t len;
    const char *text = text_at(object, key, &len);

    return text && len > 0 ? xstrdup(text) : NULL;
}

/* "…/Entries/24/" gives 24. */
static char *last_part(const char *uri)
{
    size_t len = uri ? strlen(uri) : 0, from;

    while (len > 0 && uri[len - 1] == '/')
        len--;
    for (from = len; from > 0 && uri[from - 1] != '/';)
        from--;
    return uri ? xstrndup(uri + from, len - from) : xstrdup("");
}

static uint64_t number_of(const char *id)
{
    size_t len = strlen(id);

    if (len == 0 || len > 18 || strspn(id, "0123456789") != len)
        return 0;
    return strtoull(id, NULL, 10);
}

/*
 * Of a value wherever it stands; an argument that is no text counts as JSON.
 */
static void add_value(struct digest *d, const struct json_value *v)
{
    _cleanup_(buffer_done) struct buffer json = {0};
    struct json_writer w = {.out = &json};

    if (v)
        json_in_write(v, &w);
    digest_add_counted(d, json.data ? json.data : "", json.len);
}

static uint64_t end_print(struct digest *d)
{
    uint8_t sum[DIGEST_LEN];
    uint64_t print;

    digest_end(d, sum);
    memcpy(&print, sum, sizeof(print));
    return print ? print : 1;
}

static bool is_zero(const char *text)
{
    return text[strspn(text, "0-")] == '\0';
}

/* An EventId that no other event has. iDRAC's, for one, are kinds of traps. */
static bool has_guid(const struct json_value *object)
{
    size_t len;
    const char *id = text_at(object, "EventId", &len);

    return id && len == 36 && id[8] == '-' && !is_zero(id);
}

/*
 * iLO numbers places, of which the newest entry has the last: once a log is
 * full, every entry has another Id with each that comes. What is the entry's
 * own stands elsewhere in it.
 */
static void add_identity(struct digest *d, const struct json_value *object,
                         const struct log_entry *e)
{
    const struct json_value *number = decode_log_serial(object);

    if (number)
        add_value(d, number);
    else if (!has_guid(object))
        digest_add_counted(d, e->id, strlen(e->id));
}

/*
 * Severity, Oem, Resolved and their like may change; these do not. The time
 * counts as what it means: its zone may change with a setting.
 */
static uint64_t print_of(const struct json_value *object,
                         const struct log_entry *e)
{
    static const char *const keys[] = {"MessageId", "Message", "MessageArgs",
                                       "EventId"};
    struct digest *d = digest_begin();

    add_identity(d, object, e);
    digest_add(d, &e->created, sizeof(e->created));
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        add_value(d, json_in_find(object, keys[i]));
    return end_print(d);
}

static uint64_t about_of(const struct json_value *object)
{
    static const char *const keys[] = {"MessageId", "MessageArgs", "Links"};
    struct digest *d = digest_begin();

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        add_value(d, json_in_find(object, keys[i]));
    return end_print(d);
}

/* EventTimestamp is what decode prefers, too. */
static usec_t created_of(const struct json_value *object)
{
    usec_t time = decode_time_read(json_in_find(object, "EventTimestamp"));

    return time ? time : decode_time_read(json_in_find(object, "Created"));
}

static bool is_blank(const struct json_value *object, const char *key)
{
    size_t len;
    const char *text = text_at(object, key, &len);

    return !text || is_zero(text) || strcmp(text, "NULL") == 0;
}

/* A place that no entry has filled yet (iLO's Event log). */
static bool is_vacant(const struct json_value *object,
                      const struct log_entry *e)
{
    return !e->created && is_blank(object, "MessageId") &&
           is_blank(object, "Message") && is_blank(object, "EventId") &&
           json_in_find(object, "EntryType") && !json_in_find(object, "Oem");
}

/* Anything that stands where an entry belongs; decode judges what it is. */
static void read_entry(const struct json_value *v, struct log_entry *ret)
{
    bool object = json_in_type(v) == JSON_IN_OBJECT;
    struct buffer json = {0};
    struct json_writer w = {.out = &json};

    *ret = (struct log_entry){0};
    if (object) {
        ret->uri = copy_at(v, "@odata.id");
        ret->id = copy_at(v, "Id");
        ret->created = created_of(v);
        ret->changed = decode_time_read(decode_log_changed(v));
        ret->repaired = decode_log_is_repaired(v);
        ret->vacant = is_vacant(v, ret);
        ret->reference = json_in_count(v) == 1 && ret->uri;
    }
    if (!ret->id)
        ret->id = last_part(ret->uri);
    ret->number = number_of(ret->id);
    ret->print = print_of(v, ret);
    ret->about = about_of(v);
    json_in_write(v, &w);
    ret->len = json.len;
    ret->bytes = buffer_take_text(&json);
}

static void read_members(const struct json_value *members, struct log_page *ret)
{
    struct json_walk walk = json_in_walk(members);
    const struct json_value *v;

    ret->entries = xcalloc(json_in_count(members) + 1, sizeof(*ret->entries));
    while ((v = json_in_next(&walk, NULL, NULL)))
        read_entry(v, &ret->entries[ret->count++]);
}

static int read_root(const struct json_value *root, struct log_page *ret,
                     struct error *err)
{
    const struct json_value *members;
    const char *total;
    size_t len;

    if (json_in_type(root) != JSON_IN_OBJECT)
        return error_set(err, -EBADMSG, "its page of the log is no object");
    if ((members = decode_log_members(root))) {
        if (json_in_count(members) > CONFIG_LOG_MEMBERS_MAX)
            return error_set(err, -EBADMSG,
                             "its page of the log has more than %u entries",
                             CONFIG_LOG_MEMBERS_MAX);
        read_members(members, ret);
        ret->next = copy_at(root, "Members@odata.nextLink");
        if (!ret->next)
            ret->next = copy_at(root, "@odata.nextLink");
        total = text_at(root, "Members@odata.count", &len);
        if (total && len > 0 && len <= 18 && strspn(total, "0123456789") == len)
            ret->total = (int64_t)strtoull(total, NULL, 10);
        return 0;
    }
    if (!decode_log_is_entry(root))
        return error_set(err, -EBADMSG, "its answer is no log and no entry");
    ret->entries = XNEW(struct log_entry);
    read_entry(root, &ret->entries[ret->count++]);
    return 0;
}

/* As decode.c does it: strictly, then what can be mended. */
static struct json_in *read_json(const char *bytes, size_t len)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    struct json_in *doc = json_in_read(bytes, len, NULL);
    struct quirks quirks = {0};
    size_t read;

    if (doc || !decode_text_repair(bytes, len, &quirks, &text, &read))
        return doc;
    return json_in_read(text.data, text.len, NULL);
}

int log_page_read(const char *bytes, size_t len, struct log_page *ret,
                  struct error *err)
{
    _cleanup_(json_in_freep) struct json_in *doc = NULL;

    *ret = (struct log_page){.total = -1};
    if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        len -= 3;
    }
    if (len > CONFIG_BODY_MAX || decode_text_is_deep(bytes, len))
        return error_set(err, -EBADMSG, "its page of the log is too large");
    doc = read_json(bytes, len);
    if (!doc)
        return error_set(err, -EBADMSG, "its page of the log is no JSON");
    return read_root(json_in_root(doc), ret, err);
}
