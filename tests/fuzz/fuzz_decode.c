/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes through decode, as a payload and as a log: it must end, give at
 * least one item, and give only sound ones, and the parts of a log's page must
 * each be readable again. Seeds: tests/golden/cases/NAME.in. Built with
 * -fsanitize=fuzzer,address,undefined.
 */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "decode.h"
#include "decode/json_in.h"
#include "decode/log_page.h"
#include "util/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond) \
    do {              \
        if (!(cond))  \
            abort();  \
    } while (0)

static void check_json(const char *text, size_t len)
{
    _cleanup_(json_in_freep) struct json_in *doc = NULL;

    doc = json_in_read(text, len, NULL);
    REQUIRE(doc);
}

static void check_field(const struct event *e, enum event_field f)
{
    const char *text;
    size_t cursor = 0, len;

    while ((text = event_next(e, f, &cursor, &len))) {
        REQUIRE(text[len] == '\0' && strlen(text) == len);
        REQUIRE(utf8_is_valid(text, len));
        REQUIRE(len > 0 || f == EVENT_ARG);
        REQUIRE(len <= CONFIG_TEXT_MAX || f == EVENT_RAW || f == EVENT_OEM);
        if (f == EVENT_OEM || f == EVENT_RAW)
            check_json(text, len);
    }
}

static void check_event(const struct event *e)
{
    struct event view;

    REQUIRE(event_view(&view, e->data, e->len) == 0);
    REQUIRE(event_has(&view, EVENT_TIME) && event_has(&view, EVENT_RECEIVED));
    for (enum event_field f = EVENT_ID; f < EVENT_FIELD_END; f++)
        switch (event_field_type(f)) {
        case EVENT_TYPE_TEXT:
        case EVENT_TYPE_LIST:
        case EVENT_TYPE_JSON:
            check_field(&view, f);
            break;
        case EVENT_TYPE_INT:
        case EVENT_TYPE_TIME:
        case EVENT_TYPE_SEVERITY:
            break;
        }
}

static void check_item(const struct decode_item *item)
{
    switch (item->kind) {
    case DECODE_EVENT:
    case DECODE_BUFFER_EXCEEDED:
        REQUIRE(item->event && !item->bytes);
        check_event(item->event);
        break;
    case DECODE_METRIC_REPORT:
        REQUIRE(!item->event && !item->bytes);
        break;
    case DECODE_UNREADABLE:
        REQUIRE(!item->event && item->bytes && item->why[0]);
        break;
    }
}

static void check_payload(const char *bytes, size_t size, bool log)
{
    struct decode_options options = {
        .received = 1795160068104000, .keep_raw = size % 2, .log = log};
    struct decode_result result;

    decode_payload(bytes, size, &options, &result);
    REQUIRE(result.count > 0);
    for (size_t i = 0; i < result.count; i++)
        check_item(&result.items[i]);
    decode_result_done(&result);
}

/* An entry goes on alone, whatever it is. */
static void check_page(const char *bytes, size_t size)
{
    struct log_page page;

    if (log_page_read(bytes, size, &page, NULL) == 0)
        for (size_t i = 0; i < page.count; i++) {
            const struct log_entry *e = &page.entries[i];

            REQUIRE(e->id && e->print && (!e->reference || e->uri));
            check_json(e->bytes, e->len);
            check_payload(e->bytes, e->len, true);
        }
    log_page_done(&page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_payload((const char *)data, size, false);
    check_payload((const char *)data, size, true);
    check_page((const char *)data, size);
    return 0;
}
