/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parser's complaints in words for people. libyaml names the place where
 * it noticed; the cause is often where the thing began (an unclosed bracket
 * on line 2 is noticed on line 3). Each row says which of the two places to
 * show, and what to do; the other place stands in the text.
 */
#include <stdio.h>
#include <string.h>

#include "util/macro.h"
#include "config/yaml_parts.h"

enum place { AT_PROBLEM, AT_CONTEXT };

struct phrase {
    const char *context; /* NULL: any */
    const char *problem; /* NULL: any */
    enum place place;
    const char *text;
    const char *other; /* how the other place is mentioned, or NULL */
};

/* First match wins. The left half is libyaml's own wording. */
static const struct phrase phrases[] = {
    {"while parsing a flow sequence", NULL, AT_CONTEXT,
     "the list that begins here with '[' is not finished: a ',' or ']' is "
     "missing",
     "noticed"},
    {"while parsing a flow mapping", NULL, AT_CONTEXT,
     "the mapping that begins here with '{' is not finished: a ',' or '}' is "
     "missing",
     "noticed"},
    {"while scanning a quoted scalar", "found unexpected end of stream",
     AT_CONTEXT, "the quote that opens here is never closed", NULL},
    {"while scanning a quoted scalar", NULL, AT_CONTEXT,
     "the text in quotes that begins here runs into another document",
     "noticed"},
    {"while parsing a quoted scalar", NULL, AT_PROBLEM,
     "a backslash before this means nothing in double quotes: use single "
     "quotes, or write \\\\",
     NULL},
    {"while scanning a simple key", NULL, AT_CONTEXT,
     "a ':' is missing: expected 'key: value' (a blank after the ':') or "
     "'- item'",
     NULL},
    {"while parsing a block mapping", NULL, AT_PROBLEM,
     "this continues nothing that came before: check the indentation, or put "
     "the text in quotes",
     "the mapping it stands in begins"},
    {"while parsing a block collection", NULL, AT_PROBLEM,
     "a list goes on here, so a '- ' is expected: check the indentation",
     "the list begins"},
    {"while scanning a block scalar", NULL, AT_CONTEXT,
     "'>' and '|' begin a text of several lines: put the value in quotes, "
     "like \">=Warning\"",
     NULL},
    {"while scanning an alias", NULL, AT_CONTEXT,
     "'*' begins an alias: put a pattern in quotes, like \"*.example\"", NULL},
    {"while scanning an anchor", NULL, AT_CONTEXT,
     "'&' begins an anchor: put the text in quotes", NULL},
    {"while parsing a flow node", NULL, AT_PROBLEM,
     "a value is expected here: is a '[' or '{' before it not closed? (an "
     "address such as \"[::]:8443\" must stand in quotes)",
     NULL},
    {"while scanning for the next token", NULL, AT_PROBLEM,
     "this character cannot begin a value: put the text in quotes", NULL},
    {NULL, "mapping values are not allowed in this context", AT_PROBLEM,
     "no ':' is expected here: check the indentation and the line before, or "
     "put a text that has ': ' in it in quotes",
     NULL},
    {NULL, "block sequence entries are not allowed in this context", AT_PROBLEM,
     "no '- ' is expected here: begin the list on the next line, "
     "or put the text in quotes",
     NULL},
    {NULL, "did not find expected <document start>", AT_PROBLEM,
     "this continues nothing that came before: check the indentation", NULL},
    {NULL, "found undefined tag handle", AT_PROBLEM,
     "'!' begins a tag, and this one is unknown: put the text in quotes", NULL},
    {NULL, "control characters are not allowed", AT_PROBLEM,
     "a control character stands here: remove it", NULL},
    {NULL, "invalid leading UTF-8 octet", AT_PROBLEM,
     "this is no UTF-8: save the file as UTF-8", NULL},
    {NULL, "invalid trailing UTF-8 octet", AT_PROBLEM,
     "this is no UTF-8: save the file as UTF-8", NULL},
    {NULL, "incomplete UTF-8 octet sequence", AT_PROBLEM,
     "this is no UTF-8: save the file as UTF-8", NULL},
    {NULL, "found incompatible YAML document", AT_PROBLEM,
     "only YAML 1.1 and 1.2 are known: remove the %YAML line", NULL},
};

static bool is_phrase(const char *want, const char *seen)
{
    return !want || (seen && strcmp(want, seen) == 0);
}

/* NULL for what libyaml says so rarely that its own words must do. */
static const struct phrase *phrase_find(const struct yaml_complaint *c)
{
    for (size_t i = 0; i < ARRAY_LEN(phrases); i++)
        if (is_phrase(phrases[i].context, c->context) &&
            is_phrase(phrases[i].problem, c->problem))
            return &phrases[i];
    return NULL;
}

/*
 * A tab where blanks indent gives a dozen different complaints; none of them
 * says "tab".
 */
static bool tab_find(const struct yaml_problems *p, struct yaml_mark *mark)
{
    const char *text = yaml_problems_source(p, mark->file);
    const char *line, *tab;
    size_t len, indent;

    if (!text)
        return false;
    line = yaml_source_line(text, mark->line, &len);
    indent = strspn(line, " \t");
    tab = memchr(line, '\t', MIN_OF(indent, len));
    if (!tab)
        return false;
    mark->column = (unsigned)(tab - line) + 1;
    return true;
}

void yaml_complain(struct yaml_problems *p, const struct yaml_complaint *c)
{
    const struct phrase *phrase = phrase_find(c);
    struct yaml_mark tab = c->problem_mark;
    const struct yaml_mark *mark = &c->problem_mark;
    const struct yaml_mark *other = &c->context_mark;

    if (tab_find(p, &tab)) {
        yaml_problem(p, &tab, NULL,
                     "a tab stands here: YAML is indented with blanks only");
        return;
    }
    if (!phrase) {
        yaml_problem(p, mark, NULL, "this is no YAML: %s%s%s", c->problem,
                     c->context ? " " : "", c->context ? c->context : "");
        return;
    }
    if (phrase->place == AT_CONTEXT && c->context) {
        mark = &c->context_mark;
        other = &c->problem_mark;
    }
    if (phrase->other)
        yaml_problem(p, mark, NULL, "%s (%s at line %u, column %u)",
                     phrase->text, phrase->other, other->line, other->column);
    else
        yaml_problem(p, mark, NULL, "%s", phrase->text);
}
