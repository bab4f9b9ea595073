#include "shell/store_sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/pool.h"

#define SECONDS_A_DAY 86400
#define WHY_MAX       256

enum { ADD, FIND, USE, COUNT, PURGE, STATEMENTS };

struct ic_store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    uint64_t meetings_max;
    char why[WHY_MAX];
};

/* Version 1. used_at moves at most once a day, so that a busy meeting does not write on each join.
 */
static const char schema[] = "PRAGMA journal_mode=WAL;"
                             "PRAGMA synchronous=FULL;"
                             "PRAGMA busy_timeout=2000;"
                             "CREATE TABLE IF NOT EXISTS meetings("
                             " id BLOB PRIMARY KEY CHECK(length(id)=16),"
                             " created_at INTEGER NOT NULL,"
                             " used_at INTEGER NOT NULL,"
                             " ended_at INTEGER) STRICT, WITHOUT ROWID;"
                             "CREATE INDEX IF NOT EXISTS meetings_used_at ON meetings(used_at);"
                             "PRAGMA user_version=1;";

static const char *const statement_texts[STATEMENTS] = {
    [ADD] = "INSERT INTO meetings(id,created_at,used_at) VALUES(?1,?2,?2)",
    [FIND] = "SELECT used_at FROM meetings WHERE id=?1 AND ended_at IS NULL",
    [USE] = "UPDATE meetings SET used_at=?2 WHERE id=?1",
    [COUNT] = "SELECT count(*) FROM meetings",
    [PURGE] = "DELETE FROM meetings WHERE used_at<?2",
};

static bool prepare(struct ic_store *store)
{
    for (int i = 0; i < STATEMENTS; i++) {
        if (sqlite3_prepare_v3(store->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[i], NULL) != SQLITE_OK)
            return false;
    }
    return true;
}

static int user_version(sqlite3 *db)
{
    sqlite3_stmt *statement = NULL;
    int version = -1;
    if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return version;
}

static bool open_database(struct ic_store *store, const char *path)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK) {
        snprintf(
            store->why, sizeof store->why,
            "The database %s cannot be opened (%s). Check that data_dir exists and is writable.",
            path, sqlite3_errmsg(store->db));
        return false;
    }
    if (user_version(store->db) > 1) {
        snprintf(store->why, sizeof store->why,
                 "The database %s was made by a newer incamera. Install that version, or use "
                 "another data_dir.",
                 path);
        return false;
    }
    if (sqlite3_exec(store->db, schema, NULL, NULL, NULL) == SQLITE_OK && prepare(store))
        return true;
    snprintf(store->why, sizeof store->why,
             "The database %s cannot be used (%s). Check the disk, or restore it from a backup.",
             path, sqlite3_errmsg(store->db));
    return false;
}

struct ic_store *ic_store_open(const char *path, uint64_t meetings_max, const char **why)
{
    static const char no_memory[] = "No memory for the database.";
    struct ic_store *store = ic_array_alloc(1, sizeof *store);
    *why = no_memory;
    if (store == NULL)
        return NULL;
    store->meetings_max = meetings_max;
    if (open_database(store, path))
        return store;
    static _Thread_local char kept[WHY_MAX];
    memcpy(kept, store->why, sizeof kept);
    *why = kept;
    ic_store_close(store);
    return NULL;
}

void ic_store_close(struct ic_store *store)
{
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->db);
    ic_array_free(store);
}

/* Run a statement with id as ?1 and number as ?2, where it has them. The first column of the first
 * row goes to *value. */
static int run(struct ic_store *store, int which, const uint8_t *id, int64_t number, int64_t *value)
{
    sqlite3_stmt *s = store->statements[which];
    if (id != NULL)
        sqlite3_bind_blob(s, 1, id, IC_MEETING_ID_LEN, SQLITE_STATIC);
    if (sqlite3_bind_parameter_count(s) >= 2)
        sqlite3_bind_int64(s, 2, number);
    int result = sqlite3_step(s);
    if (result == SQLITE_ROW && value != NULL)
        *value = sqlite3_column_int64(s, 0);
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return result;
}

static enum ic_err add(struct ic_store *store, int64_t now_s, const uint8_t *id)
{
    int64_t count = 0;
    if (run(store, COUNT, NULL, 0, &count) != SQLITE_ROW)
        return IC_ERR_SYSTEM;
    if ((uint64_t)count >= store->meetings_max) {
        int64_t oldest = now_s - (int64_t)IC_MEETING_UNUSED_DAYS * SECONDS_A_DAY;
        if (run(store, PURGE, NULL, oldest, NULL) != SQLITE_DONE)
            return IC_ERR_SYSTEM;
        if (sqlite3_changes(store->db) == 0)
            return IC_ERR_FULL;
    }
    return run(store, ADD, id, now_s, NULL) == SQLITE_DONE ? IC_OK : IC_ERR_SYSTEM;
}

static enum ic_err find(struct ic_store *store, int64_t now_s, const uint8_t *id)
{
    int64_t used_at = 0;
    int result = run(store, FIND, id, 0, &used_at);
    if (result == SQLITE_DONE)
        return IC_ERR_GONE;
    if (result != SQLITE_ROW)
        return IC_ERR_SYSTEM;
    if (now_s - used_at >= SECONDS_A_DAY)
        (void)run(store, USE, id, now_s, NULL); /* only the age suffers if it fails */
    return IC_OK;
}

void ic_store_run(struct ic_store *store, int64_t now_s, const struct ic_store_request *request,
                  struct ic_store_reply *reply)
{
    *reply = (struct ic_store_reply){.kind = request->kind, .token = request->token};
    memcpy(reply->meeting, request->meeting, sizeof reply->meeting);
    switch (request->kind) {
    case IC_STORE_MEETING_ADD:
        reply->result = add(store, now_s, request->meeting);
        return;
    case IC_STORE_MEETING_FIND:
        reply->result = find(store, now_s, request->meeting);
        return;
    }
    IC_ASSERT(false); /* every kind is above */
}
