#include "shell/directory_sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The revision is that of the row: nobody deletes rows. */
static const char schema[] = "PRAGMA journal_mode=WAL;"
                             "PRAGMA synchronous=FULL;"
                             "PRAGMA busy_timeout=1000;"
                             "CREATE TABLE IF NOT EXISTS directory("
                             " meeting BLOB PRIMARY KEY NOT NULL CHECK(length(meeting)=16),"
                             " revision INTEGER NOT NULL CHECK(revision>0),"
                             " entry BLOB NOT NULL) STRICT;"
                             "PRAGMA user_version=1;";

enum statement { GET, ADD, SET, COUNT, STATEMENTS };

static const char *const texts[STATEMENTS] = {
    [GET] = "SELECT revision,entry FROM directory WHERE meeting=?1",
    [ADD] = "INSERT OR IGNORE INTO directory(meeting,revision,entry) VALUES(?1,1,?2)",
    [SET] = "UPDATE directory SET revision=revision+1,entry=?2 WHERE meeting=?1 AND revision=?3",
    [COUNT] = "SELECT count(*) FROM directory",
};

/* One byte more than an entry has, so that a longer one stays malformed. */
#define ENTRY_CAP (IC_DIRECTORY_ENTRY_LEN + 1)

struct directory {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    uint32_t entries_max;
    uint8_t bytes[ENTRY_CAP]; /* of the last answer */
};

static sqlite3_stmt *statement(struct directory *d, enum statement which, const uint8_t *meeting)
{
    sqlite3_stmt *s = d->statements[which];
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    if (meeting != NULL)
        sqlite3_bind_blob(s, 1, meeting, IC_MEETING_ID_LEN, SQLITE_STATIC);
    return s;
}

static enum ic_err get(struct directory *d, const uint8_t *meeting,
                       struct ic_directory_reply *reply)
{
    sqlite3_stmt *s = statement(d, GET, meeting);
    int result = sqlite3_step(s);
    if (result == SQLITE_ROW) {
        size_t len = (size_t)sqlite3_column_bytes(s, 1);
        reply->revision = (uint64_t)sqlite3_column_int64(s, 0);
        reply->len = len < sizeof d->bytes ? len : sizeof d->bytes;
        if (reply->len > 0)
            memcpy(d->bytes, sqlite3_column_blob(s, 1), reply->len);
        reply->bytes = d->bytes;
    }
    sqlite3_reset(s);
    if (result == SQLITE_ROW)
        return IC_OK;
    return result == SQLITE_DONE ? IC_ERR_GONE : IC_ERR_SYSTEM;
}

static enum ic_err has_room(struct directory *d)
{
    sqlite3_stmt *s = statement(d, COUNT, NULL);
    bool is_counted = sqlite3_step(s) == SQLITE_ROW;
    bool is_full = (uint64_t)sqlite3_column_int64(s, 0) >= d->entries_max;
    sqlite3_reset(s);
    if (!is_counted)
        return IC_ERR_SYSTEM;
    return is_full ? IC_ERR_FULL : IC_OK;
}

static enum ic_err set(struct directory *d, const struct ic_directory_request *request)
{
    uint8_t bytes[IC_DIRECTORY_ENTRY_LEN];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    enum ic_err e = request->revision == 0 ? has_room(d) : IC_OK;
    if (e != IC_OK)
        return e;
    ic_directory_entry_write(&w, &request->entry);
    sqlite3_stmt *s = statement(d, request->revision == 0 ? ADD : SET, request->entry.meeting);
    sqlite3_bind_blob(s, 2, bytes, (int)w.len, SQLITE_STATIC);
    if (request->revision != 0)
        sqlite3_bind_int64(s, 3, (sqlite3_int64)request->revision);
    int result = sqlite3_step(s);
    sqlite3_reset(s);
    if (result != SQLITE_DONE)
        return IC_ERR_SYSTEM;
    return sqlite3_changes(d->db) == 1 ? IC_OK : IC_ERR_STATE;
}

static struct ic_directory_reply run(void *context, const struct ic_directory_request *request)
{
    struct directory *d = context;
    struct ic_directory_reply reply = {.token = request->token};
    reply.result = get(d, request->entry.meeting, &reply);
    if (request->kind == IC_DIRECTORY_GET)
        return reply;
    reply.result = ic_directory_may_swap(&reply, request);
    if (reply.result == IC_OK)
        reply.result = set(d, request);
    if (reply.result == IC_OK)
        reply.result = get(d, request->entry.meeting, &reply);
    if (reply.result != IC_OK)
        reply = (struct ic_directory_reply){.token = request->token, .result = reply.result};
    return reply;
}

static void close_all(void *context)
{
    struct directory *d = context;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(d->statements[i]);
    sqlite3_close(d->db);
    free(d);
}

static bool open_all(struct directory *d, const char *path)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &d->db, flags, NULL) != SQLITE_OK ||
        sqlite3_exec(d->db, schema, NULL, NULL, NULL) != SQLITE_OK)
        return false;
    for (int i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v3(d->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &d->statements[i],
                               NULL) != SQLITE_OK)
            return false;
    return true;
}

enum ic_err ic_directory_sqlite_open(const char *path, uint32_t entries_max,
                                     struct ic_directory_store *out,
                                     char why[static IC_CONFIG_WHY_MAX])
{
    struct directory *d = calloc(1, sizeof *d);
    if (d == NULL) {
        snprintf(why, IC_CONFIG_WHY_MAX, "There is not enough memory for the directory.");
        return IC_ERR_SYSTEM;
    }
    d->entries_max = entries_max;
    if (!open_all(d, path)) {
        snprintf(why, IC_CONFIG_WHY_MAX,
                 "The database %.200s cannot be used (%.100s). Check that data_dir is writable, or "
                 "restore it from a backup.",
                 path, d->db == NULL ? "no memory" : sqlite3_errmsg(d->db));
        close_all(d);
        return IC_ERR_SYSTEM;
    }
    *out = (struct ic_directory_store){.context = d, .run = run, .close = close_all};
    return IC_OK;
}
