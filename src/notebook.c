/* SPDX-License-Identifier: Apache-2.0 */
/* A page for each BMC, few lines each; see notebook.h. */
#include "notebook.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>

#include "log.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/hashmap.h"
#include "util/json_writer.h"

#define FILE_LIMIT (64u << 20) /* 100,000 BMCs write less */
/* Of its time the loop spends at most this part with writing. */
#define WRITE_SHARE 20
#define URL_KEY "url"

struct line {
    struct line *next;
    char *key, *text;
};

struct notebook {
    char *path;
    struct hashmap *pages; /* of each BMC its lines; the first is its URL */
    sd_event_source *timer;
    usec_t rest_until; /* monotonic; so often is often enough */
    bool changed, failed;
};

static void line_free(struct line *l)
{
    free(l->key);
    free(l->text);
    free(l);
}

static void page_free(struct line *page)
{
    while (page) {
        struct line *next = page->next;

        line_free(page);
        page = next;
    }
}

static struct line **line_at(struct line **page, const char *key)
{
    while (*page && strcmp((*page)->key, key) != 0)
        page = &(*page)->next;
    return page;
}

/* ---- the file */

static void save(const struct notebook *n, struct buffer *out)
{
    struct json_writer w;
    const char *name;
    size_t cursor = 0;
    void *page;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    while (hashmap_next(n->pages, &cursor, &name, &page)) {
        json_writer_key(&w, name);
        json_writer_open_object(&w);
        for (const struct line *l = page; l; l = l->next)
            json_writer_member(&w, l->key, l->text);
        json_writer_close_object(&w);
        buffer_add_char(out, '\n'); /* for those who look into it */
    }
    json_writer_close_object(&w);
}

/* Whole, but not synced: the loop must not wait for the disk. */
static int write_file(const char *path, const struct buffer *text)
{
    _cleanup_free_ char *temporary = xasprintf("%s.new", path);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int r = fd < 0 ? -errno : file_write_bytes(fd, text->data, text->len);

    if (fd >= 0 && close(fd) < 0 && r == 0)
        r = -errno;
    if (r == 0 && rename(temporary, path) < 0)
        r = -errno;
    if (r < 0)
        unlink(temporary);
    return r;
}

static void write_changes(struct notebook *n)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    usec_t begun = clock_monotonic(), now;
    int r;

    if (!n->changed)
        return;
    n->changed = false;
    save(n, &text);
    r = write_file(n->path, &text);
    now = clock_monotonic();
    n->rest_until = now + WRITE_SHARE * (now - begun);
    if (r < 0 && !n->failed)
        log_warning("cannot write %s: %s; after a restart some BMCs are asked "
                    "more than needed",
                    n->path, strerror(-r));
    n->failed = r < 0;
}

static int on_timer(sd_event_source *source _unused_, uint64_t now _unused_,
                    void *userdata)
{
    write_changes(userdata);
    return 0;
}

static void touch(struct notebook *n)
{
    if (n->changed)
        return;
    n->changed = true;
    if (!n->timer)
        return;
    sd_event_source_set_time(n->timer, n->rest_until);
    sd_event_source_set_enabled(n->timer, SD_EVENT_ONESHOT);
}

static void read_page(struct notebook *n, const char *name, json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach (object, key, value)
        if (json_is_string(value))
            notebook_set(n, name, key, json_string_value(value));
}

static void read_file(struct notebook *n)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    struct error err;
    const char *name;
    json_t *root, *page;
    int r = file_read(n->path, FILE_LIMIT, &text, &err);

    if (r == -ENOENT)
        return;
    root = r < 0 ? NULL : json_loadb(text.data ?: "", text.len, 0, NULL);
    if (!json_is_object(root))
        log_warning("%s cannot be read (%s); it begins anew, which costs BMCs "
                    "some requests",
                    n->path, r < 0 ? err.text : "it is no JSON object");
    json_object_foreach (root, name, page)
        read_page(n, name, page);
    json_decref(root);
}

struct notebook *notebook_open(sd_event *loop, const char *path)
{
    struct notebook *n = XNEW(struct notebook);

    n->path = xstrdup(path);
    n->pages = hashmap_new();
    read_file(n);
    n->changed = false;
    if (loop && sd_event_add_time(loop, &n->timer, CLOCK_MONOTONIC, 0,
                                  USEC_PER_MSEC, on_timer, n) >= 0)
        sd_event_source_set_enabled(n->timer, SD_EVENT_OFF);
    return n;
}

void notebook_close(struct notebook *n)
{
    size_t cursor = 0;
    void *page;

    if (!n)
        return;
    n->changed |= n->failed; /* there may be room by now */
    write_changes(n);
    while (hashmap_next(n->pages, &cursor, NULL, &page))
        page_free(page);
    hashmap_free(n->pages);
    sd_event_source_disable_unref(n->timer);
    free(n->path);
    free(n);
}

/* ---- pages */

const char *notebook_get(const struct notebook *n, const char *bmc,
                         const char *key)
{
    struct line *page = hashmap_find(n->pages, bmc);
    struct line *l = *line_at(&page, key);

    return l ? l->text : NULL;
}

static void set_page(struct notebook *n, const char *bmc, struct line *page)
{
    if (page)
        hashmap_set(n->pages, bmc, page);
    else
        hashmap_remove(n->pages, bmc);
    touch(n);
}

static void take_out(struct notebook *n, const char *bmc, const char *key)
{
    struct line *page = hashmap_find(n->pages, bmc);
    struct line **at = line_at(&page, key), *gone = *at;

    if (!gone)
        return;
    *at = gone->next;
    line_free(gone);
    set_page(n, bmc, page);
}

void notebook_set(struct notebook *n, const char *bmc, const char *key,
                  const char *text)
{
    struct line *page = hashmap_find(n->pages, bmc);
    struct line **at = line_at(&page, key);

    if (!text) {
        take_out(n, bmc, key);
        return;
    }
    if (*at && strcmp((*at)->text, text) == 0)
        return;
    if (!*at) {
        *at = XNEW(struct line);
        (*at)->key = xstrdup(key);
    }
    free((*at)->text);
    (*at)->text = xstrdup(text);
    set_page(n, bmc, page);
}

void notebook_forget(struct notebook *n, const char *bmc)
{
    struct line *page = hashmap_find(n->pages, bmc);

    if (!page)
        return;
    page_free(page);
    set_page(n, bmc, NULL);
}

void notebook_bind(struct notebook *n, const char *bmc, const char *url)
{
    const char *known = notebook_get(n, bmc, URL_KEY);

    if (known && strcmp(known, url) == 0)
        return;
    notebook_forget(n, bmc);
    notebook_set(n, bmc, URL_KEY, url);
}

const char *notebook_next(const struct notebook *n, size_t *cursor)
{
    const char *name;

    return hashmap_next(n->pages, cursor, &name, NULL) ? name : NULL;
}
