#include "shell/store_sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/pool.h"
#include "shell/store_sqlite_state.h"

#define SECONDS_A_DAY  86400
#define SCHEMA_VERSION 3

/* used_at moves at most once a day, so that a busy meeting does not write on each knock. What
 * belongs to a group goes with it, and the group with its meeting. */
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS meetings("
    " id BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16),"
    " policy BLOB NOT NULL,"
    " created_at INTEGER NOT NULL,"
    " used_at INTEGER NOT NULL,"
    " ended_at INTEGER) STRICT;"
    "CREATE INDEX IF NOT EXISTS meetings_used_at ON meetings(used_at);"
    "CREATE TABLE IF NOT EXISTS groups("
    " meeting BLOB PRIMARY KEY NOT NULL REFERENCES meetings(id) ON DELETE CASCADE,"
    " size INTEGER NOT NULL," /* of the log */
    " state BLOB NOT NULL,"
    " record BLOB NOT NULL,"
    " fence INTEGER NOT NULL DEFAULT 0) STRICT;" /* generation of the meeting when it was written */
    "CREATE TABLE IF NOT EXISTS commits("
    " meeting BLOB NOT NULL REFERENCES groups(meeting) ON DELETE CASCADE,"
    " n INTEGER NOT NULL,"
    " bytes BLOB NOT NULL,"
    " note BLOB NOT NULL,"
    " PRIMARY KEY(meeting,n)) STRICT;"
    "CREATE TABLE IF NOT EXISTS blobs("
    " meeting BLOB NOT NULL REFERENCES groups(meeting) ON DELETE CASCADE,"
    " hash BLOB NOT NULL CHECK(length(hash)=32),"
    " tree_n INTEGER," /* of a tree: place of its commit in the log; NULL: an identity */
    " bytes BLOB NOT NULL,"
    " PRIMARY KEY(meeting,hash)) STRICT;"
    "CREATE INDEX IF NOT EXISTS blobs_hash ON blobs(hash);"
    "PRAGMA user_version=3;";

static const char settings[] = "PRAGMA journal_mode=WAL;"
                               "PRAGMA synchronous=FULL;"
                               "PRAGMA foreign_keys=ON;"
                               "PRAGMA busy_timeout=2000;";

static const char *const statement_texts[IC_SQL_STATEMENTS] = {
    [IC_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [IC_SQL_COMMIT] = "COMMIT",
    [IC_SQL_ROLLBACK] = "ROLLBACK",
    [IC_SQL_MEETING_ADD] = "INSERT OR IGNORE INTO meetings(id,created_at,used_at,policy) "
                           "VALUES(?1,?2,?2,?3)",
    [IC_SQL_MEETING_FIND] = "SELECT used_at,policy FROM meetings WHERE id=?1 AND ended_at IS NULL",
    [IC_SQL_MEETING_USE] = "UPDATE meetings SET used_at=?2 WHERE id=?1",
    [IC_SQL_MEETING_COUNT] = "SELECT count(*) FROM meetings",
    [IC_SQL_MEETING_PURGE] = "DELETE FROM meetings WHERE used_at<?1",
    [IC_SQL_GROUP_FIND] = "SELECT state,record,fence FROM groups WHERE meeting=?1",
    [IC_SQL_GROUP_DROP] = "DELETE FROM groups WHERE meeting=?1",
    [IC_SQL_GROUP_ADD] = "INSERT INTO groups(meeting,size,state,record,fence) "
                         "VALUES(?1,?2,?3,?4,?5)",
    [IC_SQL_GROUP_STEP] = "UPDATE groups SET size=size+1,state=?3,record=?4,fence=?5 "
                          "WHERE meeting=?1 AND size=?2",
    [IC_SQL_GROUP_RECORD] = "UPDATE groups SET record=?3,fence=?4 "
                            "WHERE meeting=?1 AND size=?2",
    [IC_SQL_COMMIT_ADD] = "INSERT INTO commits(meeting,n,bytes,note) VALUES(?1,?2,?3,?4)",
    [IC_SQL_COMMIT_PURGE] = "DELETE FROM commits WHERE meeting=?1 AND n<=?2",
    [IC_SQL_COMMIT_READ] = "SELECT n,bytes,note FROM commits WHERE meeting=?1 AND n>=?2 ORDER BY n",
    [IC_SQL_BLOB_ADD] =
        "INSERT OR REPLACE INTO blobs(meeting,hash,tree_n,bytes) VALUES(?1,?2,?3,?4)",
    [IC_SQL_BLOB_DROP] = "DELETE FROM blobs WHERE meeting=?1 AND hash=?2 AND tree_n IS NULL",
    [IC_SQL_BLOB_FIND] = "SELECT bytes FROM blobs WHERE hash=?1 LIMIT 1",
    [IC_SQL_TREE_PURGE] =
        "DELETE FROM blobs WHERE meeting=?1 AND tree_n IS NOT NULL AND hash NOT IN("
        "SELECT hash FROM blobs WHERE meeting=?1 AND tree_n IS NOT NULL "
        "ORDER BY tree_n DESC LIMIT ?2)",
};

/* ---- opening ---- */

static bool prepare(struct ic_store *store)
{
    for (int i = 0; i < IC_SQL_STATEMENTS; i++) {
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

/* Meetings of version 1 have no policy, and so nobody can be in them: their links are void. */
static bool drop_version_1(struct ic_store *store, int version)
{
    return version != 1 ||
           sqlite3_exec(store->db, "DROP TABLE IF EXISTS meetings", NULL, NULL, NULL) == SQLITE_OK;
}

/* Groups of version 2 were of nodes that are alone. */
static bool add_fences(struct ic_store *store, int version)
{
    return version != 2 ||
           sqlite3_exec(store->db, "ALTER TABLE groups ADD COLUMN fence INTEGER NOT NULL DEFAULT 0",
                        NULL, NULL, NULL) == SQLITE_OK;
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
    int version = user_version(store->db);
    if (version > SCHEMA_VERSION) {
        snprintf(store->why, sizeof store->why,
                 "The database %s was made by a newer incamera. Install that version, or use "
                 "another data_dir.",
                 path);
        return false;
    }
    if (sqlite3_exec(store->db, settings, NULL, NULL, NULL) == SQLITE_OK &&
        drop_version_1(store, version) && add_fences(store, version) &&
        sqlite3_exec(store->db, schema, NULL, NULL, NULL) == SQLITE_OK && prepare(store))
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
    static _Thread_local char kept[IC_STORE_WHY_MAX];
    memcpy(kept, store->why, sizeof kept);
    *why = kept;
    ic_store_close(store);
    return NULL;
}

void ic_store_close(struct ic_store *store)
{
    for (int i = 0; i < IC_SQL_STATEMENTS; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->db);
    ic_array_free(store);
}

/* ---- statements ---- */

sqlite3_stmt *ic_store_statement(struct ic_store *store, int which)
{
    sqlite3_stmt *s = store->statements[which];
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return s;
}

void ic_store_bind_bytes(sqlite3_stmt *s, int at, const uint8_t *bytes, size_t len)
{
    static const uint8_t nothing[1];
    /* A null pointer would bind NULL. */
    sqlite3_bind_blob64(s, at, bytes == NULL ? nothing : bytes, len, SQLITE_STATIC);
}

enum ic_err ic_store_do(sqlite3_stmt *s)
{
    int result = sqlite3_step(s);
    sqlite3_reset(s);
    return result == SQLITE_DONE ? IC_OK : IC_ERR_SYSTEM;
}

void ic_store_write_column(struct ic_wr *w, enum ic_store_part_kind kind, sqlite3_stmt *s,
                           int column)
{
    if (sqlite3_column_type(s, column) != SQLITE_NULL)
        ic_store_part_write(w, kind, sqlite3_column_blob(s, column),
                            (size_t)sqlite3_column_bytes(s, column));
}

/* ---- meetings ---- */

static enum ic_err make_room(struct ic_store *store, int64_t now_s)
{
    sqlite3_stmt *count = ic_store_statement(store, IC_SQL_MEETING_COUNT);
    bool is_counted = sqlite3_step(count) == SQLITE_ROW;
    uint64_t meetings = (uint64_t)sqlite3_column_int64(count, 0);
    sqlite3_reset(count);
    if (!is_counted)
        return IC_ERR_SYSTEM;
    if (meetings < store->meetings_max)
        return IC_OK;
    sqlite3_stmt *purge = ic_store_statement(store, IC_SQL_MEETING_PURGE);
    sqlite3_bind_int64(purge, 1, now_s - (int64_t)IC_MEETING_UNUSED_DAYS * SECONDS_A_DAY);
    if (ic_store_do(purge) != IC_OK)
        return IC_ERR_SYSTEM;
    return sqlite3_changes(store->db) > 0 ? IC_OK : IC_ERR_FULL;
}

static enum ic_err add(struct ic_store *store, int64_t now_s,
                       const struct ic_store_request *request)
{
    struct ic_store_part policy =
        ic_store_part_find(request->parts, request->parts_len, IC_STORE_POLICY);
    enum ic_err e = make_room(store, now_s);
    if (e != IC_OK)
        return e;
    sqlite3_stmt *s = ic_store_statement(store, IC_SQL_MEETING_ADD);
    ic_store_bind_bytes(s, 1, request->meeting, IC_MEETING_ID_LEN);
    sqlite3_bind_int64(s, 2, now_s);
    ic_store_bind_bytes(s, 3, policy.bytes, policy.len);
    if (ic_store_do(s) != IC_OK)
        return IC_ERR_SYSTEM;
    return sqlite3_changes(store->db) == 1 ? IC_OK : IC_ERR_STATE;
}

/* Only the age suffers if it fails. */
static void use(struct ic_store *store, int64_t now_s, const uint8_t *id)
{
    sqlite3_stmt *s = ic_store_statement(store, IC_SQL_MEETING_USE);
    ic_store_bind_bytes(s, 1, id, IC_MEETING_ID_LEN);
    sqlite3_bind_int64(s, 2, now_s);
    (void)!ic_store_do(s);
}

/* Meeting and group as parts. */
static enum ic_err read_meeting(sqlite3_stmt *meeting, sqlite3_stmt *group,
                                struct ic_store_reply *reply)
{
    int found = sqlite3_step(group);
    if (found != SQLITE_ROW && found != SQLITE_DONE)
        return IC_ERR_SYSTEM;
    size_t cap = (size_t)sqlite3_column_bytes(meeting, 1) + 64;
    if (found == SQLITE_ROW)
        cap += (size_t)sqlite3_column_bytes(group, 0) + (size_t)sqlite3_column_bytes(group, 1);
    uint8_t *bytes = malloc(cap);
    if (bytes == NULL)
        return IC_ERR_SYSTEM;
    struct ic_wr w = ic_wr_init(bytes, cap);
    ic_store_write_column(&w, IC_STORE_POLICY, meeting, 1);
    if (found == SQLITE_ROW) {
        ic_store_write_column(&w, IC_STORE_STATE, group, 0);
        ic_store_write_column(&w, IC_STORE_RECORD, group, 1);
        size_t mark = ic_store_part_open(&w, IC_STORE_FENCE);
        ic_wr_u64(&w, (uint64_t)sqlite3_column_int64(group, 2));
        ic_store_part_close(&w, mark);
    }
    IC_ASSERT(ic_wr_ok(&w));
    reply->parts = bytes;
    reply->parts_len = w.len;
    return IC_OK;
}

static enum ic_err find(struct ic_store *store, int64_t now_s,
                        const struct ic_store_request *request, struct ic_store_reply *reply)
{
    sqlite3_stmt *meeting = ic_store_statement(store, IC_SQL_MEETING_FIND);
    sqlite3_stmt *group = ic_store_statement(store, IC_SQL_GROUP_FIND);
    ic_store_bind_bytes(meeting, 1, request->meeting, IC_MEETING_ID_LEN);
    ic_store_bind_bytes(group, 1, request->meeting, IC_MEETING_ID_LEN);
    int result = sqlite3_step(meeting);
    enum ic_err e = result == SQLITE_DONE ? IC_ERR_GONE : IC_ERR_SYSTEM;
    int64_t used_at = sqlite3_column_int64(meeting, 0);
    if (result == SQLITE_ROW)
        e = read_meeting(meeting, group, reply);
    sqlite3_reset(meeting);
    sqlite3_reset(group);
    if (e == IC_OK && now_s - used_at >= SECONDS_A_DAY)
        use(store, now_s, request->meeting);
    return e;
}

/* What the request keeps, behind what was found. */
static enum ic_err append_kept(const struct ic_store_request *request, struct ic_store_reply *reply)
{
    size_t cap = reply->parts_len + request->parts_len;
    uint8_t *bytes = realloc((void *)(uintptr_t)reply->parts, cap);
    if (bytes == NULL)
        return IC_ERR_SYSTEM;
    struct ic_wr w = ic_wr_init(bytes, cap);
    w.len = reply->parts_len;
    struct ic_rd r = ic_rd_init(request->parts, request->parts_len);
    struct ic_store_part part;
    while (ic_store_part_next(&r, &part)) {
        if (part.kind == IC_STORE_KEPT)
            ic_store_part_write(&w, part.kind, part.bytes, part.len);
    }
    IC_ASSERT(ic_wr_ok(&w));
    reply->parts = bytes;
    reply->parts_len = w.len;
    return IC_OK;
}

static enum ic_err restore(struct ic_store *store, int64_t now_s,
                           const struct ic_store_request *request, struct ic_store_reply *reply)
{
    enum ic_err e = find(store, now_s, request, reply);
    if (e == IC_ERR_GONE)
        e = add(store, now_s, request);
    if (e == IC_OK && reply->parts == NULL)
        e = find(store, now_s, request, reply);
    return e == IC_OK ? append_kept(request, reply) : e;
}

/* Whoever looks at a meeting from outside does not keep it. */
static enum ic_err find_policy(struct ic_store *store, const struct ic_store_request *request,
                               struct ic_store_reply *reply)
{
    sqlite3_stmt *s = ic_store_statement(store, IC_SQL_MEETING_FIND);
    enum ic_err e = IC_ERR_SYSTEM;
    ic_store_bind_bytes(s, 1, request->meeting, IC_MEETING_ID_LEN);
    int result = sqlite3_step(s);
    if (result == SQLITE_DONE)
        e = IC_ERR_GONE;
    size_t cap = result == SQLITE_ROW ? (size_t)sqlite3_column_bytes(s, 1) + 16 : 0;
    uint8_t *bytes = cap == 0 ? NULL : malloc(cap);
    if (bytes != NULL) {
        struct ic_wr w = ic_wr_init(bytes, cap);
        ic_store_write_column(&w, IC_STORE_POLICY, s, 1);
        IC_ASSERT(ic_wr_ok(&w));
        reply->parts = bytes;
        reply->parts_len = w.len;
        e = IC_OK;
    }
    sqlite3_reset(s);
    return e;
}

/* ---- requests ---- */

static enum ic_err run(struct ic_store *store, int64_t now_s,
                       const struct ic_store_request *request, struct ic_store_reply *reply)
{
    switch (request->kind) {
    case IC_STORE_MEETING_ADD:
        return add(store, now_s, request);
    case IC_STORE_MEETING_FIND:
        return find(store, now_s, request, reply);
    case IC_STORE_MEETING_RESTORE:
        return restore(store, now_s, request, reply);
    case IC_STORE_GROUP_BEGIN:
    case IC_STORE_GROUP_RESTORE:
        return ic_store_group_begin(store, request);
    case IC_STORE_GROUP_COMMIT:
        return ic_store_group_commit(store, request);
    case IC_STORE_GROUP_RECORD:
        return ic_store_group_record(store, request);
    case IC_STORE_GROUP_IDENTITY:
        return ic_store_group_identity(store, request);
    case IC_STORE_GROUP_END:
        return ic_store_group_end(store, request);
    case IC_STORE_COMMITS_READ:
        return ic_store_commits_read(store, request, reply);
    case IC_STORE_BLOB_FIND:
        return ic_store_blob_find(store, request, reply);
    case IC_STORE_POLICY_FIND:
        return find_policy(store, request, reply);
    }
    IC_ASSERT(false); /* every kind is above */
    return IC_ERR_SYSTEM;
}

void ic_store_run(struct ic_store *store, int64_t now_s, const struct ic_store_request *request,
                  struct ic_store_reply *reply)
{
    *reply =
        (struct ic_store_reply){.kind = request->kind, .token = request->token, .n = request->n};
    memcpy(reply->meeting, request->meeting, sizeof reply->meeting);
    reply->result = run(store, now_s, request, reply);
}
