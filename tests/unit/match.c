/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matchers: one row is a match, an event, and whether they fit; then what the
 * reader says to matches that are wrong. An event is written as "field=value"
 * pieces; see fields below.
 */
#include "match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problem_lines.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/glob.h"

/* The event of most rows. */
#define DRIVE                                                          \
    "severity=Critical;registry=StorageDevice;key=DriveFailure;"       \
    "bmc=r1-n01;origin=/redfish/v1/Chassis/1/Drives/3;source=webhook;" \
    "vendor=HPE;label=rack=r1;label=role=storage"

struct fit {
    const char *match;
    const char *event;
    bool fits;
};

static const struct fit fits[] = {
    {"severity: Critical", DRIVE, true},
    {"severity: critical", DRIVE, true},
    {"severity: OK", DRIVE, false},
    {"severity: [OK, Critical]", DRIVE, true},
    {"severity: [OK, [Critical]]", DRIVE, true},
    {"severity: \">=Warning\"", DRIVE, true},
    {"severity: \">= Warning\"", DRIVE, true},
    {"severity: \"<=Warning\"", DRIVE, false},
    {"severity: \"<=Critical\"", DRIVE, true},
    {"severity: \">=Warning\"", "severity=Warning", true},
    {"severity: \">=Warning\"", "severity=OK", false},
    {"severity: \">=Critical\"", "severity=Warning", false},
    /* An unknown severity may be grave. */
    {"severity: \">=Warning\"", "key=X", true},
    {"severity: \">=OK\"", "key=X", true},
    {"severity: \">=Critical\"", "key=X", false},
    {"severity: \"<=Warning\"", "key=X", false},
    {"severity: \"<=Critical\"", "key=X", true},
    {"severity: unknown", "key=X", true},
    {"severity: OK", "key=X", false},

    {"registry: StorageDevice", DRIVE, true},
    {"registry: storagedevice", DRIVE, true},
    {"registry: \"Storage*\"", DRIVE, true},
    {"registry: Storage", DRIVE, false},
    {"registry: StorageDevice", "key=X", false},

    {"message: StorageDevice.DriveFailure", DRIVE, true},
    {"message: storagedevice.drivefailure", DRIVE, true},
    {"message: StorageDevice.*", DRIVE, true},
    {"message: \"*.DriveFailure\"", DRIVE, true},
    {"message: \"*.Drive*\"", DRIVE, true},
    {"message: \"StorageDevice?DriveFailure\"", DRIVE, true},
    {"message: StorageDevice.DriveOK", DRIVE, false},
    {"message: [A.B, StorageDevice.DriveFailure]", DRIVE, true},
    {"message: \"*\"", DRIVE, true},
    {"message: \"*\"", "severity=OK", false},
    {"message: \"Drive*\"", "key=DriveFailure", true},

    {"bmc: r1-n01", DRIVE, true},
    {"bmc: R1-n01", DRIVE, false},
    {"bmc: r1-*", DRIVE, true},
    {"bmc: r1-n0?", DRIVE, true},
    {"bmc: r1-n0", DRIVE, false},
    {"bmc: r2-*", DRIVE, false},

    {"origin: /redfish/v1/Chassis/*/Drives/*", DRIVE, true},
    {"origin: /redfish/v1/chassis/*", DRIVE, false},
    {"origin: /redfish/v1/*", "key=X", false},

    {"labels.rack: r1", DRIVE, true},
    {"labels.role: stor*", DRIVE, true},
    {"labels.rack: r", DRIVE, false},
    {"labels.rac: r1", DRIVE, false},
    {"labels.room: \"*\"", DRIVE, false},
    {"labels: {rack: r1, role: storage}", DRIVE, true},
    {"labels: {rack: r1, role: compute}", DRIVE, false},
    {"labels.url: a=b", "label=url=a=b", true},

    {"source: webhook", DRIVE, true},
    {"source: [sse, log]", DRIVE, false},
    {"vendor: hpe", DRIVE, true},
    {"vendor: Dell*", DRIVE, false},

    {"state: none", DRIVE, true},
    {"state: raised", DRIVE, false},
    {"state: [raised, cleared]", "state=cleared", true},
    {"state: none", "state=raised", false},

    /* Several keys: all; not: none of it. */
    {"{severity: Critical, bmc: r1-*}", DRIVE, true},
    {"{severity: Critical, bmc: r2-*}", DRIVE, false},
    {"not: {severity: Critical}", DRIVE, false},
    {"not: {severity: OK}", DRIVE, true},
    {"not: {severity: Critical, bmc: r2-*}", DRIVE, true},
    {"{severity: Critical, not: {bmc: r1-*}}", DRIVE, false},
    {"not: {not: {severity: Critical}}", DRIVE, true},
    {"not: [{bmc: r1-*}, {bmc: r2-*}]", DRIVE, false},
    {"not: [{bmc: r3-*}, {bmc: r2-*}]", DRIVE, true},
    {"[{severity: OK}, {bmc: r1-*}]", DRIVE, true},
    {"[{severity: OK}, {bmc: r2-*}]", DRIVE, false},
    {"not: {registry: X}", "key=X", true},
};

struct mistake {
    const char *text;
    const char *lines;
};

static const struct mistake mistakes[] = {
    {"severty: OK", "t:1:1: m.severty: unknown key; did you mean "
                    "'severity'?\n"},
    {"lables.rack: r1",
     "t:1:1: m.lables.rack: unknown key; known here: severity, registry, "
     "message, bmc, origin, state, source, vendor, labels.NAME, not\n"},
    {"severity: Bad",
     "t:1:11: m.severity: 'Bad' is not a severity: OK, Warning, Critical or "
     "unknown; \">=Warning\" and \"<=Warning\" mean ranges\n"},
    {"severity: \">=unknown\"",
     "t:1:11: m.severity: '>=unknown' is not a severity: OK, Warning, "
     "Critical or unknown; \">=Warning\" and \"<=Warning\" mean ranges\n"},
    {"severity: [OK, {a: b}]",
     "t:1:16: m.severity: expected a text or a list of texts, found a "
     "mapping\n"},
    {"bmc: []", "t:1:6: m.bmc: expected a text or a list of texts, found an "
                "empty list\n"},
    {"bmc:", "t:1:5: m.bmc: expected a text or a list of texts, found "
             "nothing\n"},
    {"bmc: ''", "t:1:6: m.bmc: expected a text or a list of texts, found an "
                "empty text\n"},
    {"message: DriveFailure",
     "t:1:10: m.message: 'DriveFailure' would never match: write "
     "Registry.Key, or \"*.DriveFailure\" for any registry\n"},
    {"message: StorageDevice.1.1.DriveFailure",
     "t:1:10: m.message: 'StorageDevice.1.1.DriveFailure' has a version in "
     "it and would never match: write Registry.Key, like "
     "StorageDevice.DriveFailure\n"},
    {"state: rased", "t:1:8: m.state: 'rased' is not one of none, raised, "
                     "repeated, cleared, flapping; did you mean 'raised'?\n"},
    {"state: up", "t:1:8: m.state: 'up' is not one of none, raised, repeated, "
                  "cleared, flapping\n"},
    {"labels: rack", "t:1:9: m.labels: expected a mapping of label names to "
                     "values, found text\n"},
    {"labels: {}", "t:1:9: m.labels: expected a mapping of label names to "
                   "values, found an empty one\n"},
    {"labels: {rack: {}}", "t:1:16: m.labels.rack: expected a text or a list "
                           "of texts, found a mapping\n"},
    {"labels.: x", "t:1:1: m.labels.: unknown key; did you mean 'labels'?\n"},
    {"all", "t:1:1: m: expected a mapping of fields to values (like "
            "{severity: \">=Warning\"}), found text\n"},
    {"{}", "t:1:1: m: is empty: remove the key to mean every event\n"},
    {"not: {}", "t:1:6: m.not: is empty: remove the key to mean every event\n"},
    {"{bcm: x, not: {origen: y}}",
     "t:1:2: m.bcm: unknown key; did you mean 'bmc'?\n"
     "t:1:16: m.not.origen: unknown key; did you mean 'origin'?\n"},
};

static const struct {
    const char *name;
    enum event_field field;
} fields[] = {
    {"registry=", EVENT_REGISTRY}, {"key=", EVENT_KEY},
    {"bmc=", EVENT_BMC_NAME},      {"origin=", EVENT_ORIGIN},
    {"source=", EVENT_SOURCE},     {"vendor=", EVENT_BMC_VENDOR},
    {"label=", EVENT_BMC_LABEL},   {"state=", EVENT_CONDITION_STATE},
};

static void set_piece(struct event *e, const char *piece)
{
    if (strncmp(piece, "severity=", 9) == 0)
        event_set_int(e, EVENT_SEVERITY,
                      event_severity_parse(piece + 9, strlen(piece + 9)));
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        size_t n = strlen(fields[i].name);

        if (strncmp(piece, fields[i].name, n) != 0)
            continue;
        if (event_field_type(fields[i].field) == EVENT_TYPE_LIST)
            event_add(e, fields[i].field, piece + n, strlen(piece + n));
        else
            event_set(e, fields[i].field, piece + n);
    }
}

static struct event *make_event(const char *text)
{
    _cleanup_free_ char *copy = xstrdup(text);
    struct event *e = event_new();
    char *rest = copy, *piece;

    while ((piece = strsep(&rest, ";")))
        set_piece(e, piece);
    return e;
}

static void test_fits(void)
{
    for (size_t i = 0; i < ARRAY_LEN(fits); i++) {
        const struct fit *f = &fits[i];
        struct yaml_problems *p = yaml_problems_new();
        struct yaml_tree *tree = yaml_parse("t", f->match, strlen(f->match), p);
        struct match *m = match_parse(yaml_root(tree), "m", p);
        _cleanup_(event_freep) struct event *e = make_event(f->event);

        ok(m && match_event(m, e) == f->fits, "%s %s %.40s", f->match,
           f->fits ? "fits" : "does not fit", f->event);
        match_free(m);
        yaml_tree_free(tree);
        yaml_problems_free(p);
    }
}

static void test_mistakes(void)
{
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
        const char *text = mistakes[i].text;
        struct yaml_problems *p = yaml_problems_new();
        struct yaml_tree *tree = yaml_parse("t", text, strlen(text), p);
        struct match *m = match_parse(yaml_root(tree), "m", p);
        _cleanup_free_ char *lines = problem_lines(p);

        ok(!m, "no match comes of: %s", text);
        is_text(lines, mistakes[i].lines, "what is said of: %s", text);
        yaml_tree_free(tree);
        yaml_problems_free(p);
    }
}

static const struct {
    const char *pattern;
    const char *text;
    bool fits;
} globs[] = {
    {"", "", true},         {"", "a", false},        {"*", "", true},
    {"**", "abc", true},    {"a*c", "abc", true},    {"a*c", "abcd", false},
    {"*bc", "abcbc", true}, {"a?c", "abc", true},    {"a?c", "ac", false},
    {"?", "", false},       {"*a*b*", "xaxb", true}, {"*a*b*", "xbxa", false},
    {"A", "a", false},      {"abc", "ab", false},    {"ab", "abc", false},
};

/* Many stars against a text that almost fits: must not take for ever. */
static void test_globs(void)
{
    char text[4096];

    for (size_t i = 0; i < ARRAY_LEN(globs); i++)
        ok(glob_match(globs[i].pattern, globs[i].text, strlen(globs[i].text),
                      false) == globs[i].fits,
           "'%s' %s '%s'", globs[i].pattern,
           globs[i].fits ? "fits" : "does not fit", globs[i].text);
    memset(text, 'a', sizeof(text));
    ok(!glob_match("a*a*a*a*a*a*a*a*a*a*a*a*b", text, sizeof(text), true),
       "many stars end");
}

int main(void)
{
    _cleanup_(event_freep) struct event *e = make_event("key=X");

    ok(match_event(NULL, e), "no match means every event");
    test_fits();
    test_mistakes();
    test_globs();
    return done_testing();
}
