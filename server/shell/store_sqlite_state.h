/* What the parts of the store share. Nothing outside of them includes this. */
#ifndef IC_SHELL_STORE_SQLITE_STATE_H
#define IC_SHELL_STORE_SQLITE_STATE_H

#include <sqlite3.h>
#include <stdint.h>

#include "msg/store.h"

#define IC_STORE_WHY_MAX 256

enum {
    IC_SQL_BEGIN,
    IC_SQL_COMMIT,
    IC_SQL_ROLLBACK,
    IC_SQL_MEETING_ADD,
    IC_SQL_MEETING_FIND,
    IC_SQL_MEETING_USE,
    IC_SQL_MEETING_COUNT,
    IC_SQL_MEETING_PURGE,
    IC_SQL_GROUP_FIND,
    IC_SQL_GROUP_DROP,
    IC_SQL_GROUP_ADD,
    IC_SQL_GROUP_STEP,
    IC_SQL_GROUP_RECORD,
    IC_SQL_COMMIT_ADD,
    IC_SQL_COMMIT_PURGE,
    IC_SQL_COMMIT_READ,
    IC_SQL_BLOB_ADD,
    IC_SQL_BLOB_DROP,
    IC_SQL_BLOB_FIND,
    IC_SQL_TREE_PURGE,
    IC_SQL_STATEMENTS,
};

struct ic_store {
    sqlite3 *db;
    sqlite3_stmt *statements[IC_SQL_STATEMENTS];
    uint64_t meetings_max;
    char why[IC_STORE_WHY_MAX];
};

/* A statement, reset and without values. */
sqlite3_stmt *ic_store_statement(struct ic_store *store, int which);
/* Bind bytes that are borrowed until the statement is run. */
void ic_store_bind_bytes(sqlite3_stmt *s, int at, const uint8_t *bytes, size_t len);
/* Run a statement that gives no rows.
 *  IC_ERR_SYSTEM  the disk */
IC_NODISCARD enum ic_err ic_store_do(sqlite3_stmt *s);

/* One value of a row as a part; nothing when it is NULL. */
void ic_store_write_column(struct ic_wr *w, enum ic_store_part_kind kind, sqlite3_stmt *s,
                           int column);

/* The requests about groups (store_sqlite_group.c), like ic_store_run. */
enum ic_err ic_store_group_begin(struct ic_store *store, const struct ic_store_request *request);
enum ic_err ic_store_group_commit(struct ic_store *store, const struct ic_store_request *request);
enum ic_err ic_store_group_record(struct ic_store *store, const struct ic_store_request *request);
enum ic_err ic_store_group_identity(struct ic_store *store, const struct ic_store_request *request);
enum ic_err ic_store_group_end(struct ic_store *store, const struct ic_store_request *request);
enum ic_err ic_store_commits_read(struct ic_store *store, const struct ic_store_request *request,
                                  struct ic_store_reply *reply);
enum ic_err ic_store_blob_find(struct ic_store *store, const struct ic_store_request *request,
                               struct ic_store_reply *reply);

#endif
