/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written and read in the state's file; see state.h. Statements that
 * run for each record are prepared once; those that read all, at the start of
 * the program, are not. Blobs are bound without a copy, and what the
 * state_each_*() hand out is SQLite's and gone with the next row.
 *
 * How much is remembered of each BMC is counted in memory beside the table, so
 * that the common case of trimming (nothing to do) asks the database nothing.
 * A transaction that is rolled back makes the count wrong; it is then made
 * anew from the table.
 */
#include "state.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "state/state_file.h"
#include "util/alloc.h"
#include "util/tally.h"

enum { UPDATE, INSERT, DELETE }; /* of conditions */

struct state {
    sqlite3 *db;
    sqlite3_stmt *set_mark;
    sqlite3_stmt *conditions[3]; /* update, insert, delete */
    sqlite3_stmt *remember, *forget;
    struct tally *memories; /* how much is remembered of each BMC */
    uint64_t applied;
};

void state_close(struct state *s)
{
    if (!s)
        return;
    sqlite3_finalize(s->set_mark);
    for (size_t i = 0; i < ARRAY_LEN(s->conditions); i++)
        sqlite3_finalize(s->conditions[i]);
    sqlite3_finalize(s->remember);
    sqlite3_finalize(s->forget);
    tally_free(s->memories);
    sqlite3_close(s->db);
    free(s);
}

static int prepare_statements(struct state *s, struct error *err)
{
    const struct {
        sqlite3_stmt **stmt;
        const char *sql;
    } all[] = {
        {&s->set_mark, "INSERT OR REPLACE INTO marks VALUES(?,?,?)"},
        {&s->conditions[UPDATE], "UPDATE conditions SET row=?2 WHERE key=?1"},
        {&s->conditions[INSERT],
         "INSERT OR REPLACE INTO conditions VALUES(?1,?2,?3)"},
        {&s->conditions[DELETE], "DELETE FROM conditions WHERE key=?1"},
        {&s->remember, "INSERT INTO memory(bmc, item) VALUES(?,?)"},
        {&s->forget,
         "DELETE FROM memory WHERE bmc=?1 AND n <= (SELECT n FROM memory"
         " WHERE bmc=?1 ORDER BY n DESC LIMIT 1 OFFSET ?2)"},
    };

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (sqlite3_prepare_v2(s->db, all[i].sql, -1, all[i].stmt, NULL) !=
            SQLITE_OK)
            return state_file_fail(s->db, "prepare", err);
    return 0;
}

/* At the start, and after a transaction that came to nothing. */
static int count_memories(struct state *s, struct error *err)
{
    sqlite3_stmt *stmt = NULL;
    int step = SQLITE_ERROR;

    tally_free(s->memories);
    s->memories = tally_new();
    if (sqlite3_prepare_v2(s->db,
                           "SELECT bmc, count(*) FROM memory GROUP BY bmc", -1,
                           &stmt, NULL) == SQLITE_OK)
        while ((step = sqlite3_step(stmt)) == SQLITE_ROW)
            tally_add(s->memories, (const char *)sqlite3_column_text(stmt, 0),
                      sqlite3_column_int64(stmt, 1));
    sqlite3_finalize(stmt);
    return step == SQLITE_DONE
               ? 0
               : state_file_fail(s->db, "count what it remembers", err);
}

static int try_open(const char *path, struct state **ret, struct error *err)
{
    struct state *s = XNEW(struct state);
    int r = state_file_open(path, &s->db, &s->applied, err);

    if (r == 0)
        r = prepare_statements(s, err);
    if (r == 0)
        r = count_memories(s, err);
    if (r < 0)
        state_close(s);
    else
        *ret = s;
    return r;
}

int state_open(const char *path, struct state **ret, bool *ret_lost,
               struct error *err)
{
    int r = try_open(path, ret, err);

    *ret_lost = r < 0;
    if (r == 0)
        return 0;
    state_file_set_aside(path);
    return try_open(path, ret, err);
}

int state_look(const char *path, int64_t *ret_version, uint64_t *ret_applied,
               struct error *err)
{
    return state_file_look(path, ret_version, ret_applied, err);
}

uint64_t state_applied(const struct state *s)
{
    return s->applied;
}

void state_reset(struct state *s)
{
    s->applied = 0;
}

static int finish(struct state *s, sqlite3_stmt *stmt, const char *what,
                  struct error *err)
{
    int r = sqlite3_step(stmt) == SQLITE_DONE
                ? 0
                : state_file_fail(s->db, what, err);

    sqlite3_reset(stmt);
    return r;
}

int state_begin(struct state *s, struct error *err)
{
    return state_file_run(s->db, "BEGIN", "begin", err);
}

int state_set_mark(struct state *s, const char *bmc, const char *name,
                   const char *value, struct error *err)
{
    sqlite3_bind_text(s->set_mark, 1, bmc, -1, SQLITE_STATIC);
    sqlite3_bind_text(s->set_mark, 2, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(s->set_mark, 3, value, -1, SQLITE_STATIC);
    return finish(s, s->set_mark, "keep where a BMC is", err);
}

int state_commit(struct state *s, uint64_t applied, struct error *err)
{
    char sql[128];
    int r;

    snprintf(sql, sizeof(sql),
             "UPDATE meta SET value=%lld WHERE name='applied'; COMMIT",
             (long long)applied);
    r = state_file_run(s->db, sql, "commit", err);
    if (r == 0)
        s->applied = applied;
    return r;
}

void state_rollback(struct state *s)
{
    /* After a full disk SQLite has already done so; its count is ours. */
    if (!sqlite3_get_autocommit(s->db))
        state_file_run(s->db, "ROLLBACK", "roll back", NULL);
    count_memories(s, NULL);
}

int state_each_mark(struct state *s,
                    void (*each)(void *userdata, const char *bmc,
                                 const char *name, const char *value),
                    void *userdata, struct error *err)
{
    sqlite3_stmt *stmt = NULL;
    int step = SQLITE_ERROR;

    if (sqlite3_prepare_v2(s->db,
                           "SELECT bmc, name, value FROM marks ORDER BY rowid",
                           -1, &stmt, NULL) == SQLITE_OK)
        while ((step = sqlite3_step(stmt)) == SQLITE_ROW)
            each(userdata, (const char *)sqlite3_column_text(stmt, 0),
                 (const char *)sqlite3_column_text(stmt, 1),
                 (const char *)sqlite3_column_text(stmt, 2));
    sqlite3_finalize(stmt);
    return step == SQLITE_DONE
               ? 0
               : state_file_fail(s->db, "read where BMCs are", err);
}

static void bind(sqlite3_stmt *stmt, int at, struct state_bytes b)
{
    sqlite3_bind_blob(stmt, at, b.data ? b.data : "", (int)b.len,
                      SQLITE_STATIC);
}

static int insert(struct state *s, struct state_bytes key,
                  struct state_bytes row, struct state_bytes event,
                  struct error *err)
{
    sqlite3_stmt *stmt = s->conditions[INSERT];

    bind(stmt, 1, key);
    bind(stmt, 2, row);
    bind(stmt, 3, event);
    return finish(s, stmt, "keep a condition", err);
}

int state_put_condition(struct state *s, struct state_bytes key,
                        struct state_bytes row, struct state_bytes event,
                        bool renew, struct error *err)
{
    sqlite3_stmt *stmt = s->conditions[UPDATE];
    int r;

    if (renew)
        return insert(s, key, row, event, err);
    bind(stmt, 1, key);
    bind(stmt, 2, row);
    r = finish(s, stmt, "change a condition", err);
    if (r < 0 || !event.data || sqlite3_changes(s->db) > 0)
        return r;
    return insert(s, key, row, event, err);
}

int state_end_condition(struct state *s, struct state_bytes key,
                        struct error *err)
{
    bind(s->conditions[DELETE], 1, key);
    return finish(s, s->conditions[DELETE], "end a condition", err);
}

int state_add_memory(struct state *s, const char *bmc, struct state_bytes item,
                     struct error *err)
{
    sqlite3_bind_text(s->remember, 1, bmc, -1, SQLITE_STATIC);
    bind(s->remember, 2, item);
    tally_add(s->memories, bmc, 1);
    return finish(s, s->remember, "remember an event", err);
}

static int forget(struct state *s, const char *bmc, uint64_t keep,
                  struct error *err)
{
    int r;

    sqlite3_bind_text(s->forget, 1, bmc, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s->forget, 2, (int64_t)keep);
    r = finish(s, s->forget, "forget old events", err);
    if (r == 0)
        tally_add(s->memories, bmc, -(int64_t)sqlite3_changes(s->db));
    return r;
}

int state_trim_memory(struct state *s, uint64_t keep, uint64_t least,
                      struct error *err)
{
    uint64_t share, its;
    const char *bmc;
    size_t cursor = 0;
    int r = 0;

    if (tally_total(s->memories) <= keep)
        return 0;
    share = MAX_OF(tally_share(s->memories, keep), least);
    while (r == 0 && tally_next(s->memories, &cursor, &bmc, &its))
        if (its > share)
            r = forget(s, bmc, share, err);
    return r;
}

/* Two columns of every row. */
static int each_pair(struct state *s, const char *sql,
                     void (*each)(void *userdata, struct state_bytes a,
                                  struct state_bytes b),
                     void *userdata, struct error *err)
{
    sqlite3_stmt *stmt = NULL;
    int step = SQLITE_ERROR;

    if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) == SQLITE_OK)
        while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
            struct state_bytes pair[2];

            for (int i = 0; i < 2; i++)
                pair[i] =
                    (struct state_bytes){sqlite3_column_blob(stmt, i),
                                         (size_t)sqlite3_column_bytes(stmt, i)};
            each(userdata, pair[0], pair[1]);
        }
    sqlite3_finalize(stmt);
    return step == SQLITE_DONE
               ? 0
               : state_file_fail(s->db, "read what it keeps", err);
}

int state_each_condition(struct state *s,
                         void (*each)(void *userdata, struct state_bytes row,
                                      struct state_bytes event),
                         void *userdata, struct error *err)
{
    return each_pair(s, "SELECT row, event FROM conditions", each, userdata,
                     err);
}

int state_each_memory(struct state *s,
                      void (*each)(void *userdata, struct state_bytes bmc,
                                   struct state_bytes item),
                      void *userdata, struct error *err)
{
    return each_pair(s, "SELECT bmc, item FROM memory ORDER BY n", each,
                     userdata, err);
}
