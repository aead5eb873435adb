/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files and folders: limits, secrets, writing whole, listing. */
#include "util/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"
#include "util/alloc.h"

struct folder {
    char path[64];
    char file[96]; /* of the last in_folder() */
};

static const char *in_folder(struct folder *f, const char *name)
{
    snprintf(f->file, sizeof(f->file), "%s/%s", f->path, name);
    return f->file;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");

    if (!file || fputs(text, file) < 0 || fclose(file) != 0 ||
        chmod(path, mode) < 0)
        abort();
}

static void test_read(struct folder *f)
{
    const char *path = in_folder(f, "a");
    _cleanup_(buffer_done) struct buffer text = {0};
    struct error err = {""};

    write_file(path, "0123456789", 0644);
    is_int(file_read(path, 10, &text, &err), 0, "a file as large as the limit");
    is_text(text.data, "0123456789", "... is read whole");
    is_int(file_read(path, 9, &text, &err), -EFBIG, "a larger one is refused");
    ok(strstr(err.text, path) && strstr(err.text, "9 bytes"),
       "... with its name and the limit");
    buffer_clear(&text);
    buffer_add_text(&text, "before ");
    is_int(file_read(path, 10, &text, &err), 0, "what is there counts not");
    is_text(text.data, "before 0123456789", "... and stays");
    is_int(file_read(in_folder(f, "none"), 9, &text, &err), -ENOENT,
           "a missing file is told");
    is_int(file_read(f->path, 9, &text, &err), -EISDIR, "a folder too");
    is_int(file_read("/dev/zero", 1000, &text, NULL), -EFBIG,
           "one without an end ends at the limit");
}

static const struct {
    const char *text;
    mode_t mode;
    int result;
    const char *secret, *what;
} secrets[] = {
    {"pass word\n", 0600, 0, "pass word", "a line end at the end goes"},
    {"pass\r\n\n", 0640, 0, "pass", "... of any kind, and the group may read"},
    {" pass ", 0400, 0, " pass ", "blanks stay"},
    {"", 0600, 0, "", "an empty one is empty"},
    {"pass", 0644, -EPERM, NULL, "what all may read is refused"},
    {"pass", 0602, -EPERM, NULL, "... and what all may write"},
    {"pass", 0601, -EPERM, NULL, "... and any other right"},
};

static void test_secret(struct folder *f)
{
    const char *path = in_folder(f, "secret");

    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        struct error err = {""};
        char *secret = NULL;

        write_file(path, secrets[i].text, secrets[i].mode);
        is_int(file_read_secret(path, &secret, &err), secrets[i].result, "%s",
               secrets[i].what);
        is_text(secret, secrets[i].secret, "... so the secret is right");
        ok(!strstr(err.text, "pass"), "... and in no message");
        free(secret);
        unlink(path);
    }
}

static void test_secret_size(struct folder *f)
{
    const char *path = in_folder(f, "large");
    _cleanup_free_ char *text = xcalloc(1, 70001);
    char *secret = NULL;

    memset(text, 'x', 70000);
    write_file(path, text, 0600);
    is_int(file_read_secret(path, &secret, NULL), -EFBIG,
           "a secret has a limit as well");
    is_int(file_read_secret(in_folder(f, "none"), &secret, NULL), -ENOENT,
           "a missing one is told");
}

static void test_write(struct folder *f)
{
    const char *path = in_folder(f, "w");
    _cleanup_(buffer_done) struct buffer text = {0};
    struct error err = {""};
    struct stat before, after;
    int reader;

    write_file(path, "old", 0644);
    stat(path, &before);
    reader = open(path, O_RDONLY | O_CLOEXEC);
    is_int(file_write(path, "newer", 5, 0600, &err), 0, "a file is replaced");
    stat(path, &after);
    ok(before.st_ino != after.st_ino, "... by another, not written over");
    is_int(after.st_mode & 07777, 0600, "... with the mode that was asked");
    is_int(file_read(path, 99, &text, NULL), 0, "... and can be read");
    is_text(text.data, "newer", "... whole");
    buffer_clear(&text);
    is_int(read(reader, buffer_reserve(&text, 9), 9), 3,
           "who has the old one open has it still");
    close(reader);
    is_int(file_write(in_folder(f, "none/w"), "x", 1, 0600, &err), -ENOENT,
           "no folder is made on the way");
}

/* A write that cannot be finished leaves neither half a file nor a rest. */
static void test_write_fails(struct folder *f)
{
    _cleanup_free_ char *folder = xstrdup(in_folder(f, "blocked"));
    struct error err = {""};
    char **names;
    size_t count;

    mkdir(folder, 0755);
    mkdir(in_folder(f, "blocked/w"), 0755);
    is_int(file_write(f->file, "x", 1, 0600, &err), -EISDIR,
           "a folder in the way is an error");
    is_int(file_list(folder, "", &names, &count, &err), 0, "...");
    is_int(count, 1, "... that leaves no file behind");
    is_text(names[0], "w", "... but what was there");
    free(names[0]);
    free(names);
    rmdir(f->file);
    rmdir(folder);
}

static void test_directory(struct folder *f)
{
    struct error err = {""};
    struct stat st;

    is_int(file_make_directory(in_folder(f, "d/e/g"), 0750, &err), 0,
           "a folder is made with its parents");
    ok(stat(f->file, &st) == 0 && (st.st_mode & 07777) == 0750,
       "... with its mode");
    is_int(file_make_directory(f->file, 0700, &err), 0, "... once is enough");
    is_int(file_sync_directory(f->file, &err), 0, "... and is synced");
    is_int(file_make_directory(in_folder(f, "w/x"), 0700, &err), -ENOTDIR,
           "a file is no parent");
    ok(strstr(err.text, "w/x"), "... and is named");
    is_int(file_sync_directory(in_folder(f, "none"), &err), -ENOENT,
           "a missing folder cannot be synced");
    rmdir(in_folder(f, "d/e/g"));
    rmdir(in_folder(f, "d/e"));
    rmdir(in_folder(f, "d"));
}

static void test_list(struct folder *f)
{
    static const char *const files[] = {"l/b.yaml", "l/a.yaml", "l/.c.yaml",
                                        "l/B.yaml", "l/yaml",   "l/a.yaml~"};
    static const char *const wanted[] = {"B.yaml", "a.yaml", "b.yaml"};
    char **names;
    size_t count;

    mkdir(in_folder(f, "l"), 0755);
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        write_file(in_folder(f, files[i]), "", 0644);
    is_int(file_list(in_folder(f, "l"), ".yaml", &names, &count, NULL), 0,
           "a folder is listed");
    is_int(count, ARRAY_LEN(wanted), "... by what names end in");
    for (size_t i = 0; i < count; i++) {
        is_text(names[i], i < ARRAY_LEN(wanted) ? wanted[i] : NULL,
                "... in order of bytes");
        free(names[i]);
    }
    free(names);
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        unlink(in_folder(f, files[i]));
    rmdir(in_folder(f, "l"));
    is_int(file_list(in_folder(f, "l"), "", &names, &count, NULL), 0,
           "a missing folder is an empty one");
    ok(count == 0 && !names, "... without names");
    is_int(file_list(in_folder(f, "w"), "", &names, &count, NULL), -ENOTDIR,
           "a file is none");
}

/*
 * A list that breaks off is no list: the spool would take what is missing for
 * never written. The network of a process that has ended cannot be listed.
 */
static void test_list_fails(void)
{
    struct error err = {""};
    _cleanup_free_ char *folder = NULL;
    siginfo_t info;
    char **names;
    size_t count;
    pid_t pid = fork();
    DIR *dir;

    if (pid == 0)
        _exit(0);
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    folder = xasprintf("/proc/%d/net", (int)pid);
    dir = opendir(folder);
    if (dir && !readdir(dir))
        ok(file_list(folder, "", &names, &count, &err) < 0 && err.text[0],
           "a list that fails is told: %s", err.text);
    if (dir)
        closedir(dir);
    waitpid(pid, NULL, 0);
}

int main(void)
{
    struct folder f = {.path = "/tmp/trawl-file-XXXXXX"};

    if (!mkdtemp(f.path))
        skip_all("no temporary folder");
    umask(022);
    test_read(&f);
    test_secret(&f);
    test_secret_size(&f);
    test_write(&f);
    test_write_fails(&f);
    test_directory(&f);
    test_list(&f);
    test_list_fails();
    unlink(in_folder(&f, "a"));
    unlink(in_folder(&f, "w"));
    unlink(in_folder(&f, "large"));
    ok(rmdir(f.path) == 0, "nothing was left behind");
    return done_testing();
}
