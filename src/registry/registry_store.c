/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder of the cache. A file's time of change says when it was last in
 * use. Nothing is synced, see registry_cache.h: so nothing here makes the
 * loop wait for the disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "registry/registry_cache_private.h"
#include "util/alloc.h"
#include "util/file.h"

#define TEMPORARY "new-"

static char *path_of(const struct registry_cache *c, const char *name)
{
    return xasprintf("%s/%s", c->directory, name);
}

static bool is_content(const char *name)
{
    return strlen(name) == REGISTRY_HASH_LEN &&
           strspn(name, "0123456789abcdef") == REGISTRY_HASH_LEN;
}

char *registry_store_temporary(const struct registry_cache *c, const char *name)
{
    return xasprintf("%s/" TEMPORARY "%s", c->directory, name);
}

int registry_store_put(const char *temporary, const void *data, size_t len,
                       struct error *err)
{
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    int r = fd < 0 ? -errno : file_write_bytes(fd, data, len);

    if (fd >= 0 && close(fd) < 0 && r == 0)
        r = -errno;
    if (r == 0)
        return 0;
    unlink(temporary);
    return error_set(err, r, "cannot write %s: %s", temporary, strerror(-r));
}

int registry_store_name(const struct registry_cache *c, const char *temporary,
                        const char *name)
{
    _cleanup_free_ char *path = path_of(c, name);
    int r = rename(temporary, path) < 0 ? -errno : 0;

    if (r < 0)
        unlink(temporary);
    return r;
}

int registry_store_write(const struct registry_cache *c, const char *name,
                         const void *data, size_t len, struct error *err)
{
    _cleanup_free_ char *temporary = registry_store_temporary(c, name);
    int r = registry_store_put(temporary, data, len, err);

    if (r < 0)
        return r;
    r = registry_store_name(c, temporary, name);
    return r < 0 ? error_set(err, r, "cannot write %s in %s: %s", name,
                             c->directory, strerror(-r))
                 : 0;
}

/* What a killed process had not yet given its name. */
static void remove_unnamed(const struct registry_cache *c)
{
    char **names = NULL;
    size_t count = 0;

    (void)file_list(c->directory, "", &names, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *path = path_of(c, names[i]);

        if (strncmp(names[i], TEMPORARY, strlen(TEMPORARY)) == 0)
            unlink(path);
        free(names[i]);
    }
    free(names);
}

/* One file of the folder, as the sweep finds it. */
static void sweep_file(struct registry_cache *c, const char *name, usec_t now,
                       usec_t before)
{
    const struct timespec used = {.tv_sec = (time_t)(now / USEC_PER_SEC)};
    const struct timespec both[] = {used, used};
    _cleanup_free_ char *path = path_of(c, name);
    struct stat st;

    if (hashmap_find(c->contents, name))
        utimensat(AT_FDCWD, path, both, 0);
    else if (stat(path, &st) == 0 &&
             (usec_t)st.st_mtim.tv_sec * USEC_PER_SEC < before)
        unlink(path);
    if (stat(path, &st) == 0)
        c->size += (size_t)st.st_size;
}

void registry_store_sweep(struct registry_cache *c, usec_t now, usec_t before)
{
    char **names = NULL;
    size_t count = 0;

    c->size = 0;
    (void)file_list(c->directory, "", &names, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        if (is_content(names[i]))
            sweep_file(c, names[i], now, before);
        free(names[i]);
    }
    free(names);
}

int registry_store_open(struct registry_cache *c, struct error *err)
{
    int r = file_make_directory(c->directory, 0750, err);

    if (r == 0 && access(c->directory, W_OK | X_OK) < 0)
        r = error_set(err, -errno, "cannot write in the folder %s: %s",
                      c->directory, strerror(errno));
    c->on_disk = r == 0;
    if (c->on_disk)
        remove_unnamed(c);
    return r;
}
