/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make-catalog REGISTRIES: writes the journal's catalog of all messages that
 * the registries of a folder define, so that journalctl -x tells with each
 * event what it means, where it happened, what to do, and what ends it. Runs
 * while Trawl is built and is not installed.
 *
 * An entry stands under the MESSAGE_ID that the journal's format gives to
 * registry and key, so a key has one entry whatever versions of its registry
 * are there. journalctl fills in @FIELD@ from the event that it shows; a field
 * that an event lacks would be shown by its name, so only REDFISH_WHERE is
 * used, which every entry of ours has (formats/journal.c).
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clearing.h"
#include "message_uuid.h"
#include "registry.h"
#include "util/alloc.h"
#include "util/buffer.h"

#define COLUMNS 76

/* Words with one blank between them, in lines of COLUMNS at most. */
static void print_wrapped(const char *text)
{
    size_t column = 0;

    while (*(text += strspn(text, " \t\r\n"))) {
        size_t len = strcspn(text, " \t\r\n");

        if (column > 0 && column + 1 + len > COLUMNS)
            column = 0, putchar('\n');
        column +=
            (size_t)printf("%s%.*s", column > 0 ? " " : "", (int)len, text);
        text += len;
    }
    putchar('\n');
}

static void print_paragraph(const char *heading, const char *text)
{
    _cleanup_(buffer_done) struct buffer line = {0};

    buffer_printf(&line, "%s: %s", heading, text);
    putchar('\n');
    print_wrapped(line.data);
}

/* One sentence on one line, without its full stop. */
static void print_subject(const char *text)
{
    size_t len = strcspn(text, "\n");

    while (len > 0 && strchr(". \r", text[len - 1]))
        len--;
    printf("Subject: %.*s\n", (int)len, text);
}

/* The messages after which the problem is over, by registry and key. */
static void print_ends(const struct registry_set *set, const struct registry *r,
                       const struct registry_message *m)
{
    _cleanup_(event_freep) struct event *e = event_new();
    _cleanup_(buffer_done) struct buffer names = {0};
    const struct registry_view view = {.shared = set};
    struct clearing_answer ends = {0};

    event_set(e, EVENT_REGISTRY, r->prefix);
    event_set(e, EVENT_KEY, m->key);
    clearing_ended_by(registry_set_clearing(set), &view, e, &ends);
    for (size_t i = 0; i < ends.count; i++)
        buffer_printf(&names, "%s%s.%s", i > 0 ? ", " : "",
                      ends.targets[i].registry, ends.targets[i].key);
    if (ends.count > 0)
        print_paragraph("Over with", names.data);
    clearing_answer_done(&ends);
}

static void print_entry(const struct registry_set *set,
                        const struct registry *r,
                        const struct registry_message *m, const json_t *file)
{
    const json_t *message =
        json_object_get(json_object_get(file, "Messages"), m->key);
    const char *meaning =
        json_string_value(json_object_get(message, "Description"));
    const char *todo = m->resolution;
    char uuid[MESSAGE_UUID_LEN + 1];

    if (!meaning || !*meaning)
        meaning = m->text;
    message_uuid_format(r->prefix, m->key, uuid);
    printf("\n-- %s\n", uuid);
    print_subject(meaning);
    printf("Defined-By: Trawl\nDocumentation: man:trawl-fields(7)\n");
    print_paragraph("Where", "@REDFISH_WHERE@");
    printf("Message: %s.%s\n", r->prefix, m->key);
    print_paragraph("What it means", meaning);
    if (todo && *todo && strcmp(todo, "None") && strcmp(todo, "None."))
        print_paragraph("What to do", todo);
    else
        print_paragraph("What to do", "nothing.");
    print_ends(set, r, m);
}

/* Of several versions of a registry only one may tell of a key. */
static bool is_told_by(const struct registry_set *set, const struct registry *r,
                       const char *key)
{
    struct registry_hit hit;

    return registry_find(set, r->prefix, REGISTRY_VERSION_ANY,
                         REGISTRY_VERSION_ANY, REGISTRY_VERSION_ANY, key,
                         &hit) &&
           hit.registry == r;
}

static void print_registry(const struct registry_set *set,
                           const struct registry *r)
{
    json_t *file = json_load_file(r->file, 0, NULL);

    printf("\n# %s %d.%d\n", r->prefix, r->major, r->minor);
    for (size_t i = 0; i < r->message_count; i++)
        if (is_told_by(set, r, r->messages[i].key))
            print_entry(set, r, &r->messages[i], file);
    json_decref(file);
}

static int compare_files(const void *a, const void *b)
{
    const struct registry *const *one = a, *const *other = b;

    return strcmp((*one)->file, (*other)->file);
}

/* In the order of their files, so that two builds are the same. */
static void print_all(const struct registry_set *set)
{
    size_t count = registry_set_count(set), cursor = 0;
    const struct registry **all = xcalloc(count + 1, sizeof(const void *));

    for (size_t i = 0; i < count; i++)
        all[i] = registry_set_next(set, &cursor);
    qsort(all, count, sizeof(*all), compare_files);
    for (size_t i = 0; i < count; i++)
        print_registry(set, all[i]);
    free(all);
}

static void on_problem(void *userdata, const char *text)
{
    *(bool *)userdata = true;
    fprintf(stderr, "make-catalog: %s\n", text);
}

int main(int argc, char **argv)
{
    struct registry_set *set = registry_set_new();
    struct clearing *clearing = clearing_new();
    bool is_wrong = false;

    if (argc != 2) {
        fputs("usage: make-catalog REGISTRIES\n", stderr);
        return 2;
    }
    registry_set_load(set, argv[1], REGISTRY_BUNDLED, on_problem, &is_wrong);
    clearing_load(clearing, argv[1], on_problem, &is_wrong);
    registry_set_take(set, NULL, clearing);
    puts("# The messages of the registries that Trawl is shipped with.");
    print_all(set);
    if (registry_set_count(set) == 0)
        on_problem(&is_wrong, "there is no registry");
    registry_set_free(set);
    return is_wrong || fflush(stdout) || ferror(stdout) ? 1 : 0;
}
