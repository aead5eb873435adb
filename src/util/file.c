/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files and folders; see file.h. */
#include "util/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/alloc.h"
#include "util/crash.h"
#include "util/ends_in.h"

#define READ_CHUNK 65536
#define SECRET_MAX 65536

static int read_all(int fd, const char *path, size_t limit, struct buffer *ret,
                    struct error *err)
{
    size_t before = ret->len;
    ssize_t n;

    for (;;) {
        n = read(fd, buffer_reserve(ret, READ_CHUNK), READ_CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(err, -errno, "cannot read %s: %s", path,
                             strerror(errno));
        if (n == 0)
            return 0;
        ret->len += (size_t)n;
        ret->data[ret->len] = '\0';
        if (ret->len - before > limit)
            return error_set(err, -EFBIG,
                             "%s is larger than the limit of %zu bytes", path,
                             limit);
    }
}

int file_read(const char *path, size_t limit, struct buffer *ret,
              struct error *err)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return error_set(err, -errno, "cannot open %s: %s", path,
                         strerror(errno));
    return read_all(fd, path, limit, ret, err);
}

int file_read_secret(const char *path, char **ret_text, struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    int r;

    if (fd < 0 || fstat(fd, &st) < 0)
        return error_set(err, -errno, "cannot open the secret %s: %s", path,
                         strerror(errno));
    if (S_ISDIR(st.st_mode))
        return error_set(err, -EISDIR, "the secret %s is a folder", path);
    if (st.st_mode & S_IRWXO)
        return error_set(err, -EPERM,
                         "the secret %s may be read by everybody (mode %04o): "
                         "chmod o= it",
                         path, (unsigned)st.st_mode & 07777);
    r = read_all(fd, path, SECRET_MAX, &text, err);
    if (r < 0)
        return r;
    while (text.len > 0 && strchr("\r\n", text.data[text.len - 1]))
        text.data[--text.len] = '\0';
    *ret_text = buffer_take_text(&text);
    return 0;
}

int file_write_bytes(int fd, const void *data, size_t len)
{
    const char *at = data;
    ssize_t n;

    while (len > 0) {
        n = write(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

static int write_synced(int fd, const void *data, size_t len)
{
    int r = file_write_bytes(fd, data, len);

    return r == 0 && fsync(fd) < 0 ? -errno : r;
}

static int sync_parent(const char *path, struct error *err)
{
    _cleanup_free_ char *copy = xstrdup(path);

    return file_sync_directory(dirname(copy), err);
}

int file_write(const char *path, const void *data, size_t len, mode_t mode,
               struct error *err)
{
    _cleanup_free_ char *temporary = xasprintf("%s.XXXXXX", path);
    _cleanup_close_ int fd = mkostemp(temporary, O_CLOEXEC);
    int r;

    if (fd < 0)
        return error_set(err, -errno, "cannot create %s: %s", temporary,
                         strerror(errno));
    r = fchmod(fd, mode) < 0 ? -errno : write_synced(fd, data, len);
    crash_point("file-unnamed");
    if (r == 0 && rename(temporary, path) < 0)
        r = -errno;
    if (r < 0) {
        unlink(temporary);
        return error_set(err, r, "cannot write %s: %s", path, strerror(-r));
    }
    return sync_parent(path, err);
}

int file_make_directory(const char *path, mode_t mode, struct error *err)
{
    _cleanup_free_ char *copy = xstrdup(path);

    for (char *slash = copy + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(copy, 0755) < 0 && errno != EEXIST)
            return error_set(err, -errno, "cannot make the folder %s: %s", copy,
                             strerror(errno));
        *slash = '/';
    }
    if (mkdir(path, mode) < 0 && errno != EEXIST)
        return error_set(err, -errno, "cannot make the folder %s: %s", path,
                         strerror(errno));
    return sync_parent(path, err);
}

int file_sync_directory(const char *path, struct error *err)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) < 0)
        return error_set(err, -errno, "cannot sync the folder %s: %s", path,
                         strerror(errno));
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

static int read_names(DIR *dir, const char *suffix, char ***names,
                      size_t *count)
{
    size_t cap = 0;
    struct dirent *entry;

    /* readdir() says by errno alone whether that was all. */
    while (errno = 0, (entry = readdir(dir))) {
        if (entry->d_name[0] == '.' || !ends_in(entry->d_name, suffix))
            continue;
        *names = xgrow(*names, &cap, *count + 1, sizeof(**names));
        (*names)[(*count)++] = xstrdup(entry->d_name);
    }
    return -errno;
}

int file_list(const char *directory, const char *suffix, char ***ret_names,
              size_t *ret_count, struct error *err)
{
    DIR *dir = opendir(directory);
    int r = dir || errno == ENOENT ? 0 : -errno;
    char **names = NULL;
    size_t count = 0;

    if (dir) {
        r = read_names(dir, suffix, &names, &count);
        closedir(dir);
    }
    if (r < 0) {
        free_names(names, count);
        return error_set(err, r, "cannot list %s: %s", directory, strerror(-r));
    }
    if (count > 0)
        qsort(names, count, sizeof(*names), compare_names);
    *ret_names = names;
    *ret_count = count;
    return 0;
}
