/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See shelf.h. The folder is read without the daemon, for what is in it is of
 * interest most when something is wrong. What a BMC sent is shown with escapes
 * for all that is no text, and raw only to whoever asks for that.
 */
#include "ctl/shelf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/spool_parts.h"
#include "ctl/table.h"
#include "quarantine.h"
#include "quarantine/envelope.h"
#include "spool/lock.h"
#include "util/alloc.h"
#include "util/file.h"
#include "util/json_writer.h"
#include "util/utf8.h"

static char *folder_of(const struct place *p)
{
    _cleanup_free_ char *spool = place_spool(p);

    return spool_beside(spool, "quarantine");
}

int shelf_ids(const struct place *p, char ***ret_ids, size_t *ret_count)
{
    _cleanup_free_ char *folder = folder_of(p);
    struct error err = {""};
    /*
     * Before the first file there is no folder, which is an empty list; one
     * that may not be read is an error.
     */
    int r = access(folder, F_OK) < 0 && errno != ENOENT ? -errno : 0;

    if (r < 0)
        error_set(&err, r, "cannot read %s: %s", folder, strerror(-r));
    else
        r = file_list(folder, ENVELOPE_SUFFIX, ret_ids, ret_count, &err);
    if (r < 0) {
        place_complain(r, &err);
        return r;
    }
    for (size_t i = 0; i < *ret_count; i++)
        *strrchr((*ret_ids)[i], '.') = '\0';
    return 0;
}

/* The id comes from the command line: envelope_path() takes no path for one. */
static int read_one(const struct place *p, const char *id, struct envelope *ret)
{
    _cleanup_free_ char *folder = folder_of(p);
    struct error err = {""};
    _cleanup_free_ char *path = envelope_path(folder, id, &err);
    int r = path ? envelope_read(path, ret, &err) : -EINVAL;

    if (r == -ENOENT)
        error_set(&err, r, "nothing in quarantine (%s) has the id %s", folder,
                  id);
    if (r < 0)
        place_complain(r == -ENOENT ? 0 : r, &err);
    return r;
}

static void add_row(struct table *t, const char *id, const struct envelope *e)
{
    char size[24];

    snprintf(size, sizeof(size), "%zu", e->payload.len);
    table_add(t, id);
    table_add(t, e->time);
    table_add(t, e->bmc);
    table_add(t, e->sink);
    table_add(t, size);
    table_add(t, e->reason);
}

static void print_object(const char *id, const struct envelope *e)
{
    _cleanup_(buffer_done) struct buffer out = {0};
    struct json_writer w;

    json_writer_init(&w, &out);
    json_writer_open_object(&w);
    json_writer_member(&w, "id", id);
    json_writer_member(&w, "time", e->time);
    json_writer_member(&w, "bmc", e->bmc);
    json_writer_member(&w, "source", e->source);
    json_writer_member(&w, "sink", e->sink);
    json_writer_member(&w, "event", e->id);
    json_writer_member(&w, "reason", e->reason);
    json_writer_key(&w, "bytes");
    json_writer_u64(&w, e->payload.len);
    json_writer_close_object(&w);
    puts(out.data);
}

/* A file that is none is listed, with what is wrong with it. */
static int list_one(const struct place *p, const char *id, struct table *t)
{
    struct envelope e = {0};
    int r = read_one(p, id, &e);

    if (r == 0 && t)
        add_row(t, id, &e);
    else if (r == 0)
        print_object(id, &e);
    envelope_done(&e);
    /* Gone since the folder was listed: the daemon has taken it in. */
    return r == 0 || r == -ENOENT ? CTL_DONE : CTL_FAILED;
}

int shelf_list(const struct place *p, bool json)
{
    static const char *const headings[] = {"ID",    "TIME",   "BMC", "SINK",
                                           "BYTES", "REASON", NULL};
    _cleanup_(table_freep) struct table *t = json ? NULL : table_new(headings);
    _cleanup_(buffer_done) struct buffer out = {0};
    int status = CTL_DONE;
    size_t count;
    char **ids;

    if (shelf_ids(p, &ids, &count) < 0)
        return CTL_FAILED;
    for (size_t i = 0; i < count; i++) {
        if (list_one(p, ids[i], t) != CTL_DONE)
            status = CTL_FAILED;
        free(ids[i]);
    }
    free(ids);
    if (t)
        table_write(t, &out);
    if (out.len > 0)
        fputs(out.data, stdout);
    return status;
}

/* Line ends and tabs stay; all else that is no text becomes \xNN. */
static void add_escaped(struct buffer *out, const char *text, size_t len)
{
    size_t size;

    for (; len > 0; text += size, len -= size) {
        unsigned char c = (unsigned char)*text;

        size = utf8_sequence(text, len);
        if (size > 1 &&
            !(size == 2 && c == 0xc2 && (unsigned char)text[1] < 0xa0)) {
            buffer_add(out, text, size);
            continue;
        }
        size = 1;
        if (c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f && c != '\\'))
            buffer_add_char(out, (char)c);
        else if (c == '\\')
            buffer_add_text(out, "\\\\");
        else
            buffer_printf(out, "\\x%02x", c);
    }
}

static void add_fact(struct buffer *out, const char *name, const char *text)
{
    if (!text)
        return;
    buffer_printf(out, "%-8s", name);
    add_escaped(out, text, strlen(text));
    buffer_add_char(out, '\n');
}

int shelf_show(const struct place *p, const char *id, bool raw)
{
    _cleanup_(envelope_done) struct envelope e = {0};
    _cleanup_(buffer_done) struct buffer out = {0};

    if (read_one(p, id, &e) < 0)
        return CTL_FAILED;
    if (raw) {
        fwrite(e.payload.data, 1, e.payload.len, stdout);
        return CTL_DONE;
    }
    add_fact(&out, "time", e.time);
    add_fact(&out, "bmc", e.bmc);
    add_fact(&out, "source", e.source);
    add_fact(&out, "sink", e.sink);
    add_fact(&out, "event", e.id);
    add_fact(&out, "reason", e.reason);
    buffer_printf(&out, "bytes   %zu\n\n", e.payload.len);
    add_escaped(&out, e.payload.data, e.payload.len);
    puts(out.data);
    return CTL_DONE;
}

static int drop(const char *spool, const char *folder, const char *id,
                struct error *err)
{
    _cleanup_(quarantine_closep) struct quarantine *q = NULL;
    _cleanup_close_ int lock = -1;
    /* A daemon counts its quarantine in memory, so it must do this itself. */
    int r = lock_take(spool, &lock, err);

    if (r == 0)
        r = quarantine_open(folder, &q, err);
    return r < 0 ? r : quarantine_drop(q, id, err);
}

int shelf_drop(const struct place *p, const char *id)
{
    _cleanup_free_ char *spool = place_spool(p);
    _cleanup_free_ char *folder = folder_of(p);
    struct error err = {""};
    int r = drop(spool, folder, id, &err);

    if (r < 0) {
        place_complain(r == -ENOENT ? 0 : r, &err);
        return CTL_FAILED;
    }
    printf("%s: done\n", id);
    return CTL_DONE;
}
