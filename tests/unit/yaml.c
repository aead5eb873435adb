/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The YAML reader: what the tree looks like, and for each thing that can be
 * wrong the place and the words. A case is a text and the lines it prints.
 */
#include "yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problem_lines.h"
#include "tap.h"
#include "util/buffer.h"

struct mistake {
    const char *what;
    const char *text;
    const char *lines; /* without source lines and carets */
};

static const struct mistake mistakes[] = {
    {"an empty file is fine", "", ""},
    {"comments alone are fine", "# nothing\n\n# here\n", ""},
    {"an unclosed list is shown where it begins", "a: [1, 2\nb: 3\n",
     "t:1:4: the list that begins here with '[' is not finished: a ',' or ']' "
     "is missing (noticed at line 2, column 2)\n"},
    {"an unclosed mapping is shown where it begins", "a: {x: 1\nb: 3\n",
     "t:1:4: the mapping that begins here with '{' is not finished: a ',' or "
     "'}' is missing (noticed at line 2, column 2)\n"},
    {"an unclosed quote is shown where it opens", "a: \"abc\nb: c\n",
     "t:1:4: the quote that opens here is never closed\n"},
    {"a document marker inside a quote", "a: \"x\n---\n",
     "t:1:4: the text in quotes that begins here runs into another document "
     "(noticed at line 2, column 1)\n"},
    {"a tab that indents", "a:\n\tb: 1\n",
     "t:2:1: a tab stands here: YAML is indented with blanks only\n"},
    {"a tab after blanks", "a:\n  b: 1\n \tc: 2\n",
     "t:3:2: a tab stands here: YAML is indented with blanks only\n"},
    {"a colon too many", "a: b: c\n",
     "t:1:5: no ':' is expected here: check the indentation and the line "
     "before, or put a text that has ': ' in it in quotes\n"},
    {"columns count characters", "\xC3\xA9: \xC3\xBC: x\n",
     "t:1:5: no ':' is expected here: check the indentation and the line "
     "before, or put a text that has ': ' in it in quotes\n"},
    {"a key without a colon", "a: 1\nfoo\nb: 2\n",
     "t:2:1: a ':' is missing: expected 'key: value' (a blank after the ':') "
     "or '- item'\n"},
    {"a line that lost its indentation", "  a: 1\n b: 2\n",
     "t:2:2: this continues nothing that came before: check the "
     "indentation\n"},
    {"a key amidst a list", "a:\n  - x\n  y: 1\n",
     "t:3:3: a list goes on here, so a '- ' is expected: check the "
     "indentation (the list begins at line 2, column 3)\n"},
    {"a bracket too many", "a: [1]]\n",
     "t:1:7: this continues nothing that came before: check the indentation, "
     "or put the text in quotes (the mapping it stands in begins at line 1, "
     "column 1)\n"},
    {"a dash after a key", "a: - b\n",
     "t:1:4: no '- ' is expected here: begin the list on the next line, or "
     "put the text in quotes\n"},
    {"a severity range without quotes", "a: >=Warning\n",
     "t:1:4: '>' and '|' begin a text of several lines: put the value in "
     "quotes, like \">=Warning\"\n"},
    {"the same in braces", "a: {b: >=Warning}\n",
     "t:1:8: this character cannot begin a value: put the text in quotes\n"},
    {"a pattern without quotes", "a: *.foo\n",
     "t:1:4: '*' begins an alias: put a pattern in quotes, like "
     "\"*.example\"\n"},
    {"an address without quotes", "a: [::]:8443\n",
     "t:1:5: a value is expected here: is a '[' or '{' before it not closed? "
     "(an address such as \"[::]:8443\" must stand in quotes)\n"},
    {"an ampersand", "a: & b\n",
     "t:1:4: '&' begins an anchor: put the text in quotes\n"},
    {"a percent sign", "a: %x\n",
     "t:1:4: this character cannot begin a value: put the text in quotes\n"},
    {"a backslash in double quotes", "a: \"C:\\q\"\n",
     "t:1:7: a backslash before this means nothing in double quotes: use "
     "single quotes, or write \\\\\n"},
    {"Latin-1", "a: 1\nb: \xFF\n",
     "t:2:4: this is no UTF-8: save the file as UTF-8\n"},
    {"a cut UTF-8 sequence", "a: \xC3(\n",
     "t:1:5: this is no UTF-8: save the file as UTF-8\n"},
    {"half a sequence at the end", "a: \xC3",
     "t:1:4: this is no UTF-8: save the file as UTF-8\n"},
    {"a control character", "a: x\001\n",
     "t:1:5: a control character stands here: remove it\n"},
    {"another version of YAML", "%YAML 3.0\n---\na: 1\n",
     "t:1:1: only YAML 1.1 and 1.2 are known: remove the %YAML line\n"},
    {"an unknown tag handle", "a: !x!y z\n",
     "t:1:4: '!' begins a tag, and this one is unknown: put the text in "
     "quotes\n"},
    {"a tag", "a: !!str 5\n",
     "t:1:4: tags such as 'tag:yaml.org,2002:str' are not used here: remove "
     "it, or put the text in quotes\n"},
    {"a key twice", "a: 1\nb: 2\na: 3\n",
     "t:3:1: the key 'a' stands here a second time: it is already on line "
     "1\n"},
    {"a key three times", "{a: 1, a: 2, a: 3}\n",
     "t:1:8: the key 'a' stands here a second time: it is already on line 1\n"
     "t:1:14: the key 'a' stands here a second time: it is already on line "
     "1\n"},
    {"a key twice below", "x:\n  y:\n    a: 1\n    a: 2\n",
     "t:4:5: the key 'a' stands here a second time: it is already on line "
     "3\n"},
    {"a second document", "a: 1\n---\nb: 2\n",
     "t:2:1: a second document begins here: only one is read (use a file in "
     "conf.d/ for a part of its own)\n"},
    {"a merge", "a: &x {b: 1}\nc:\n  <<: *x\n",
     "t:3:3: '<<' does not merge mappings here: write the keys out "
     "(bmc_defaults: holds what all BMCs share)\n"},
    {"a mapping as a key", "a: {{ x }}\n",
     "t:1:5: a key must be plain text (a value that begins with '{' or '[' "
     "and is meant as text must stand in quotes)\n"},
    {"no key", "a: 1\n\"\": 2\n", "t:2:1: the key before ':' is empty\n"},
    {"an alias to nothing", "a: *x\n",
     "t:1:4: no anchor '&x' stands before this alias (put text that begins "
     "with '*' in quotes)\n"},
    {"an alias in its own anchor", "a: &x [1, *x]\n",
     "t:1:11: the alias '*x' stands inside its own anchor\n"},
    {"a zero byte", "a: \"x\\0y\"\n",
     "t:1:4: the text has a zero byte (\\0) in it: remove it\n"},
};

static void test_mistakes(void)
{
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
        const struct mistake *m = &mistakes[i];
        struct yaml_problems *p = yaml_problems_new();
        struct yaml_tree *tree = yaml_parse("t", m->text, strlen(m->text), p);
        _cleanup_free_ char *lines = problem_lines(p);

        is_text(lines, m->lines, "%s", m->what);
        yaml_tree_free(tree);
        yaml_problems_free(p);
    }
}

static struct yaml_tree *parse(const char *text, struct yaml_problems *p)
{
    return yaml_parse("t", text, strlen(text), p);
}

static void test_tree(void)
{
    struct yaml_problems *p = yaml_problems_new();
    struct yaml_tree *tree = parse("\xEF\xBB\xBFlist: [one, 'two', ~]\nnone:\n"
                                   "deep: {name: \"null\"}\nnull: x\n",
                                   p);
    const struct yaml_node *root = yaml_root(tree);
    const struct yaml_node *list = yaml_find(root, "list");
    const struct yaml_node *name = yaml_find(yaml_find(root, "deep"), "name");

    is_int(root->kind, YAML_MAPPING, "the root is a mapping");
    is_int(root->count, 4, "of four keys");
    is_int(list->kind, YAML_LIST, "a list is a list");
    is_int(list->count, 3, "of three");
    is_text(list->items[0]->text, "one", "a plain text");
    ok(!list->items[0]->quoted, "is not quoted");
    ok(list->items[1]->quoted, "a quoted text is");
    is_int(list->items[2]->kind, YAML_NULL, "~ is null");
    is_int(list->items[1]->mark.line, 1, "its line");
    is_int(list->items[1]->mark.column, 13,
           "its column, not counting a byte order mark");
    is_int(yaml_find(root, "none")->kind, YAML_NULL, "nothing is null");
    is_int(yaml_find(root, "none")->mark.column, 6, "and has a place");
    is_int(name->kind, YAML_SCALAR, "null in quotes is text");
    is_text(yaml_find(root, "null")->text, "x", "a key is text in any case");
    ok(!yaml_find(root, "other"), "a missing key is not found");
    ok(!yaml_find(list, "one"), "a list has no keys");
    is_int(yaml_problems_errors(p), 0, "nothing is wrong");
    yaml_tree_free(tree);
    yaml_problems_free(p);
}

static void test_alias(void)
{
    struct yaml_problems *p = yaml_problems_new();
    struct yaml_tree *tree = parse("a: &x [1, 2]\nb: *x\nc: [*x, *x]\n", p);
    const struct yaml_node *root = yaml_root(tree);

    ok(yaml_find(root, "b") == yaml_find(root, "a"),
       "an alias is the node of its anchor");
    is_int(yaml_find(root, "c")->items[1]->count, 2, "in a list too");
    is_int(yaml_problems_errors(p), 0, "nothing is wrong");
    yaml_tree_free(tree);
    yaml_problems_free(p);
}

/* Nine anchors of nine aliases each: a thousand million values. */
static void test_laughs(void)
{
    struct yaml_problems *p = yaml_problems_new();
    _cleanup_(buffer_done) struct buffer text = {0};
    _cleanup_free_ char *lines = NULL;

    buffer_add_text(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
        buffer_printf(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 9; k++)
            buffer_printf(&text, "%s*a%d", k ? ", " : "", i - 1);
        buffer_add_text(&text, "]\n");
    }
    ok(!yaml_parse("t", text.data, text.len, p), "a billion laughs end");
    lines = problem_lines(p);
    ok(strstr(lines, "aliases make this too large"), "with a reason: %s",
       lines);
    yaml_problems_free(p);
}

static void test_depth(void)
{
    struct yaml_problems *p = yaml_problems_new();
    _cleanup_free_ char *lines = NULL;
    char text[2000];

    memset(text, '[', 1000);
    memset(text + 1000, ']', 1000);
    ok(!yaml_parse("t", text, sizeof(text), p), "a thousand lists end");
    lines = problem_lines(p);
    is_text(lines, "t:1:65: lists and mappings are nested more than 64 deep\n",
            "with a reason and a place");
    yaml_problems_free(p);
}

/* A chain of aliases must not make a deeper tree than brackets can. */
static void test_alias_depth(void)
{
    struct yaml_problems *p = yaml_problems_new();
    _cleanup_(buffer_done) struct buffer text = {0};
    _cleanup_free_ char *lines = NULL;

    buffer_add_text(&text, "a0: &a0 {not: x}\n");
    for (int i = 1; i < 100; i++)
        buffer_printf(&text, "a%d: &a%d {not: *a%d}\n", i, i, i - 1);
    ok(!yaml_parse("t", text.data, text.len, p), "a chain of aliases ends");
    lines = problem_lines(p);
    ok(strstr(lines, "or 64 levels"), "with a reason: %s", lines);
    yaml_problems_free(p);
}

static void test_print(void)
{
    struct yaml_problems *p = yaml_problems_new();
    struct yaml_tree *tree = parse("spool:\n  keep: 5 minuets\n"
                                   "  b: \xC3\xA9, c\n",
                                   p);
    const struct yaml_node *spool = yaml_find(yaml_root(tree), "spool");
    _cleanup_(buffer_done) struct buffer out = {0};

    yaml_problem(p, NULL, NULL, "something of the whole");
    yaml_problem(p, &spool->items[1]->mark, "spool.b", "second");
    yaml_warning(p, &spool->items[0]->mark, "spool.keep", "first, %d", 1);
    yaml_problem(p, &spool->items[1]->mark, "spool.b", "second");
    yaml_problems_print(p, &out);
    is_text(out.data,
            "t:2:9: warning: spool.keep: first, 1\n"
            "     2 |   keep: 5 minuets\n"
            "       |         ^\n"
            "t:3:6: spool.b: second\n"
            "     3 |   b: \xC3\xA9, c\n"
            "       |      ^\n"
            "something of the whole\n",
            "problems are sorted, quoted, and said once");
    is_int(yaml_problems_errors(p), 3, "errors are counted");
    is_int(yaml_problems_warnings(p), 1, "and warnings");
    yaml_tree_free(tree);
    yaml_problems_free(p);
}

struct masked {
    const char *text;
    const char *want;
};

static const struct masked masks[] = {
    {"a: {token: abcdef, url: x}", "a: {token: ******, url: x}"},
    {"a: {'token' : \"a,b\", url: x}", "a: {'token' : \"***\", url: x}"},
    {"  token: abc # why", "  token: *** # why"},
    {"sasl.password: geheim", "sasl.password: ******"},
    {"ssl.client.Secret: 's }x'", "ssl.client.Secret: '****'"},
    {"password_file: /x/{name}", "password_file: /x/{name}"},
    {"url: https://me:pw@host/x", "url: https://*****@host/x"},
    {"token:", "token:"},
};

static void test_masks(void)
{
    for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
        struct yaml_problems *p = yaml_problems_new();
        struct yaml_tree *tree = parse(masks[i].text, p);
        _cleanup_(buffer_done) struct buffer out = {0};
        char *line, *end;

        yaml_problem(p, &yaml_root(tree)->mark, NULL, "x");
        yaml_problems_print(p, &out);
        line = strstr(out.data, " | ") + 3;
        end = strchr(line, '\n');
        *end = '\0';
        is_text(line, masks[i].want, "secrets are covered in: %s",
                masks[i].want);
        yaml_tree_free(tree);
        yaml_problems_free(p);
    }
}

static void test_long_line(void)
{
    struct yaml_problems *p = yaml_problems_new();
    _cleanup_(buffer_done) struct buffer text = {0}, out = {0};
    struct yaml_tree *tree;
    char *line, *caret;

    buffer_add_text(&text, "a: [");
    for (int i = 0; i < 100; i++)
        buffer_printf(&text, "item%d, ", i);
    buffer_add_text(&text, "]\n");
    tree = parse(text.data, p);
    yaml_problem(p, &yaml_find(yaml_root(tree), "a")->items[50]->mark, NULL,
                 "x");
    yaml_problems_print(p, &out);
    line = strchr(out.data, '\n') + 1;
    caret = strchr(line, '\n') + 1;
    ok(strlen(caret) < 120, "a long line is cut to its part");
    ok(strncmp(line + (strchr(caret, '^') - caret), "item50", 6) == 0,
       "and the caret stands under the right word");
    yaml_tree_free(tree);
    yaml_problems_free(p);
}

static void test_missing_file(void)
{
    struct yaml_problems *p = yaml_problems_new();
    _cleanup_free_ char *lines = NULL;

    ok(!yaml_read("/nonexistent/trawl.yaml", p), "a missing file is no tree");
    lines = problem_lines(p);
    is_text(lines,
            "cannot open /nonexistent/trawl.yaml: No such file or directory\n",
            "and says why");
    yaml_problems_free(p);
}

int main(void)
{
    test_mistakes();
    test_tree();
    test_alias();
    test_laughs();
    test_depth();
    test_alias_depth();
    test_print();
    test_masks();
    test_long_line();
    test_missing_file();
    return done_testing();
}
