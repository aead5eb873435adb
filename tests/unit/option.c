/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of options: what each kind takes, what it says to anything else,
 * and how defaults, sections and pairs come together.
 */
#include "option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problem_lines.h"
#include "tap.h"
#include "util/buffer.h"

enum colour { RED, GREEN, BLUE };

struct inner {
    bool flag;
    char *ca;
};

struct sample {
    char *text;
    char *plain;
    bool flag;
    int64_t number;
    usec_t delay;
    uint64_t size;
    int colour;
    struct option_texts texts;
    struct option_pairs pairs;
    struct inner inner;
};

static const char *const colours[] = {"red", "green", "blue", NULL};

#define MEMBER(m) offsetof(struct sample, m)

static const struct option inner_table[] = {
    {
        .key = "verify",
        .kind = OPTION_BOOL,
        .offset = offsetof(struct inner, flag),
        .standard = "true",
        .meaning = "look",
    },
    {
        .key = "ca",
        .kind = OPTION_TEXT,
        .offset = offsetof(struct inner, ca),
        .meaning = "file",
    },
    {0},
};

static const struct option table[] = {
    {
        .key = "address",
        .kind = OPTION_TEXT,
        .offset = MEMBER(text),
        .standard = "\"[::]:80\"",
        .meaning = "where",
    },
    {
        .key = "plain",
        .kind = OPTION_TEXT,
        .offset = MEMBER(plain),
        .meaning = "anything",
    },
    {
        .key = "flag",
        .kind = OPTION_BOOL,
        .offset = MEMBER(flag),
        .standard = "false",
        .meaning = "whether",
    },
    {
        .key = "number",
        .kind = OPTION_INT,
        .offset = MEMBER(number),
        .standard = "5",
        .meaning = "how many",
        .min = 1,
        .max = 9,
    },
    {
        .key = "delay",
        .kind = OPTION_DURATION,
        .offset = MEMBER(delay),
        .standard = "30s",
        .meaning = "how long",
        .min = USEC_PER_SEC,
        .max = USEC_PER_HOUR,
    },
    {
        .key = "size",
        .kind = OPTION_SIZE,
        .offset = MEMBER(size),
        .standard = "64MiB",
        .meaning = "how much",
        .min = 1024,
        .max = 1 << 30,
    },
    {
        .key = "colour",
        .kind = OPTION_CHOICE,
        .offset = MEMBER(colour),
        .standard = "green",
        .meaning = "which",
        .choices = colours,
    },
    {
        .key = "texts",
        .kind = OPTION_TEXTS,
        .offset = MEMBER(texts),
        .standard = "[one, two]",
        .meaning = "several",
    },
    {
        .key = "pairs",
        .kind = OPTION_PAIRS,
        .offset = MEMBER(pairs),
        .meaning = "names",
    },
    {
        .key = "tls",
        .kind = OPTION_SECTION,
        .offset = MEMBER(inner),
        .meaning = "inside",
        .section = inner_table,
    },
    {
        .key = "other",
        .kind = OPTION_CUSTOM,
        .meaning = "elsewhere",
    },
    {0},
};

static const struct option needy_table[] = {
    {
        .key = "address",
        .kind = OPTION_TEXT,
        .meaning = "host and port",
        .required = true,
    },
    {0},
};

struct mistake {
    const char *text;
    const char *lines;
};

#define SIZE_HINT "(like 64MiB or 4GiB; kB, MB and GB count in thousands)\n"

static const struct mistake mistakes[] = {
    {"adress: x", "t:1:1: s.adress: unknown key; did you mean 'address'?\n"},
    {"Flag: true", "t:1:1: s.Flag: unknown key; did you mean 'flag'?\n"},
    {"nothing_like_it: x",
     "t:1:1: s.nothing_like_it: unknown key; known here: address, plain, "
     "flag, number, delay, size, colour, texts, pairs, tls, other\n"},
    {"tls: {verfy: true}",
     "t:1:7: s.tls.verfy: unknown key; did you mean 'verify'?\n"},
    {"plain: [abc]", "t:1:8: s.plain: expected text, found a list (a text "
                     "that begins with '[' or '{' must stand in quotes)\n"},
    {"plain: \"\"", "t:1:8: s.plain: is empty: write a value, or remove the "
                    "key\n"},
    {"address:", "t:1:9: s.address: has no value: write one, or remove the "
                 "key for the default, \"[::]:80\"\n"},
    {"flag: yes", "t:1:7: s.flag: 'yes' is text in YAML 1.2: write true\n"},
    {"flag: Off", "t:1:7: s.flag: 'Off' is text in YAML 1.2: write false\n"},
    {"flag: 'true'", "t:1:7: s.flag: 'true' in quotes is text: write true or "
                     "false without quotes\n"},
    {"flag: maybe", "t:1:7: s.flag: 'maybe' is neither true nor false\n"},
    {"flag: [true]", "t:1:7: s.flag: expected true or false, found a list\n"},
    {"number: five", "t:1:9: s.number: 'five' is not a whole number\n"},
    {"number: 010", "t:1:9: s.number: '010' is not a whole number (write it "
                    "in tens, without a leading 0)\n"},
    {"number: 0x10", "t:1:9: s.number: '0x10' is not a whole number (write it "
                     "in tens, without a leading 0)\n"},
    {"number: 0", "t:1:9: s.number: 0 is too small: at least 1\n"},
    {"number: 10", "t:1:9: s.number: 10 is too large: at most 9\n"},
    {"number: 99999999999999999999",
     "t:1:9: s.number: '99999999999999999999' is not a whole number\n"},
    {"number: {}", "t:1:9: s.number: expected a whole number, found a "
                   "mapping\n"},
    {"delay: 5 minuets", "t:1:8: s.delay: '5 minuets' is not a duration (like "
                         "30s, 5m, 2h, 7d)\n"},
    {"delay: 30", "t:1:8: s.delay: '30' has no unit: a duration is a whole "
                  "number and ms, s, m, h or d (like 30s)\n"},
    {"delay: 500ms", "t:1:8: s.delay: 500ms is too short: at least 1s\n"},
    {"delay: 61m", "t:1:8: s.delay: 61m is too long: at most 1h\n"},
    {"delay: []", "t:1:8: s.delay: expected a duration (like 30s, 5m, 2h, "
                  "7d), found a list\n"},
    {"size: 64M", "t:1:7: s.size: '64M' is not a size " SIZE_HINT},
    {"size: 5kb", "t:1:7: s.size: '5kb' is not a size " SIZE_HINT},
    {"size: 1000", "t:1:7: s.size: 1000 is too small: at least 1KiB\n"},
    {"size: 2GiB", "t:1:7: s.size: 2GiB is too large: at most 1GiB\n"},
    {"colour: gren", "t:1:9: s.colour: 'gren' is not one of red, green, blue; "
                     "did you mean 'green'?\n"},
    {"colour: mauve", "t:1:9: s.colour: 'mauve' is not one of red, green, "
                      "blue\n"},
    {"texts: [a, [b], ~, '']",
     "t:1:12: s.texts: expected text, found a list\n"
     "t:1:17: s.texts: expected text, found nothing\n"
     "t:1:20: s.texts: expected text, found an empty one\n"},
    {"texts: {a: b}", "t:1:8: s.texts: expected a text or a list of texts, "
                      "found a mapping\n"},
    {"pairs: [a]", "t:1:8: s.pairs: expected a mapping of names to texts, "
                   "found a list\n"},
    {"pairs: {a: b, c: [d], e: }",
     "t:1:18: s.pairs: 'c': expected text, found a list\n"
     "t:1:26: s.pairs: 'e': expected text, found nothing\n"},
    {"tls: true", "t:1:6: s.tls: expected a mapping of keys, found text\n"},
    {"tls: {verify: 1}",
     "t:1:15: s.tls.verify: '1' is text in YAML 1.2: write true\n"},
    {"[a, b]", "t:1:1: s: expected a mapping of keys, found a list\n"},
};

/* Reads a text by a table; the lines that it prints. */
static char *read_lines(const struct option *by, const char *text, void *base)
{
    struct yaml_problems *p = yaml_problems_new();
    struct yaml_tree *tree = yaml_parse("t", text, strlen(text), p);
    bool good = option_read(by, yaml_root(tree), "s", base, p);
    char *lines = problem_lines(p);

    ok(good == (yaml_problems_errors(p) == 0),
       "the result says whether anything was wrong");
    yaml_tree_free(tree);
    yaml_problems_free(p);
    return lines;
}

static void test_mistakes(void)
{
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
        struct sample s;
        _cleanup_free_ char *lines = read_lines(table, mistakes[i].text, &s);

        is_text(lines, mistakes[i].lines, "%s", mistakes[i].text);
        option_done(table, &s);
    }
}

static void test_required(void)
{
    char *address;
    _cleanup_free_ char *missing = read_lines(needy_table, "{}", &address);
    _cleanup_free_ char *null = read_lines(needy_table, "address:", &address);

    is_text(missing, "t:1:1: s: 'address' is missing: host and port\n",
            "a required key is missed");
    is_text(null, "t:1:1: s: 'address' is missing: host and port\n",
            "also when it has no value");
}

static void test_defaults(void)
{
    struct sample s;
    _cleanup_free_ char *lines = read_lines(table, "", &s);

    is_text(lines, "", "an empty file is fine");
    is_text(s.text, "[::]:80", "a default in quotes");
    is_text(s.plain, NULL, "no default");
    ok(!s.flag, "a flag's default");
    is_int(s.number, 5, "a number's default");
    is_int(s.delay, 30 * USEC_PER_SEC, "a duration's default");
    is_int(s.size, 64 << 20, "a size's default");
    is_int(s.colour, GREEN, "a choice's default");
    is_int(s.texts.count, 2, "a list's default");
    is_text(s.texts.items[1], "two", "its second text");
    is_int(s.pairs.count, 0, "pairs begin empty");
    ok(s.inner.flag, "a section has its own defaults");
    option_done(table, &s);
    ok(!s.text && !s.texts.items && s.number == 0, "the end leaves zeros");
}

static void test_values(void)
{
    struct sample s;
    _cleanup_free_ char *lines = read_lines(
        table,
        "address: fd:web\nplain: 12\nflag: TRUE\nnumber: 9\ndelay: 5m\n"
        "size: 3kB\ncolour: blue\ntexts: alone\n"
        "pairs: {a.b: 1, c: ''}\ntls: {verify: false, ca: /x}\nother: [1]\n",
        &s);

    is_text(lines, "", "nothing is wrong");
    is_text(s.text, "fd:web", "a text");
    is_text(s.plain, "12", "a number is as good a text");
    ok(s.flag, "TRUE is true");
    is_int(s.delay, 5 * USEC_PER_MINUTE, "a duration");
    is_int(s.size, 3000, "kB are thousands");
    is_int(s.colour, BLUE, "a choice");
    is_int(s.texts.count, 1, "one text is a list of one");
    is_text(s.pairs.items[0].name, "a.b", "a name may have dots");
    is_text(s.pairs.items[1].value, "", "a value may be empty");
    ok(!s.inner.flag, "a section's flag");
    is_text(s.inner.ca, "/x", "a section's text");
    option_done(table, &s);
}

/* What bmc_defaults and a BMC do. */
static void test_overlay(void)
{
    struct yaml_problems *p = yaml_problems_new();
    const char *text = "{pairs: {b: new, c: more}, tls: {ca: null}, "
                       "texts: [three]}";
    struct yaml_tree *tree = yaml_parse("t", text, strlen(text), p);
    struct sample base, s;
    _cleanup_free_ char *lines =
        read_lines(table,
                   "pairs: {a: old, b: old}\n"
                   "tls: {ca: /x, verify: false}\nplain: kept\n",
                   &base);

    is_text(lines, "", "the base is fine");
    option_copy(table, &base, &s);
    option_done(table, &base);
    ok(option_overlay(table, yaml_root(tree), "s", &s, p), "so is the rest");
    is_text(s.plain, "kept", "what is not named stays");
    is_int(s.pairs.count, 3, "pairs add up");
    is_text(s.pairs.items[0].value, "old", "the first stays");
    is_text(s.pairs.items[1].value, "new", "the second is replaced");
    ok(!s.inner.flag, "a section merges");
    is_text(s.inner.ca, NULL, "null undoes");
    is_int(s.texts.count, 1, "a list is replaced");
    option_done(table, &s);
    yaml_tree_free(tree);
    yaml_problems_free(p);
}

struct quantity {
    const char *text;
    bool good;
    uint64_t value;
    const char *back;
};

static const struct quantity durations[] = {
    {"30s", true, 30 * USEC_PER_SEC, "30s"},
    {"90s", true, 90 * USEC_PER_SEC, "90s"},
    {"120s", true, 2 * USEC_PER_MINUTE, "2m"},
    {"5m", true, 5 * USEC_PER_MINUTE, "5m"},
    {"2h", true, 2 * USEC_PER_HOUR, "2h"},
    {"7d", true, 7 * USEC_PER_DAY, "7d"},
    {"24h", true, USEC_PER_DAY, "1d"},
    {"250ms", true, 250 * USEC_PER_MSEC, "250ms"},
    {"0s", true, 0, "0s"},
    {"0", false, 0, NULL},
    {"30", false, 0, NULL},
    {"1.5h", false, 0, NULL},
    {"-5s", false, 0, NULL},
    {"5 s", false, 0, NULL},
    {"5S", false, 0, NULL},
    {"2h30m", false, 0, NULL},
    {"s", false, 0, NULL},
    {"", false, 0, NULL},
    {"05s", false, 0, NULL},
    {"99999999999d", false, 0, NULL},
};

static const struct quantity sizes[] = {
    {"64MiB", true, 64 << 20, "64MiB"},
    {"4GiB", true, UINT64_C(4) << 30, "4GiB"},
    {"1kB", true, 1000, "1kB"},
    {"1KiB", true, 1024, "1KiB"},
    {"2MB", true, 2000000, "2MB"},
    {"1TB", true, 1000000000000, "1TB"},
    {"123", true, 123, "123B"},
    {"123B", true, 123, "123B"},
    {"0B", true, 0, "0B"},
    {"64M", false, 0, NULL},
    {"64mib", false, 0, NULL},
    {"1KB", false, 0, NULL},
    {"1.5GiB", false, 0, NULL},
    {"64 MiB", false, 0, NULL},
    {"99999999TiB", false, 0, NULL},
};

static void test_quantities(void)
{
    char text[OPTION_TEXT_MAX];
    uint64_t value;

    for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
        const struct quantity *q = &durations[i];

        value = 0;
        ok(option_parse_duration(q->text, &value) == q->good, "duration '%s'",
           q->text);
        if (q->good) {
            is_int(value, q->value, "is as long as it says");
            is_text(option_format_duration(value, text), q->back, "and back");
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        const struct quantity *q = &sizes[i];

        value = 0;
        ok(option_parse_size(q->text, &value) == q->good, "size '%s'", q->text);
        if (q->good) {
            is_int(value, q->value, "is as large as it says");
            is_text(option_format_size(value, text), q->back, "and back");
        }
    }
}

static void on_shown(void *userdata, const char *path, const char *value)
{
    buffer_printf(userdata, "%s=%s\n", path, value);
}

/* What was read is shown as it could have been written. */
static void test_shown(void)
{
    static const char text[] =
        "address: a\nflag: true\nnumber: 7\ndelay: 90s\nsize: 2MiB\n"
        "colour: blue\ntexts: [x, y]\ntls: {ca: z, verify: false}\n";
    struct yaml_problems *p = yaml_problems_new();
    struct yaml_tree *tree = yaml_parse("t", text, strlen(text), p);
    _cleanup_(buffer_done) struct buffer out = {0};
    const struct option_shown shown = {on_shown, &out};
    struct sample s;

    option_read(table, yaml_root(tree), NULL, &s, p);
    is_int(yaml_problems_errors(p), 0, "it is read");
    option_show(table, &s, NULL, &shown);
    is_text(out.data,
            "address=a\nflag=true\nnumber=7\ndelay=90s\nsize=2MiB\n"
            "colour=blue\ntexts=x\ntexts=y\ntls.ca=z\n",
            "all but nothing is shown");
    option_done(table, &s);
    yaml_tree_free(tree);
    yaml_problems_free(p);
}

int main(void)
{
    test_mistakes();
    test_required();
    test_defaults();
    test_values();
    test_overlay();
    test_quantities();
    test_shown();
    return done_testing();
}
