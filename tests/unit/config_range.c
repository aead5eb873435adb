/* SPDX-License-Identifier: Apache-2.0 */
/* Texts with ranges: what they stand for, and what is wrong with others. */
#include "config/config_range.h"

#include <stdint.h>

#include "config.h"
#include "tap.h"

static const struct {
    const char *text;
    bool is_url;
    size_t count;
    const char *texts; /* the first and the last few, joined by blanks */
} good[] = {
    {"n1", false, 1, "n1"},
    {"n[1-3]", false, 3, "n1 n2 n3"},
    {"n[08-11]", false, 4, "n08 n09 n10 n11"},
    {"n[00-02]", false, 3, "n00 n01 n02"},
    {"n[0-2]", false, 3, "n0 n1 n2"},
    {"n[098-101]", false, 4, "n098 n099 n100 n101"},
    {"[1,3,5-7]", false, 5, "1 3 5 6 7"},
    {"n[7,01,7]x", false, 3, "n7x n01x n7x"},
    {"r[1-2]-n[01-03].z", false, 6,
     "r1-n01.z r1-n02.z r1-n03.z r2-n01.z r2-n02.z r2-n03.z"},
    {"[1-2][3-4]", false, 4, "13 14 23 24"},
    {"n]", false, 1, "n]"},
    {"https://10.0.[0-1].[9-10]", true, 4,
     "https://10.0.0.9 https://10.0.0.10 https://10.0.1.9 https://10.0.1.10"},
    {"https://[fd00::1]", true, 1, "https://[fd00::1]"},
    {"https://[::1]:[1-2]", true, 2, "https://[::1]:1 https://[::1]:2"},
    {"https://[fd00::[1-3]]:8443", true, 3,
     "https://[fd00::1]:8443 https://[fd00::2]:8443 https://[fd00::3]:8443"},
    {"https://[fd00:[1-2]::[5-6]]", true, 4,
     "https://[fd00:1::5] https://[fd00:1::6] https://[fd00:2::5] "
     "https://[fd00:2::6]"},
    {"https://[fe80::1%eth0]", true, 1, "https://[fe80::1%eth0]"},
};

static void test_good(void)
{
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        _cleanup_(config_range_freep) struct config_range *r = NULL;
        _cleanup_(buffer_done) struct buffer texts = {0};
        struct error err = {""};
        size_t at;

        if (!ok(config_range_parse(good[i].text, good[i].is_url, &r, &at,
                                   &err) == 0,
                "%s is read %s", good[i].text, err.text))
            continue;
        is_int(config_range_count(r), good[i].count, "... it is so many");
        for (size_t n = 0; n < config_range_count(r); n++) {
            if (n > 0)
                buffer_add_char(&texts, ' ');
            config_range_add_text(r, n, &texts);
        }
        is_text(texts.data, good[i].texts, "... namely these");
    }
}

static const struct {
    const char *text;
    bool is_url;
    size_t at; /* where the caret goes */
    const char *words;
} bad[] = {
    {"n[]", false, 2,
     "a number is missing here: a range is written as [1-40], [01-40] or "
     "[1,3,5-7]"},
    {"n[1-]", false, 4,
     "a number is missing here: a range is written as [1-40], [01-40] or "
     "[1,3,5-7]"},
    {"n[1,]", false, 4,
     "a number is missing here: a range is written as [1-40], [01-40] or "
     "[1,3,5-7]"},
    {"n[a-c]", false, 2,
     "a number is missing here: a range is written as [1-40], [01-40] or "
     "[1,3,5-7]"},
    {"n[[1-2]]", false, 2,
     "a number is missing here: a range is written as [1-40], [01-40] or "
     "[1,3,5-7]"},
    {"r[1-2]n[1-4", false, 11,
     "the range that begins with '[1-4' is not closed by ']'"},
    {"n[1-4-5]", false, 5,
     "the range that begins with '[1-4' is not closed by ']'"},
    {"n[fd00::1]", false, 2,
     "a number is missing here: a range is written as [1-40], [01-40] or "
     "[1,3,5-7]"},
    {"n[1,7-3]", false, 4, "the range runs backwards: from 7 to 3"},
    {"n[1-1234567890]", false, 4, "a number of a range has at most 9 digits"},
    {"n[0-100000]", false, 1,
     "with this range it stands for more than 100000 BMCs"},
    {"r[1-1000]n[1-101]", false, 10,
     "with this range it stands for more than 100000 BMCs"},
    {"[0-999999999,0-999999999][0-999999999]", false, 0,
     "with this range it stands for more than 100000 BMCs"},
    {"https://10.0.0.[1-a]", true, 18,
     "a number is missing here: a range is written as [1-40], [01-40] or "
     "[1,3,5-7]"},
};

static void test_bad(void)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct config_range *r = NULL;
        struct error err = {""};
        size_t at = SIZE_MAX;

        ok(config_range_parse(bad[i].text, bad[i].is_url, &r, &at, &err) < 0 &&
               !r,
           "%s is refused", bad[i].text);
        is_text(err.text, bad[i].words, "... with these words");
        is_int(at, bad[i].at, "... at this place");
    }
}

static void test_places(void)
{
    _cleanup_(config_range_freep) struct config_range *r = NULL;
    _cleanup_(buffer_done) struct buffer out = {0};
    size_t at;

    config_range_parse("r[01-40]-n[1,5-9]", false, &r, &at, NULL);
    is_int(config_range_places(r), 2, "two ranges");
    is_int(config_range_count(r), 240, "240 texts");
    config_range_add_place(r, 239, 0, &out);
    buffer_add_char(&out, ' ');
    config_range_add_place(r, 239, 1, &out);
    buffer_add_char(&out, ' ');
    config_range_add_place(r, 7, 0, &out);
    buffer_add_char(&out, ' ');
    config_range_add_place(r, 7, 1, &out);
    is_text(out.data, "40 9 02 5", "and what stands in them");
}

static void test_most(void)
{
    _cleanup_(config_range_freep) struct config_range *r = NULL;
    _cleanup_(buffer_done) struct buffer out = {0};
    size_t at;

    is_int(config_range_parse("n[1-100000]", false, &r, &at, NULL), 0,
           "as many as there may be");
    config_range_add_text(r, CONFIG_BMCS_MAX - 1, &out);
    is_text(out.data, "n100000", "and the last of them");
}

int main(void)
{
    test_good();
    test_bad();
    test_places();
    test_most();
    return done_testing();
}
