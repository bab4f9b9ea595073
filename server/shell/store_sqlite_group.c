/* The store's requests about groups: each change is one transaction. */
#include <stdlib.h>

#include "base/assert.h"
#include "shell/store_sqlite_state.h"

static sqlite3_stmt *of_meeting(struct ic_store *store, int which,
                                const struct ic_store_request *request)
{
    sqlite3_stmt *s = ic_store_statement(store, which);
    ic_store_bind_bytes(s, 1, request->meeting, IC_MEETING_ID_LEN);
    return s;
}

static struct ic_store_part part_of(const struct ic_store_request *request,
                                    enum ic_store_part_kind kind)
{
    return ic_store_part_find(request->parts, request->parts_len, kind);
}

static void bind_part(sqlite3_stmt *s, int at, const struct ic_store_request *request,
                      enum ic_store_part_kind kind)
{
    struct ic_store_part part = part_of(request, kind);
    ic_store_bind_bytes(s, at, part.bytes, part.len);
}

/* ---- transactions ---- */

static enum ic_err begin(struct ic_store *store)
{
    return ic_store_do(ic_store_statement(store, IC_SQL_BEGIN));
}

/* All or nothing. */
static enum ic_err finish(struct ic_store *store, enum ic_err e)
{
    if (e == IC_OK)
        e = ic_store_do(ic_store_statement(store, IC_SQL_COMMIT));
    if (e != IC_OK)
        (void)!ic_store_do(ic_store_statement(store, IC_SQL_ROLLBACK));
    return e;
}

/* ---- what belongs to a group ---- */

static enum ic_err add_commit(struct ic_store *store, const struct ic_store_request *request)
{
    sqlite3_stmt *add = of_meeting(store, IC_SQL_COMMIT_ADD, request);
    sqlite3_bind_int64(add, 2, (int64_t)request->n);
    bind_part(add, 3, request, IC_STORE_COMMIT);
    bind_part(add, 4, request, IC_STORE_NOTE);
    enum ic_err e = ic_store_do(add);
    if (e != IC_OK)
        return e;
    sqlite3_stmt *purge = of_meeting(store, IC_SQL_COMMIT_PURGE, request);
    sqlite3_bind_int64(purge, 2, (int64_t)request->n - IC_STORE_COMMITS_KEPT);
    return ic_store_do(purge);
}

static enum ic_err add_blob(struct ic_store *store, const struct ic_store_request *request,
                            const struct ic_store_part *part)
{
    sqlite3_stmt *s = of_meeting(store, IC_SQL_BLOB_ADD, request);
    IC_ASSERT(part->len >= IC_STORE_HASH_LEN);
    ic_store_bind_bytes(s, 2, part->bytes, IC_STORE_HASH_LEN);
    if (part->kind == IC_STORE_TREE)
        sqlite3_bind_int64(s, 3, (int64_t)request->n);
    ic_store_bind_bytes(s, 4, part->bytes + IC_STORE_HASH_LEN, part->len - IC_STORE_HASH_LEN);
    return ic_store_do(s);
}

static enum ic_err drop_blob(struct ic_store *store, const struct ic_store_request *request,
                             const struct ic_store_part *part)
{
    sqlite3_stmt *s = of_meeting(store, IC_SQL_BLOB_DROP, request);
    ic_store_bind_bytes(s, 2, part->bytes, part->len);
    return ic_store_do(s);
}

static enum ic_err add_parts(struct ic_store *store, const struct ic_store_request *request)
{
    struct ic_rd r = ic_rd_init(request->parts, request->parts_len);
    struct ic_store_part part;
    bool has_commit = request->kind != IC_STORE_GROUP_RESTORE;
    enum ic_err e = has_commit ? add_commit(store, request) : IC_OK;
    while (e == IC_OK && ic_store_part_next(&r, &part)) {
        if (part.kind == IC_STORE_BLOB || part.kind == IC_STORE_TREE)
            e = add_blob(store, request, &part);
        else if (part.kind == IC_STORE_BLOB_GONE)
            e = drop_blob(store, request, &part);
    }
    if (e != IC_OK)
        return e;
    sqlite3_stmt *purge = of_meeting(store, IC_SQL_TREE_PURGE, request);
    sqlite3_bind_int64(purge, 2, IC_STORE_TREES_KEPT);
    return ic_store_do(purge);
}

/* ---- requests ---- */

static enum ic_err has_meeting(struct ic_store *store, const struct ic_store_request *request)
{
    sqlite3_stmt *s = of_meeting(store, IC_SQL_MEETING_FIND, request);
    int result = sqlite3_step(s);
    sqlite3_reset(s);
    if (result == SQLITE_DONE)
        return IC_ERR_GONE;
    return result == SQLITE_ROW ? IC_OK : IC_ERR_SYSTEM;
}

static enum ic_err replace_group(struct ic_store *store, const struct ic_store_request *request)
{
    enum ic_err e = has_meeting(store, request);
    if (e == IC_OK)
        e = ic_store_do(of_meeting(store, IC_SQL_GROUP_DROP, request));
    if (e != IC_OK)
        return e;
    sqlite3_stmt *s = of_meeting(store, IC_SQL_GROUP_ADD, request);
    bool is_begin = request->kind == IC_STORE_GROUP_BEGIN;
    sqlite3_bind_int64(s, 2, is_begin ? 1 : (int64_t)request->n);
    bind_part(s, 3, request, IC_STORE_STATE);
    bind_part(s, 4, request, IC_STORE_RECORD);
    sqlite3_bind_int64(s, 5, (int64_t)request->fence);
    e = ic_store_do(s);
    return e == IC_OK ? add_parts(store, request) : e;
}

enum ic_err ic_store_group_begin(struct ic_store *store, const struct ic_store_request *request)
{
    enum ic_err e = begin(store);
    return e == IC_OK ? finish(store, replace_group(store, request)) : e;
}

static enum ic_err step(struct ic_store *store, const struct ic_store_request *request)
{
    sqlite3_stmt *s = of_meeting(store, IC_SQL_GROUP_STEP, request);
    sqlite3_bind_int64(s, 2, (int64_t)request->n);
    bind_part(s, 3, request, IC_STORE_STATE);
    bind_part(s, 4, request, IC_STORE_RECORD);
    sqlite3_bind_int64(s, 5, (int64_t)request->fence);
    enum ic_err e = ic_store_do(s);
    if (e != IC_OK)
        return e;
    return sqlite3_changes(store->db) == 1 ? add_parts(store, request) : IC_ERR_STATE;
}

enum ic_err ic_store_group_commit(struct ic_store *store, const struct ic_store_request *request)
{
    enum ic_err e = begin(store);
    return e == IC_OK ? finish(store, step(store, request)) : e;
}

enum ic_err ic_store_group_record(struct ic_store *store, const struct ic_store_request *request)
{
    sqlite3_stmt *s = of_meeting(store, IC_SQL_GROUP_RECORD, request);
    sqlite3_bind_int64(s, 2, (int64_t)request->n);
    bind_part(s, 3, request, IC_STORE_RECORD);
    sqlite3_bind_int64(s, 4, (int64_t)request->fence);
    enum ic_err e = ic_store_do(s);
    if (e != IC_OK)
        return e;
    return sqlite3_changes(store->db) == 1 ? IC_OK : IC_ERR_STATE;
}

enum ic_err ic_store_group_identity(struct ic_store *store, const struct ic_store_request *request)
{
    struct ic_store_part part = part_of(request, IC_STORE_BLOB);
    return add_blob(store, request, &part); /* of no group: the database refuses it */
}

enum ic_err ic_store_group_end(struct ic_store *store, const struct ic_store_request *request)
{
    return ic_store_do(of_meeting(store, IC_SQL_GROUP_DROP, request));
}

/* ---- reading ---- */

#define READ_CAP (IC_STORE_READ_MAX + IC_COMMIT_MAX)

static enum ic_err give(struct ic_store_reply *reply, uint8_t *bytes, const struct ic_wr *w)
{
    IC_ASSERT(ic_wr_ok(w));
    reply->parts = bytes;
    reply->parts_len = w->len;
    return IC_OK;
}

/* Without a gap from place n on, as many as fit, and one at least. */
enum ic_err ic_store_commits_read(struct ic_store *store, const struct ic_store_request *request,
                                  struct ic_store_reply *reply)
{
    sqlite3_stmt *s = of_meeting(store, IC_SQL_COMMIT_READ, request);
    uint8_t *bytes = malloc(READ_CAP);
    struct ic_wr w = ic_wr_init(bytes, READ_CAP);
    uint64_t n = request->n;
    int result = SQLITE_DONE;
    if (bytes == NULL)
        return IC_ERR_SYSTEM;
    sqlite3_bind_int64(s, 2, (int64_t)request->n);
    while (w.len < IC_STORE_READ_MAX && (result = sqlite3_step(s)) == SQLITE_ROW) {
        size_t need = (size_t)sqlite3_column_bytes(s, 1) + (size_t)sqlite3_column_bytes(s, 2) + 16;
        if ((uint64_t)sqlite3_column_int64(s, 0) != n++ || w.cap - w.len < need)
            break;
        ic_store_write_column(&w, IC_STORE_COMMIT, s, 1);
        ic_store_write_column(&w, IC_STORE_NOTE, s, 2);
    }
    sqlite3_reset(s);
    if (result == SQLITE_ROW || result == SQLITE_DONE)
        return give(reply, bytes, &w);
    free(bytes);
    return IC_ERR_SYSTEM;
}

enum ic_err ic_store_blob_find(struct ic_store *store, const struct ic_store_request *request,
                               struct ic_store_reply *reply)
{
    sqlite3_stmt *s = ic_store_statement(store, IC_SQL_BLOB_FIND);
    enum ic_err e = IC_ERR_SYSTEM;
    ic_store_bind_bytes(s, 1, request->hash, sizeof request->hash);
    int result = sqlite3_step(s);
    if (result == SQLITE_DONE)
        e = IC_ERR_GONE;
    size_t cap = result == SQLITE_ROW ? (size_t)sqlite3_column_bytes(s, 0) + 16 : 0;
    uint8_t *bytes = cap == 0 ? NULL : malloc(cap);
    if (bytes != NULL) {
        struct ic_wr w = ic_wr_init(bytes, cap);
        ic_store_write_column(&w, IC_STORE_BLOB, s, 0);
        e = give(reply, bytes, &w);
    }
    sqlite3_reset(s);
    return e;
}
