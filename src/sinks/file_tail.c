/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a file that lines are added to; see file_tail.h. Nothing of this
 * is remembered between two runs: a line of ours that was cut short is known
 * by its beginning, which all records of one format share.
 */
#include "sinks/file_tail.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"

/*
 * So much of it. The torn record need not be the first that is sent again, and
 * soon after this the texts of two records differ.
 */
#define BEGIN_LEN 8

/* Where the last line begins if it has no end, else the size; or -1. */
static off_t find_torn(int fd, off_t size)
{
    char piece[4096];
    const char *end;

    while (size > 0) {
        size_t len = MIN_OF((size_t)size, sizeof(piece));

        size -= (off_t)len;
        if (pread(fd, piece, len, size) != (ssize_t)len)
            return -1;
        end = memrchr(piece, '\n', len);
        if (end)
            return size + (end - piece) + 1;
    }
    return 0;
}

int file_tail_mend(int fd, const char *next, size_t len)
{
    char begin[BEGIN_LEN];
    struct stat st;
    off_t at;
    ssize_t n;

    at = fstat(fd, &st) < 0 ? -1 : find_torn(fd, st.st_size);
    if (at < 0 || at == st.st_size)
        return at < 0 ? -1 : 0;
    n = pread(fd, begin, sizeof(begin), at);
    if (n > 0 && (size_t)n <= len && memcmp(begin, next, (size_t)n) == 0)
        return ftruncate(fd, at);
    return write(fd, "\n", 1) == 1 ? 0 : -1;
}

void file_tail_cut(int fd, size_t bytes)
{
    struct stat st;

    if (fstat(fd, &st) < 0 || st.st_size < (off_t)bytes ||
        ftruncate(fd, st.st_size - (off_t)bytes) < 0)
        return;
    /* Standard output may be a file that is not open for appending. */
    lseek(fd, 0, SEEK_END);
}
