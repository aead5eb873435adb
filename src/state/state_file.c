/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of the state; see state_file.h. Not synced at each commit
 * (synchronous=OFF): the spool is the truth, and what a power loss takes from
 * here is applied again. In WAL mode the kill of the process alone loses
 * nothing and damages nothing; a power loss may do both, and a file that it
 * left damaged is found out when it is opened and set aside.
 */
#include "state/state_file.h"

#include <errno.h>
#include <stdio.h>

#include "util/alloc.h"

/* What the schema below makes; the number stands in it a second time. */
#define STATE_VERSION 2

/*
 * `memory` has a rowid of its own, since the oldest goes first; conditions are
 * only ever found by their key and need none.
 */
static const char schema[] =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=OFF;"
    "BEGIN;"
    "CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value INTEGER);"
    "CREATE TABLE IF NOT EXISTS marks(bmc TEXT NOT NULL, name TEXT NOT NULL,"
    " value TEXT NOT NULL, PRIMARY KEY(bmc, name));"
    "CREATE TABLE IF NOT EXISTS conditions(key BLOB PRIMARY KEY,"
    " row BLOB NOT NULL, event BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS memory(n INTEGER PRIMARY KEY,"
    " bmc TEXT NOT NULL, item BLOB NOT NULL);"
    "CREATE INDEX IF NOT EXISTS memory_of ON memory(bmc, n);"
    "INSERT OR IGNORE INTO meta VALUES('version', 2), ('applied', 0);"
    "COMMIT;";

int state_file_fail(sqlite3 *db, const char *what, struct error *err)
{
    return error_set(err, -EIO, "state database: cannot %s: %s", what,
                     sqlite3_errmsg(db));
}

int state_file_run(sqlite3 *db, const char *sql, const char *what,
                   struct error *err)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return state_file_fail(db, what, err);
    return 0;
}

static int read_meta(sqlite3 *db, const char *name, int64_t *ret,
                     struct error *err)
{
    sqlite3_stmt *stmt = NULL;
    int r = 0;

    if (sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE name=?", -1, &stmt,
                           NULL) != SQLITE_OK ||
        sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW)
        r = state_file_fail(db, "read meta", err);
    else
        *ret = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return r;
}

/* Version 1 knew of a BMC where its stream goes on, and nothing else. */
static int upgrade(sqlite3 *db, int64_t version, struct error *err)
{
    if (version == 1)
        return state_file_run(
            db,
            "BEGIN;"
            "INSERT OR IGNORE INTO marks SELECT bmc, 'sse', id FROM sse;"
            "DROP TABLE sse;"
            "UPDATE meta SET value=2 WHERE name='version';"
            "COMMIT",
            "bring the tables up to date", err);
    if (version != STATE_VERSION)
        return error_set(err, -EPROTONOSUPPORT,
                         "state database: version %lld is not ours",
                         (long long)version);
    return 0;
}

static int prepare(sqlite3 *db, uint64_t *ret_applied, struct error *err)
{
    int64_t version = 0, applied = 0;
    int r = state_file_run(db, schema, "prepare the tables", err);

    if (r == 0)
        r = read_meta(db, "version", &version, err);
    if (r == 0)
        r = read_meta(db, "applied", &applied, err);
    if (r == 0)
        r = upgrade(db, version, err);
    *ret_applied = (uint64_t)applied;
    return r;
}

int state_file_open(const char *path, sqlite3 **ret, uint64_t *ret_applied,
                    struct error *err)
{
    if (sqlite3_open(path, ret) != SQLITE_OK)
        return state_file_fail(*ret, "open", err);
    return prepare(*ret, ret_applied, err);
}

/* The write-ahead log belongs to the file and goes with it. */
void state_file_set_aside(const char *path)
{
    static const char *const parts[] = {"", "-wal", "-shm"};

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        _cleanup_free_ char *from = xasprintf("%s%s", path, parts[i]);
        _cleanup_free_ char *to = xasprintf("%s.broken%s", path, parts[i]);

        rename(from, to);
    }
}

int state_file_look(const char *path, int64_t *ret_version,
                    uint64_t *ret_applied, struct error *err)
{
    /* Immutable: else SQLite would put a log and its index beside it. */
    _cleanup_free_ char *uri = xasprintf("file:%s?immutable=1", path);
    sqlite3 *db = NULL;
    int64_t applied = 0;
    int r = 0;

    if (sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                        NULL) != SQLITE_OK)
        r = state_file_fail(db, "open", err);
    if (r == 0)
        r = read_meta(db, "version", ret_version, err);
    if (r == 0)
        r = read_meta(db, "applied", &applied, err);
    *ret_applied = (uint64_t)applied;
    sqlite3_close(db);
    return r;
}
