/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every rule of every registry of the corpus: each message that it clears and
 * that raises is raised, then the clear ends it. And HPE's log of real raises,
 * replayed. Only numbers of the corpus stand here; without TRAWL_CORPUS the
 * test is skipped.
 */
#include "virtual.h"

#include <jansson.h>

static const char yaml[] =
    "bmcs: [{name: b, url: \"http://10.0.0.1\", receive: sse}]\n"
    "sinks: {one: {type: file, path: \"-\"}}\n"
    "routes: [{to: one}]\n";

struct tally {
    unsigned rules, pairs, calm, wrong;
};

static struct event *make(struct virtual_world *w, const struct registry *r,
                          const char *key, unsigned number)
{
    struct event *e = event_new();
    _cleanup_free_ char *id = xasprintf("%s.%d.%d.%d.%s", r->prefix, r->major,
                                        r->minor, r->errata, key);
    char text[24];

    if (r->errata == REGISTRY_VERSION_ANY) {
        free(id);
        id = xasprintf("%s.%s", r->prefix, key);
    }
    event_set(e, EVENT_BMC_NAME, "b");
    event_set(e, EVENT_MESSAGE_ID, id);
    event_set(e, EVENT_ORIGIN, "/redfish/v1/Some/Place");
    for (int i = 0; i < 15; i++) /* the same in raise and clear */
        event_add(e, EVENT_ARG, "an argument", 11);
    snprintf(text, sizeof(text), "%u", number);
    event_set(e, EVENT_EVENT_ID, text);
    event_set(e, EVENT_SOURCE, "webhook");
    event_set_int(e, EVENT_TIME, (int64_t)(w->now - USEC_PER_SEC));
    event_set_int(e, EVENT_RECEIVED, (int64_t)w->now);
    virtual_resolve(w, e);
    return e;
}

static size_t open_conditions(const struct virtual_world *w)
{
    const struct conditions *t = correlate_conditions(w->correlator);
    size_t open = 0;

    for (int s = SEVERITY_UNKNOWN; s <= SEVERITY_CRITICAL; s++)
        open += conditions_open(t, (enum severity)s);
    return open;
}

/* Published wrong, and put right by registries/clearing.json. */
static bool is_repaired(const struct registry *r, const char *clear)
{
    return strcmp(r->prefix, "Power") == 0 &&
           strcmp(clear, "FrequencyNoLongerCritical") == 0;
}

/* A clear may itself be raised: it is not what was to be ended. */
static void try_pair(struct virtual_world *w, const struct registry *r,
                     const char *clear, const char *target, struct tally *t)
{
    static unsigned number;
    _cleanup_(event_freep) struct event *raise = NULL, *end = NULL;
    const char *id;
    size_t cursor = 0;
    bool ended = false;

    correlate_free(w->correlator);
    w->correlator = correlate_new(w->config);
    virtual_connect(w);
    w->now += USEC_PER_MINUTE;
    raise = make(w, r, target, ++number);
    virtual_take(w, raise);
    if (open_conditions(w) == 0) {
        t->calm++; /* OK, or nothing that this registry knows */
        return;
    }
    t->pairs++;
    w->now += USEC_PER_MINUTE;
    end = make(w, r, clear, ++number);
    virtual_take(w, end);
    while ((id = event_next(end, EVENT_CONDITION_CLEARS, &cursor, NULL)))
        ended |= strcmp(id, event_text(raise, EVENT_ID, NULL)) == 0;
    if (ended)
        return;
    t->wrong++;
    diag("%s %d.%d.%d: %s does not end %s", r->prefix, r->major, r->minor,
         r->errata, clear, target);
}

static void try_registry(struct virtual_world *w, const struct registry *r,
                         struct tally *t)
{
    for (size_t i = 0; i < r->message_count; i++) {
        const struct registry_message *m = &r->messages[i];

        t->rules += m->clears || m->clears_all;
        for (char **key = m->clears; key && *key; key++)
            if (strcasecmp(*key, m->key) != 0 && !is_repaired(r, m->key))
                try_pair(w, r, m->key, *key, t);
        for (size_t k = 0; m->clears_all && k < r->message_count; k++)
            if (k != i)
                try_pair(w, r, m->key, r->messages[k].key, t);
    }
}

static void test_registries(const char *corpus)
{
    _cleanup_free_ char *directory = xasprintf("%s/registries", corpus);
    struct virtual_world w;
    struct tally t = {0};
    char **names = NULL;
    size_t count = 0;

    virtual_begin(&w, yaml);
    registry_set_load(w.registries, directory, REGISTRY_LOCAL, NULL, NULL);
    file_list(directory, ".json", &names, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", directory, names[i]);
        _cleanup_(buffer_done) struct buffer text = {0};
        struct registry *r = NULL;

        if (file_read(path, CONFIG_REGISTRY_MAX, &text, NULL) == 0)
            r = registry_parse(text.data ?: "", text.len, NULL);
        if (r)
            try_registry(&w, r, &t);
        registry_free(r);
        free(names[i]);
    }
    free(names);
    diag("%u rules, %u pairs tried, %u targets that raise nothing", t.rules,
         t.pairs, t.calm);
    ok(t.rules > 300, "the corpus has several hundred rules: %u", t.rules);
    ok(t.pairs > 1000, "... of which %u pairs are tried", t.pairs);
    is_int(t.wrong, 0, "raise, then clear, ends it");
    ok(virtual_conserves(&w), "conservation holds");
    virtual_end(&w);
}

/* The message whose code is this one with another top byte, or NULL. */
static const struct registry_message *with_code(const struct registry *r,
                                                uint64_t code, uint64_t top)
{
    for (size_t i = 0; i < r->message_count; i++)
        if (r->messages[i].event_code == ((code & (UINT64_MAX >> 8)) | top))
            return &r->messages[i];
    return NULL;
}

/* Each code of Lenovo's that is taken back, by what its registry says. */
static void try_codes(struct virtual_world *w, const struct registry *r,
                      struct tally *t)
{
    for (size_t i = 0; i < r->message_count; i++) {
        const struct registry_message *m = &r->messages[i], *raise;

        if (m->event_code >> 56 != 0x81)
            continue;
        t->rules++;
        raise = with_code(r, m->event_code, UINT64_C(0x80) << 56);
        if (raise)
            try_pair(w, r, m->key, raise->key, t);
        else
            diag("%s takes back what nothing says", m->key);
    }
}

/* A message as Lenovo's registry has it, of an entry of its log. */
static void add_code(json_t *messages, const json_t *entry)
{
    const json_t *oem =
        json_object_get(json_object_get(entry, "Oem"), "Lenovo");
    const char *code = json_string_value(json_object_get(oem, "EventID"));
    const char *key = json_string_value(json_object_get(oem, "CommonEventID"));

    if (code && key)
        json_object_set_new(
            messages, key,
            json_pack("{s:s, s:s, s:{s:{s:s}}}", "Message", "%1", "Severity",
                      strncmp(code, "0x80", 4) == 0 ? "Warning" : "OK", "Oem",
                      "Lenovo", "EventID", code));
}

static struct registry *registry_of_log(const char *path)
{
    json_t *log = json_load_file(path, 0, NULL), *entry;
    json_t *messages = json_object();
    json_t *root =
        json_pack("{s:s, s:s, s:o}", "RegistryPrefix", "EventRegistry",
                  "RegistryVersion", "1.0.0", "Messages", messages);
    struct registry *r;
    char *text;
    size_t i;

    json_array_foreach (json_object_get(log, "Members"), i, entry)
        add_code(messages, entry);
    text = json_dumps(root, 0);
    r = registry_parse(text, strlen(text), NULL);
    free(text);
    json_decref(root);
    json_decref(log);
    return r;
}

/*
 * Lenovo's registry is not to be had, but an XCC's log has its codes with the
 * keys that go with them: what is taken back ends what it takes back, by the
 * code alone.
 */
static void test_codes(const char *corpus)
{
    _cleanup_free_ char *path = xasprintf("%s/events/lenovo-04.json", corpus);
    struct virtual_world w;
    struct tally t = {0};
    struct registry *r = registry_of_log(path);

    virtual_begin(&w, yaml);
    if (ok(r && r->message_count > 5, "an XCC's log has codes")) {
        registry_set_add(w.registries, r, NULL);
        try_codes(&w, r, &t);
    }
    ok(t.rules > 0, "... some of which take something back");
    is_int(t.pairs, t.rules, "... each what another says");
    is_int(t.wrong, 0, "... and ends it");
    virtual_end(&w);
}

/* One entry as an event of the log, its place for an EventId. */
static void take_entry(struct virtual_world *w, const json_t *entry,
                       size_t place)
{
    _cleanup_(event_freep) struct event *e = event_new();
    const char *text = json_string_value(json_object_get(entry, "Created"));
    const char *severity =
        json_string_value(json_object_get(entry, "Severity")) ?: "";
    char id[24];
    usec_t created = 0;

    clock_parse(text ?: "", strlen(text ?: ""), &created, NULL);
    snprintf(id, sizeof(id), "%zu", place);
    event_set(e, EVENT_BMC_NAME, "b");
    event_set(e, EVENT_SOURCE, "log");
    event_set(e, EVENT_EVENT_ID, id);
    event_set(e, EVENT_MESSAGE_ID,
              json_string_value(json_object_get(entry, "MessageId")));
    event_set(e, EVENT_MESSAGE,
              json_string_value(json_object_get(entry, "Message")));
    event_set_int(e, EVENT_SEVERITY,
                  event_severity_parse(severity, strlen(severity)));
    event_set_int(e, EVENT_TIME, (int64_t)created);
    event_set_int(e, EVENT_RECEIVED, (int64_t)w->now);
    virtual_resolve(w, e);
    virtual_take(w, e);
}

/*
 * By reading it: one fault is said four times and is then well, an open hood
 * and two faults of the firmware stay.
 */
static void test_hpe_log(const char *corpus)
{
    _cleanup_free_ char *path = xasprintf("%s/events/hpe-11.json", corpus);
    json_t *log = json_load_file(path, 0, NULL);
    const json_t *entries = json_object_get(log, "Members");
    const struct conditions *t;
    struct virtual_world w;

    virtual_begin(&w, yaml);
    is_int(json_array_size(entries), 9, "HPE's log has nine entries");
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < json_array_size(entries); i++)
            take_entry(&w, json_array_get(entries, i), i);
    t = correlate_conditions(w.correlator);
    is_int(conditions_open(t, SEVERITY_CRITICAL), 2, "two critical stay");
    is_int(conditions_open(t, SEVERITY_WARNING), 1, "... and a warning");
    is_int(ledger_outcome(w.ledger, OUTCOME_SUPPRESSED_REPEAT), 3,
           "three entries repeat what is open");
    is_text(event_text(w.records[7], EVENT_CONDITION_STATE, NULL), "cleared",
            "the eighth entry ends the first");
    is_int(event_int(w.records[7], EVENT_CONDITION_COUNT, 0), 4,
           "... that was said four times");
    is_int(ledger_outcome(w.ledger, OUTCOME_SUPPRESSED_DUPLICATE), 9,
           "read again, all of it is known");
    json_decref(log);
    virtual_end(&w);
}

int main(void)
{
    const char *corpus = getenv("TRAWL_CORPUS");

    if (!corpus)
        skip_all("TRAWL_CORPUS names no corpus");
    test_registries(corpus);
    test_codes(corpus);
    test_hpe_log(corpus);
    return done_testing();
}
