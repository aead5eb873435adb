/* SPDX-License-Identifier: Apache-2.0 */
/* See recheck_judge.h. In doubt nothing is well, and nothing has gone. */
#include "recheck/recheck_judge.h"

#include <string.h>
#include <strings.h>

#include "util/alloc.h"

#define ROOT "/redfish/v1/"

bool recheck_is_place(const char *origin)
{
    static const char *const machines[] = {"Systems", "Chassis", "Managers"};
    const char *name, *slash;

    if (strncmp(origin, ROOT, strlen(ROOT)) != 0)
        return false;
    name = origin + strlen(ROOT);
    slash = strchr(name, '/');
    if (!slash || !slash[1])
        return false; /* a collection, or a service */
    for (size_t i = 0; i < ARRAY_LEN(machines); i++)
        if (strlen(machines[i]) == (size_t)(slash - name) &&
            strncmp(machines[i], name, (size_t)(slash - name)) == 0)
            return strchr(slash + 1, '/') != NULL;
    return true;
}

/* The part that a JSON pointer names; only plain ones are followed. */
static const json_t *part_of(const json_t *resource, const char *pointer)
{
    _cleanup_free_ char *copy = xstrdup(pointer);
    char *rest = copy, *step;

    while (resource && (step = strsep(&rest, "/"))) {
        char *end;
        size_t index = strtoul(step, &end, 10);

        if (!*step)
            continue;
        resource = json_is_array(resource)
                       ? (*end ? NULL : json_array_get(resource, index))
                       : json_object_get(resource, step);
    }
    return resource;
}

static bool is_word(const json_t *object, const char *key, const char *word)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && strcasecmp(text, word) == 0;
}

static bool has_bad_condition(const json_t *status)
{
    json_t *condition;
    size_t i;

    json_array_foreach (json_object_get(status, "Conditions"), i, condition)
        if (!is_word(condition, "Severity", "OK"))
            return true;
    return false;
}

bool recheck_is_well(const json_t *resource, const char *origin)
{
    const char *hash = strchr(origin, '#');
    const json_t *part = hash ? part_of(resource, hash + 1) : resource;
    const json_t *status = json_object_get(part, "Status");
    const json_t *state = json_object_get(status, "State");
    const json_t *rollup = json_object_get(status, "HealthRollup");

    return is_word(status, "Health", "OK") &&
           (!json_is_string(rollup) || is_word(status, "HealthRollup", "OK")) &&
           (!json_is_string(state) || is_word(status, "State", "Enabled")) &&
           !has_bad_condition(status);
}

static size_t path_len(const char *path)
{
    size_t len = strcspn(path, "#");

    while (len > 1 && path[len - 1] == '/')
        len--;
    return len;
}

static bool is_same_path(const char *one, const char *other)
{
    size_t len = path_len(one);

    return len == path_len(other) && strncmp(one, other, len) == 0;
}

bool recheck_is_gone(const json_t *list, const char *origin)
{
    const json_t *members = json_object_get(list, "Members"), *member;
    size_t i;

    if (json_array_size(members) == 0 ||
        json_object_get(list, "Members@odata.nextLink"))
        return false;
    json_array_foreach (members, i, member) {
        const char *path =
            json_string_value(json_object_get(member, "@odata.id"));

        if (!path || is_same_path(path, origin))
            return false;
    }
    return true;
}

char *recheck_list_of(const char *origin)
{
    size_t len = path_len(origin);

    while (len > 1 && origin[len - 1] != '/')
        len--;
    return xstrndup(origin, len > 1 ? len - 1 : len);
}
