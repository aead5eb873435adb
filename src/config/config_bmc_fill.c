/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs from one BMC to the next in a text that is written once, for a
 * range of BMCs or in bmc_defaults: {name} is the BMC's name, {1} what stands
 * in the first range of the name, {2} in the second.
 */
#include <ctype.h>
#include <string.h>

#include "config/config_bmc_parts.h"
#include "util/alloc.h"

#define NAME "{name}"

/* The length of "{12}" at `text`, 0 if it is none, and its number. */
static size_t place_at(const char *text, size_t *ret_place)
{
    char *end;

    if (!isdigit((unsigned char)text[1]))
        return 0;
    *ret_place = strtoul(text + 1, &end, 10);
    return *end == '}' ? (size_t)(end + 1 - text) : 0;
}

/* What stands at a brace: its length, or 0 if it is left as it is. */
static size_t add_braced(const struct config_bmc_item *it, const char *key,
                         const char *text, struct buffer *out)
{
    size_t places = config_range_places(it->range), place, len;

    if (strncmp(text, NAME, strlen(NAME)) == 0) {
        buffer_add_text(out, it->bmc->name);
        return strlen(NAME);
    }
    len = place_at(text, &place);
    if (len == 0)
        return 0;
    if (place >= 1 && place <= places) {
        config_range_add_place(it->range, it->index, place - 1, out);
        return len;
    }
    config_bmc_complain(it, key,
                        "{%zu} stands for a range of the name, which has %zu",
                        place, places);
    buffer_add(out, text, len);
    return len;
}

/* False if braces are left. */
static bool fill(const struct config_bmc_item *it, char **text, const char *key)
{
    struct buffer filled = {0};
    const char *at = *text;
    bool whole = true;
    size_t len;

    if (!at || !strpbrk(at, "{}"))
        return true;
    for (; *at; at += len) {
        len = *at == '{' ? add_braced(it, key, at, &filled) : 0;
        if (len > 0)
            continue;
        whole = whole && *at != '{' && *at != '}';
        buffer_add_char(&filled, *at);
        len = 1;
    }
    free(*text);
    *text = buffer_take_text(&filled);
    return whole;
}

static void fill_path(const struct config_bmc_item *it, char **text,
                      const char *key)
{
    if (!fill(it, text, key))
        config_bmc_complain(
            it, key, "'%s': only {name} can stand in braces%s", *text,
            config_range_places(it->range) ? ", or the number of a range" : "");
}

void config_bmc_fill(const struct config_bmc_item *it)
{
    struct config_bmc *bmc = it->bmc;

    if (!bmc->name)
        return;
    /*
     * Braces that are left in these are judged with the value, or may be there;
     * in the name of a file they are a slip.
     */
    fill(it, &bmc->url, "url");
    fill(it, &bmc->token, "token");
    fill_path(it, &bmc->password_file, "password_file");
    fill_path(it, &bmc->credential, "credential");
    fill_path(it, &bmc->token_file, "token_file");
    fill_path(it, &bmc->tls.certificate, "tls.certificate");
    fill_path(it, &bmc->tls.key, "tls.key");
    for (size_t i = 0; i < bmc->labels.count; i++)
        fill(it, &bmc->labels.items[i].value, "labels");
}
