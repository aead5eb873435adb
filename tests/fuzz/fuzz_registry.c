/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a message registry, loaded as the daemon does, out of a folder:
 * each message of it must be found by the MessageId that names it, however
 * that is written, its text must be filled in, and an event be resolved by it.
 * Seeds: registries/NAME.json. Built with -fsanitize=fuzzer,address,undefined.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "registry.h"
#include "resolve.h"
#include "util/alloc.h"
#include "util/utf8.h"

#define MESSAGES_TRIED 20 /* of one registry, to stay quick */
#define NAME_TRIED 190    /* longer names are refused */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond) \
    do {              \
        if (!(cond))  \
            abort();  \
    } while (0)

static char folder[] = "/dev/shm/trawl-fuzz-registry.XXXXXX";

static void remove_folder(void)
{
    char path[64];

    snprintf(path, sizeof(path), "%s/r.json", folder);
    unlink(path);
    rmdir(folder);
}

/* Leaves the bytes as the only registry of the folder. */
static void write_file(const uint8_t *data, size_t size)
{
    char path[64];
    int fd;

    if (folder[sizeof(folder) - 2] == 'X') {
        REQUIRE(mkdtemp(folder));
        atexit(remove_folder);
    }
    snprintf(path, sizeof(path), "%s/r.json", folder);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    close(fd);
}

static void check_fill(const struct registry_message *m)
{
    _cleanup_(event_freep) struct event *e = event_new();
    _cleanup_(buffer_done) struct buffer out = {0};
    unsigned missing = 0;

    event_add(e, EVENT_ARG, "%2", 2);
    event_add(e, EVENT_ARG, "", 0);
    event_add(e, EVENT_ARG, "three", 5);
    resolve_fill(m->text, e, &out, &missing);
    REQUIRE(utf8_is_valid(out.data ? out.data : "", out.len));
    REQUIRE(missing <= out.len);
}

static void check_resolve(const struct registry_set *set,
                          const struct registry *r,
                          const struct registry_message *m)
{
    _cleanup_(event_freep) struct event *e = event_new();
    _cleanup_free_ char *id = xasprintf("%s.%d.%d.%d.%s", r->prefix, r->major,
                                        r->minor, r->errata, m->key);
    struct resolve_id parts;

    resolve_id_parse(id, strlen(id), &parts);
    resolve_id_done(&parts);
    event_set(e, EVENT_MESSAGE_ID, id);
    event_add(e, EVENT_ARG, "one", 3);
    resolve_event(&(struct registry_view){.shared = set}, e);
    REQUIRE(event_has(e, EVENT_SEVERITY) && event_has(e, EVENT_RESOLVED_FROM));
}

static void check_message(const struct registry_set *set,
                          const struct registry *r, size_t i)
{
    const struct registry_message *m = &r->messages[i];
    struct registry_hit hit;

    REQUIRE(m->key && m->text);
    REQUIRE(i == 0 || strcasecmp(r->messages[i - 1].key, m->key) <= 0);
    if (m->partial || strlen(m->key) > NAME_TRIED)
        return; /* an override, or a key that is not indexed */
    REQUIRE(registry_find(set, r->prefix, r->major, r->minor, r->errata, m->key,
                          &hit));
    REQUIRE(strcmp(hit.message->key, m->key) == 0);
    REQUIRE(registry_find_key(set, m->key, &hit));
    check_fill(m);
    check_resolve(set, r, m);
}

static void check_registry(const struct registry *r, const uint8_t *data,
                           size_t size)
{
    struct registry_set *set;

    if (strlen(r->prefix) > NAME_TRIED)
        return;
    set = registry_set_new();
    write_file(data, size);
    registry_set_load(set, folder, REGISTRY_LOCAL, NULL, NULL);
    REQUIRE(registry_set_count(set) == 1 && registry_set_has(set, r->prefix));
    for (size_t i = 0; i < r->message_count && i < MESSAGES_TRIED; i++)
        check_message(set, r, i);
    registry_set_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {""};
    struct registry *r = registry_parse((const char *)data, size, &err);

    if (r)
        check_registry(r, data, size);
    else
        REQUIRE(err.text[0]);
    registry_free(r);
    return 0;
}
