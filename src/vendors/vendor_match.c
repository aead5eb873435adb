/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which row is a service's: the admin's new rows first, then the built-in
 * ones, each as the admin changed it. What Manager and System will tell is
 * unknown at first: then a row may match, and what follows it is not certain.
 */
#include "vendors.h"

#include <stdlib.h>
#include <string.h>

#include "util/glob.h"
#include "util/macro.h"

enum fit { FIT_NO, FIT_MAYBE, FIT_YES };

static bool fits(const char *patterns, const char *text)
{
    size_t len = strlen(text);

    for (const char *p = patterns;; p++) {
        char pattern[128];
        size_t n = strcspn(p, "|");

        if (n < sizeof(pattern)) {
            memcpy(pattern, p, n);
            pattern[n] = '\0';
            if (glob_match(pattern, text, len, true))
                return true;
        }
        p += n;
        if (!*p)
            return false;
    }
}

/* Negative, 0 or positive, as "1.10" comes after "1.9". */
static int compare_versions(const char *a, const char *b)
{
    for (;;) {
        char *end_a, *end_b;
        long x = strtol(a, &end_a, 10), y = strtol(b, &end_b, 10);

        if (x != y)
            return x < y ? -1 : 1;
        if (*end_a != '.' && *end_b != '.')
            return 0;
        a = *end_a == '.' ? end_a + 1 : "0";
        b = *end_b == '.' ? end_b + 1 : "0";
    }
}

static bool version_fits(const char *wanted, const char *version)
{
    if (wanted[0] == '<')
        return compare_versions(version, wanted + 1) < 0;
    if (wanted[0] == '>' && wanted[1] == '=')
        return compare_versions(version, wanted + 2) >= 0;
    return fits(wanted, version);
}

static enum fit fit_text(const char *wanted, const char *text)
{
    return !wanted || (text && fits(wanted, text)) ? FIT_YES : FIT_NO;
}

static enum fit fit_version(const char *wanted, const char *version)
{
    return !wanted || (version && version_fits(wanted, version)) ? FIT_YES
                                                                 : FIT_NO;
}

/* What Manager or System tell, which may still come. */
static enum fit fit_late(const struct service *s, const char *wanted,
                         const char *text)
{
    if (wanted && !text && !s->is_whole)
        return FIT_MAYBE;
    return fit_version(wanted, text);
}

static enum fit fit_names(const char *wanted, const struct service_names *names)
{
    for (size_t i = 0; wanted && i < names->count; i++)
        if (fits(wanted, names->items[i]))
            return FIT_YES;
    return wanted ? FIT_NO : FIT_YES;
}

/*
 * The Vendor, where it is said; else who made the System, which not every
 * firmware tells, or whoever put extensions into the root.
 */
static enum fit fit_maker(const struct service *s, const char *wanted)
{
    enum fit fit = fit_late(s, wanted, s->vendor ? s->vendor : s->manufacturer);
    const char *oem;
    size_t cursor = 0;

    while (fit == FIT_NO && !s->vendor && (oem = service_next_oem(s, &cursor)))
        if (fits(wanted, oem))
            fit = FIT_YES;
    return fit;
}

static const char *path_of(const char *url)
{
    const char *host = url ? strstr(url, "://") : NULL;

    return host ? strchr(host + 3, '/') : NULL;
}

static enum fit fit_row(const struct vendor *v, const struct service *s)
{
    const enum fit parts[] = {
        fit_maker(s, v->vendor),
        fit_text(v->product, s->product),
        fit_names(v->oem, &s->oem),
        fit_late(s, v->manager, s->manager_model),
        fit_late(s, v->firmware, s->firmware),
        fit_version(v->event_version, s->event_version),
        fit_names(v->prefix, &s->registry_prefixes),
        fit_text(v->stream, path_of(s->sse_url)),
        fit_late(s, v->manufacturer, s->manufacturer),
        fit_late(s, v->model, s->model),
    };
    enum fit fit = FIT_YES;

    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        fit = MIN_OF(fit, parts[i]);
    return fit;
}

/* A built-in row as the admin changed it. */
static const struct vendor *changed(const struct config *config,
                                    const struct vendor *v)
{
    for (size_t i = 0; config && i < config->vendor_count; i++)
        if (strcmp(config->vendors[i].name, v->name) == 0)
            return &config->vendors[i];
    return v;
}

/* The first row that fits as well as that; the last one always does. */
static const struct vendor *first_row(const struct config *config,
                                      const struct service *s, enum fit wanted)
{
    const struct vendor *v, *last = NULL;
    size_t cursor = 0;

    for (size_t i = 0; config && i < config->vendor_count; i++) {
        v = &config->vendors[i];
        if (!vendors_named(v->name) && fit_row(v, s) >= wanted)
            return v;
    }
    while ((v = vendors_next(&cursor))) {
        last = changed(config, v);
        if (fit_row(last, s) >= wanted)
            return last;
    }
    return last;
}

const struct vendor *vendors_find(const struct config *config,
                                  const struct service *s)
{
    return first_row(config, s, FIT_YES);
}

bool vendors_is_certain(const struct config *config, const struct service *s)
{
    return first_row(config, s, FIT_MAYBE) == first_row(config, s, FIT_YES);
}
