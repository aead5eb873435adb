/* SPDX-License-Identifier: Apache-2.0 */
/* See dialect.h. A vendor's row is applied over the row that it is based on,
 * and that over the defaults. */
#include "dialect.h"

#include <errno.h>

#include "vendors.h"

/* A quote that the value itself needs is written as \" in the row. */
static char *to_json(const char *row)
{
    struct buf text = {0};
    bool plain = true;

    for (; *row; row++) {
        if (*row == '"')
            plain = !plain;
        if (*row == '\'' && plain)
            buf_text(&text, "\"");
        else
            buf_add(&text, row, 1);
    }
    return text.data;
}

static int apply_row(struct dialect *d, const char *row, struct error *err)
{
    _cleanup_(freep) char *text = to_json(row);
    json_error_t why;
    json_t *settings = json_loads(text, 0, &why);
    int r;

    if (!settings)
        return error_set(err, -EINVAL, "a vendor's row is no JSON: %s: %s",
                         why.text, text);
    r = knob_apply(dialect_knobs, d, settings, NULL, err);
    json_decref(settings);
    return r;
}

static int apply_vendor(struct dialect *d, const char *name, struct error *err)
{
    const struct vendor *v = vendor_find(name);
    int r;

    if (!v) {
        _cleanup_(freep) char *names = vendor_names();

        return error_set(err, -ENOENT, "no vendor '%s': there are %s", name,
                         names);
    }
    r = v->base ? apply_vendor(d, v->base, err) : 0;
    return r < 0 ? r : apply_row(d, v->settings, err);
}

int dialect_init(struct dialect *d, const char *vendor, struct error *err)
{
    int r;

    *d = (struct dialect){0};
    knob_init(dialect_knobs, d);
    r = apply_row(d, vendor_defaults, err);
    return r < 0 || !vendor ? r : apply_vendor(d, vendor, err);
}

void dialect_done(struct dialect *d)
{
    knob_done(dialect_knobs, d);
}
