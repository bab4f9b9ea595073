/* Meetings on disk: durable, bounded, the same after a restart; and the thread around them. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "shell/store_sqlite.h"
#include "shell/store_thread.h"

#define DAY 86400

/* What a request carries, built part by part. */
struct parts {
    uint8_t bytes[IC_STORE_PARTS_MAX];
    size_t len;
};

static void add_part(struct parts *p, enum ic_store_part_kind kind, const void *bytes, size_t len)
{
    struct ic_wr w = ic_wr_init(p->bytes, sizeof p->bytes);
    w.len = p->len;
    ic_store_part_write(&w, kind, bytes, len);
    assert_true(ic_wr_ok(&w));
    p->len = w.len;
}

static struct ic_store_request request_of(enum ic_store_kind kind, uint8_t id,
                                          const struct parts *parts)
{
    struct ic_store_request request = {.kind = kind, .token = id};
    memset(request.meeting, id, sizeof request.meeting);
    if (parts != NULL) {
        request.parts = parts->bytes;
        request.parts_len = parts->len;
    }
    return request;
}

/* The parts of the reply are freed with forget(). */
static struct ic_store_reply run(struct ic_store *store, int64_t now,
                                 const struct ic_store_request *request)
{
    struct ic_store_reply reply;
    ic_store_run(store, now, request, &reply);
    assert_int_equal(reply.kind, request->kind);
    assert_int_equal(reply.token, request->token);
    assert_memory_equal(reply.meeting, request->meeting, sizeof reply.meeting);
    return reply;
}

static void forget(struct ic_store_reply *reply)
{
    free((void *)(uintptr_t)reply->parts);
    reply->parts = NULL;
}

static struct ic_store_reply ask(struct ic_store *store, int64_t now, enum ic_store_kind kind,
                                 uint8_t id)
{
    static struct parts policy;
    policy.len = 0;
    add_part(&policy, IC_STORE_POLICY, "policy", 6);
    struct ic_store_request request =
        request_of(kind, id, kind == IC_STORE_MEETING_ADD ? &policy : NULL);
    struct ic_store_reply reply = run(store, now, &request);
    forget(&reply);
    return reply;
}

static void a_meeting_survives_a_restart(void **state)
{
    (void)state;
    char folder[] = "/tmp/incamera-test-XXXXXX", path[64];
    const char *why = NULL;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/meetings.db", folder);
    struct ic_store *store = ic_store_open(path, 10, &why);
    assert_non_null(store);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_FIND, 1).result, IC_ERR_GONE);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_ADD, 1).result, IC_OK);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_ADD, 1).result,
                     IC_ERR_STATE); /* an id is new */
    ic_store_close(store);
    store = ic_store_open(path, 10, &why);
    assert_non_null(store);
    assert_int_equal(ask(store, 200, IC_STORE_MEETING_FIND, 1).result, IC_OK);
    assert_int_equal(ask(store, 200, IC_STORE_MEETING_FIND, 2).result, IC_ERR_GONE);
    ic_store_close(store);
    char command[96];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

/* A limit of the file size stands for the full disk. Meetings that are there go on. */
static void a_full_disk_makes_no_meeting_and_loses_none(void **state)
{
    (void)state;
    char folder[] = "/tmp/incamera-test-XXXXXX", path[64];
    const char *why = NULL;
    struct rlimit before, tight;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/meetings.db", folder);
    struct ic_store *store = ic_store_open(path, 100, &why);
    assert_non_null(store);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_ADD, 1).result, IC_OK);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight = before;
    tight.rlim_cur = 512;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    enum ic_err added = ask(store, 100, IC_STORE_MEETING_ADD, 2).result;
    enum ic_err found = ask(store, 100 + 2 * DAY, IC_STORE_MEETING_FIND, 1).result;
    enum ic_err missed = ask(store, 100, IC_STORE_MEETING_FIND, 2).result;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(added, IC_ERR_SYSTEM);
    assert_int_equal(found, IC_OK);
    assert_int_equal(missed, IC_ERR_GONE);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_ADD, 2).result, IC_OK);
    ic_store_close(store);
    store = ic_store_open(path, 100, &why);
    assert_non_null(store);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_FIND, 1).result, IC_OK);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_FIND, 2).result, IC_OK);
    ic_store_close(store);
    char command[96];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void full_is_said_and_only_old_ones_make_room(void **state)
{
    (void)state;
    const char *why = NULL;
    struct ic_store *store = ic_store_open(":memory:", 3, &why);
    for (uint8_t i = 1; i <= 3; i++)
        assert_int_equal(ask(store, 1000, IC_STORE_MEETING_ADD, i).result, IC_OK);
    assert_int_equal(ask(store, 1000 + DAY, IC_STORE_MEETING_ADD, 4).result, IC_ERR_FULL);
    int64_t later = 1000 + (int64_t)IC_MEETING_UNUSED_DAYS * DAY;
    assert_int_equal(ask(store, later - DAY, IC_STORE_MEETING_FIND, 2).result, IC_OK); /* used */
    assert_int_equal(ask(store, later + 1, IC_STORE_MEETING_ADD, 4).result, IC_OK);
    assert_int_equal(ask(store, later + 1, IC_STORE_MEETING_FIND, 1).result, IC_ERR_GONE);
    assert_int_equal(ask(store, later + 1, IC_STORE_MEETING_FIND, 2).result, IC_OK);
    ic_store_close(store);
}

static void a_path_that_cannot_be_is_told(void **state)
{
    (void)state;
    const char *why = NULL;
    assert_null(ic_store_open("/nowhere/meetings.db", 3, &why));
    assert_non_null(strstr(why, "/nowhere/meetings.db"));
    assert_non_null(strstr(why, "data_dir"));
}

static void a_file_that_is_no_database_is_told(void **state)
{
    (void)state;
    char path[] = "/tmp/incamera-test-XXXXXX";
    const char *why = NULL;
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "this is no database at all, but a text\n", 39), 39);
    close(fd);
    assert_null(ic_store_open(path, 3, &why));
    assert_non_null(strstr(why, path));
    unlink(path);
}

/* ---- groups ---- */

static bool has_part(const struct ic_store_reply *reply, enum ic_store_part_kind kind,
                     const char *text)
{
    struct ic_store_part part = ic_store_part_find(reply->parts, reply->parts_len, kind);
    return part.len == strlen(text) && memcmp(part.bytes, text, part.len) == 0;
}

/* One step of meeting 1's group: every part says n. */
static enum ic_err step(struct ic_store *store, enum ic_store_kind kind, uint64_t n)
{
    static struct parts parts;
    char text[32];
    uint8_t blob[40] = {(uint8_t)n}, tree[64] = {(uint8_t)n, 1};
    parts.len = 0;
    for (int i = 0; i < 4; i++) {
        static const enum ic_store_part_kind kinds[] = {IC_STORE_STATE, IC_STORE_RECORD,
                                                        IC_STORE_COMMIT, IC_STORE_NOTE};
        (void)snprintf(text, sizeof text, "%d of %u", i, (unsigned)n);
        add_part(&parts, kinds[i], text, strlen(text));
    }
    add_part(&parts, IC_STORE_BLOB, blob, sizeof blob);
    add_part(&parts, IC_STORE_TREE, tree, sizeof tree);
    blob[0] = (uint8_t)(n - 1);
    if (n > 0)
        add_part(&parts, IC_STORE_BLOB_GONE, blob, IC_STORE_HASH_LEN);
    add_part(&parts, IC_STORE_KEPT, "not for the disk", 16);
    struct ic_store_request request = request_of(kind, 1, &parts);
    request.n = n;
    struct ic_store_reply reply = run(store, 100, &request);
    assert_null(reply.parts);
    return reply.result;
}

static bool has_blob(struct ic_store *store, uint8_t first, uint8_t second, size_t len)
{
    struct ic_store_request request = request_of(IC_STORE_BLOB_FIND, 0, NULL);
    memset(request.hash, 0, sizeof request.hash);
    request.hash[0] = first;
    request.hash[1] = second;
    struct ic_store_reply reply = run(store, 100, &request);
    struct ic_store_part part = ic_store_part_find(reply.parts, reply.parts_len, IC_STORE_BLOB);
    bool is_there = reply.result == IC_OK;
    assert_int_equal(reply.result, is_there ? IC_OK : IC_ERR_GONE);
    assert_true(!is_there || part.len == len);
    forget(&reply);
    return is_there;
}

/* Who only looks does not keep a meeting from being forgotten. */
static void a_policy_is_read_and_the_meeting_stays_unused(void **state)
{
    (void)state;
    const char *why = NULL;
    struct ic_store *store = ic_store_open(":memory:", 1, &why);
    assert_non_null(store);
    struct ic_store_request find = request_of(IC_STORE_POLICY_FIND, 1, NULL);
    struct ic_store_reply reply = run(store, 100, &find);
    assert_int_equal(reply.result, IC_ERR_GONE);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_ADD, 1).result, IC_OK);
    const int64_t later = 100 + (IC_MEETING_UNUSED_DAYS + 1) * (int64_t)DAY;
    reply = run(store, later, &find);
    assert_int_equal(reply.result, IC_OK);
    assert_true(has_part(&reply, IC_STORE_POLICY, "policy"));
    forget(&reply);
    assert_int_equal(ask(store, later, IC_STORE_MEETING_ADD, 2).result, IC_OK); /* in its place */
    reply = run(store, later, &find);
    assert_int_equal(reply.result, IC_ERR_GONE);
    ic_store_close(store);
}

static void a_group_is_found_as_it_was_written(void **state)
{
    (void)state;
    char folder[] = "/tmp/incamera-test-XXXXXX", path[64], command[96];
    const char *why = NULL;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/meetings.db", folder);
    struct ic_store *store = ic_store_open(path, 10, &why);
    assert_int_equal(step(store, IC_STORE_GROUP_BEGIN, 0), IC_ERR_GONE); /* no such meeting */
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_ADD, 1).result, IC_OK);
    assert_int_equal(step(store, IC_STORE_GROUP_COMMIT, 0), IC_ERR_STATE); /* no group */
    assert_int_equal(step(store, IC_STORE_GROUP_BEGIN, 0), IC_OK);
    assert_int_equal(step(store, IC_STORE_GROUP_COMMIT, 1), IC_OK);
    assert_int_equal(step(store, IC_STORE_GROUP_COMMIT, 1), IC_ERR_STATE); /* somebody was first */
    assert_int_equal(step(store, IC_STORE_GROUP_COMMIT, 3), IC_ERR_STATE);
    ic_store_close(store);
    store = ic_store_open(path, 10, &why);
    struct ic_store_request find = request_of(IC_STORE_MEETING_FIND, 1, NULL);
    struct ic_store_reply reply = run(store, 100, &find);
    assert_true(has_part(&reply, IC_STORE_POLICY, "policy"));
    assert_true(has_part(&reply, IC_STORE_STATE, "0 of 1"));
    assert_true(has_part(&reply, IC_STORE_RECORD, "1 of 1"));
    forget(&reply);
    assert_int_equal(step(store, IC_STORE_GROUP_COMMIT, 2), IC_OK);
    assert_true(has_blob(store, 2, 0, 8));
    assert_false(has_blob(store, 1, 0, 8)); /* the one who left */
    assert_true(has_blob(store, 1, 1, 32)); /* the tree stays for a while */
    assert_int_equal(ask(store, 100, IC_STORE_GROUP_END, 1).result, IC_OK);
    assert_false(has_blob(store, 2, 0, 8));
    reply = run(store, 100, &find);
    assert_int_equal(reply.result, IC_OK); /* the meeting stays */
    assert_int_equal(ic_store_part_find(reply.parts, reply.parts_len, IC_STORE_STATE).len, 0);
    forget(&reply);
    assert_int_equal(step(store, IC_STORE_GROUP_BEGIN, 0), IC_OK);
    assert_int_equal(step(store, IC_STORE_GROUP_BEGIN, 0), IC_OK); /* in place of the other */
    ic_store_close(store);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void the_record_alone_can_change(void **state)
{
    (void)state;
    static struct parts parts;
    const char *why = NULL;
    struct ic_store *store = ic_store_open(":memory:", 3, &why);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_ADD, 1).result, IC_OK);
    assert_int_equal(step(store, IC_STORE_GROUP_BEGIN, 0), IC_OK);
    parts.len = 0;
    add_part(&parts, IC_STORE_RECORD, "another", 7);
    struct ic_store_request request = request_of(IC_STORE_GROUP_RECORD, 1, &parts);
    request.n = 2;
    assert_int_equal(run(store, 100, &request).result, IC_ERR_STATE); /* of another log size */
    request.n = 1;
    assert_int_equal(run(store, 100, &request).result, IC_OK);
    struct ic_store_request find = request_of(IC_STORE_MEETING_FIND, 1, NULL);
    struct ic_store_reply reply = run(store, 100, &find);
    assert_true(has_part(&reply, IC_STORE_STATE, "0 of 0"));
    assert_true(has_part(&reply, IC_STORE_RECORD, "another"));
    forget(&reply);
    ic_store_close(store);
}

static void commits_are_read_without_a_gap(void **state)
{
    (void)state;
    const char *why = NULL;
    struct ic_store *store = ic_store_open(":memory:", 3, &why);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_ADD, 1).result, IC_OK);
    assert_int_equal(step(store, IC_STORE_GROUP_BEGIN, 0), IC_OK);
    for (uint64_t n = 1; n < IC_STORE_COMMITS_KEPT + 10; n++)
        assert_int_equal(step(store, IC_STORE_GROUP_COMMIT, n), IC_OK);
    struct ic_store_request read = request_of(IC_STORE_COMMITS_READ, 1, NULL);
    for (uint64_t from = 0; from < IC_STORE_COMMITS_KEPT + 12; from++) {
        read.n = from;
        struct ic_store_reply reply = run(store, 100, &read);
        struct ic_rd r = ic_rd_init(reply.parts, reply.parts_len);
        struct ic_store_part part;
        uint64_t n = from;
        for (; ic_store_part_next(&r, &part); n++) {
            char text[32];
            (void)snprintf(text, sizeof text, "2 of %u", (unsigned)n);
            assert_int_equal(part.kind, IC_STORE_COMMIT);
            assert_int_equal(part.len, strlen(text));
            assert_memory_equal(part.bytes, text, part.len);
            assert_true(ic_store_part_next(&r, &part));
            assert_int_equal(part.kind, IC_STORE_NOTE);
        }
        bool is_kept = from >= 10 && from < IC_STORE_COMMITS_KEPT + 10;
        assert_int_equal(n, is_kept ? IC_STORE_COMMITS_KEPT + 10 : from);
        assert_int_equal(reply.result, IC_OK);
        forget(&reply);
    }
    for (uint8_t n = 1; n < 10; n++) /* of trees the last few stay */
        assert_int_equal(has_blob(store, (uint8_t)(IC_STORE_COMMITS_KEPT + 10 - n), 1, 32),
                         n <= IC_STORE_TREES_KEPT);
    ic_store_close(store);
}

static void large_commits_come_in_several_answers(void **state)
{
    (void)state;
    static struct parts parts;
    static uint8_t bytes[IC_COMMIT_MAX];
    const char *why = NULL;
    struct ic_store *store = ic_store_open(":memory:", 3, &why);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_ADD, 1).result, IC_OK);
    for (uint64_t n = 0; n < 6; n++) {
        parts.len = 0;
        add_part(&parts, IC_STORE_STATE, "s", 1);
        add_part(&parts, IC_STORE_RECORD, "r", 1);
        add_part(&parts, IC_STORE_COMMIT, bytes, sizeof bytes);
        add_part(&parts, IC_STORE_NOTE, "n", 1);
        struct ic_store_request request =
            request_of(n == 0 ? IC_STORE_GROUP_BEGIN : IC_STORE_GROUP_COMMIT, 1, &parts);
        request.n = n;
        assert_int_equal(run(store, 100, &request).result, IC_OK);
    }
    struct ic_store_request read = request_of(IC_STORE_COMMITS_READ, 1, NULL);
    size_t answers = 0;
    for (read.n = 0; read.n < 6; answers++) {
        struct ic_store_reply reply = run(store, 100, &read);
        struct ic_rd r = ic_rd_init(reply.parts, reply.parts_len);
        struct ic_store_part part;
        uint64_t before = read.n;
        assert_true(reply.parts_len <= IC_STORE_READ_MAX + IC_COMMIT_MAX);
        while (ic_store_part_next(&r, &part))
            read.n += part.kind == IC_STORE_COMMIT;
        assert_true(read.n > before);
        forget(&reply);
    }
    assert_true(answers > 1);
    ic_store_close(store);
}

/* A transaction that fails in the middle leaves nothing behind. */
static void a_full_disk_writes_no_half_a_commit(void **state)
{
    (void)state;
    char folder[] = "/tmp/incamera-test-XXXXXX", path[64], command[96];
    const char *why = NULL;
    struct rlimit before, tight;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/meetings.db", folder);
    struct ic_store *store = ic_store_open(path, 10, &why);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_ADD, 1).result, IC_OK);
    assert_int_equal(step(store, IC_STORE_GROUP_BEGIN, 0), IC_OK);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight = before;
    tight.rlim_cur = 512;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    enum ic_err result = step(store, IC_STORE_GROUP_COMMIT, 1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(result, IC_ERR_SYSTEM);
    ic_store_close(store);
    store = ic_store_open(path, 10, &why);
    assert_non_null(store);
    assert_false(has_blob(store, 1, 0, 8));
    assert_int_equal(step(store, IC_STORE_GROUP_COMMIT, 1), IC_OK); /* the log did not move */
    ic_store_close(store);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static uint64_t fence_of(const struct ic_store_reply *reply)
{
    struct ic_store_part part = ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_FENCE);
    struct ic_rd r = ic_rd_init(part.bytes, part.len);
    uint64_t fence = ic_rd_u64(&r);
    return ic_rd_done(&r) ? fence : UINT64_MAX;
}

static void a_meeting_that_is_brought_is_made_once_and_its_group_takes_any_others_place(
    void **state)
{
    (void)state;
    static struct parts parts;
    const char *why = NULL;
    uint8_t blob[40] = {9, 9};
    struct ic_store *store = ic_store_open(":memory:", 1, &why);
    parts.len = 0;
    add_part(&parts, IC_STORE_POLICY, "policy", 6);
    add_part(&parts, IC_STORE_KEPT, "brought", 7);
    struct ic_store_request find = request_of(IC_STORE_MEETING_RESTORE, 1, &parts);
    for (int i = 0; i < 2; i++) { /* made, then found */
        struct ic_store_reply reply = run(store, 100, &find);
        assert_int_equal(reply.result, IC_OK);
        assert_true(has_part(&reply, IC_STORE_POLICY, "policy"));
        assert_true(has_part(&reply, IC_STORE_KEPT, "brought"));
        assert_int_equal(ic_store_part_find(reply.parts, reply.parts_len, IC_STORE_STATE).len, 0);
        forget(&reply);
    }
    struct ic_store_request other = request_of(IC_STORE_MEETING_RESTORE, 2, &parts);
    assert_int_equal(run(store, 100, &other).result, IC_ERR_FULL);

    assert_int_equal(step(store, IC_STORE_GROUP_BEGIN, 0), IC_OK); /* which it replaces */
    parts.len = 0;
    add_part(&parts, IC_STORE_STATE, "state", 5);
    add_part(&parts, IC_STORE_RECORD, "record", 6);
    add_part(&parts, IC_STORE_BLOB, blob, sizeof blob);
    struct ic_store_request restore = request_of(IC_STORE_GROUP_RESTORE, 1, &parts);
    restore.n = 8;
    restore.fence = 41;
    assert_int_equal(run(store, 100, &restore).result, IC_OK);
    assert_true(has_blob(store, 9, 9, 8));
    assert_int_equal(step(store, IC_STORE_GROUP_COMMIT, 7), IC_ERR_STATE);
    struct ic_store_reply reply = run(store, 100, &find);
    assert_true(has_part(&reply, IC_STORE_STATE, "state"));
    assert_int_equal(fence_of(&reply), 41);
    forget(&reply);
    assert_int_equal(step(store, IC_STORE_GROUP_COMMIT, 8), IC_OK); /* it goes on */
    reply = run(store, 100, &find);
    assert_int_equal(fence_of(&reply), 0); /* as the last write said */
    forget(&reply);

    parts.len = 0;
    blob[0] = 11;
    add_part(&parts, IC_STORE_BLOB, blob, sizeof blob);
    struct ic_store_request identity = request_of(IC_STORE_GROUP_IDENTITY, 1, &parts);
    assert_int_equal(run(store, 100, &identity).result, IC_OK);
    assert_true(has_blob(store, 11, 9, 8));
    assert_int_equal(ask(store, 100, IC_STORE_GROUP_END, 1).result, IC_OK);
    assert_false(has_blob(store, 11, 9, 8));
    assert_int_equal(run(store, 100, &identity).result, IC_ERR_SYSTEM); /* of no group */
    ic_store_close(store);
}

static void groups_of_version_2_stay(void **state)
{
    (void)state;
    char path[] = "/tmp/incamera-test-XXXXXX", command[96];
    const char *why = NULL;
    sqlite3 *db = NULL;
    close(mkstemp(path));
    struct ic_store *store = ic_store_open(path, 3, &why);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_ADD, 1).result, IC_OK);
    assert_int_equal(step(store, IC_STORE_GROUP_BEGIN, 0), IC_OK);
    ic_store_close(store);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK); /* as it was before */
    assert_int_equal(sqlite3_exec(db, "ALTER TABLE groups DROP COLUMN fence;PRAGMA user_version=2",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    store = ic_store_open(path, 3, &why);
    assert_non_null(store);
    struct ic_store_request find = request_of(IC_STORE_MEETING_FIND, 1, NULL);
    struct ic_store_reply reply = run(store, 100, &find);
    assert_true(has_part(&reply, IC_STORE_STATE, "0 of 0"));
    assert_int_equal(fence_of(&reply), 0);
    forget(&reply);
    assert_int_equal(step(store, IC_STORE_GROUP_COMMIT, 1), IC_OK);
    ic_store_close(store);
    snprintf(command, sizeof command, "rm -f %s %s-wal %s-shm", path, path, path);
    assert_int_equal(system(command), 0);
}

static void meetings_of_version_1_are_dropped(void **state)
{
    (void)state;
    char path[] = "/tmp/incamera-test-XXXXXX";
    const char *why = NULL;
    sqlite3 *db = NULL;
    close(mkstemp(path));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "CREATE TABLE meetings(id BLOB PRIMARY KEY, created_at INTEGER, "
                                  "used_at INTEGER, ended_at INTEGER);"
                                  "INSERT INTO meetings VALUES(x'01010101010101010101010101010101',"
                                  "1,1,NULL);PRAGMA user_version=1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    struct ic_store *store = ic_store_open(path, 3, &why);
    assert_non_null(store);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_FIND, 1).result, IC_ERR_GONE);
    assert_int_equal(ask(store, 100, IC_STORE_MEETING_ADD, 1).result, IC_OK);
    ic_store_close(store);
    char command[96];
    snprintf(command, sizeof command, "rm -f %s %s-wal %s-shm", path, path, path);
    assert_int_equal(system(command), 0);
}

static void the_thread_answers_every_request(void **state)
{
    (void)state;
    const char *why = NULL;
    struct ic_mailbox replies;
    assert_int_equal(ic_mailbox_init(&replies, sizeof(struct ic_store_reply), 256), IC_OK);
    struct ic_store_thread *t =
        ic_store_thread_start(ic_store_open(":memory:", 1000, &why), &replies);
    assert_non_null(t);
    for (uint64_t i = 1; i <= 100; i++) {
        struct ic_store_request request = {.kind = IC_STORE_MEETING_ADD, .token = i};
        static struct parts policy;
        policy.len = 0;
        add_part(&policy, IC_STORE_POLICY, "policy", 6);
        request.meeting[0] = (uint8_t)i;
        request.parts = policy.bytes;
        request.parts_len = policy.len;
        assert_int_equal(ic_store_thread_ask(t, &request), IC_OK);
        memset(policy.bytes, 0xff, sizeof policy.bytes); /* it was copied */
    }
    for (uint64_t got = 0; got < 100;) {
        struct ic_store_reply reply;
        struct pollfd wait = {.fd = replies.event_fd, .events = POLLIN};
        assert_int_equal(poll(&wait, 1, 10000), 1);
        ic_mailbox_clear_event(&replies);
        while (ic_mailbox_take(&replies, &reply)) {
            assert_int_equal(reply.token, ++got);
            assert_int_equal(reply.result, IC_OK);
        }
    }
    ic_store_thread_stop(t);
    ic_mailbox_deinit(&replies);
}

/* Commit and Welcome are delivered out of what comes back. */
static void the_thread_gives_the_bytes_back(void **state)
{
    (void)state;
    static struct parts parts;
    const char *why = NULL;
    struct ic_mailbox replies;
    assert_int_equal(ic_mailbox_init(&replies, sizeof(struct ic_store_reply), 4), IC_OK);
    struct ic_store_thread *t =
        ic_store_thread_start(ic_store_open(":memory:", 1000, &why), &replies);
    assert_non_null(t);
    parts.len = 0;
    add_part(&parts, IC_STORE_KEPT, "welcome", 7);
    struct ic_store_request request = request_of(IC_STORE_GROUP_COMMIT, 1, &parts);
    for (int i = 0; i < 10; i++) /* more than there is room for: none is lost */
        assert_int_equal(ic_store_thread_ask(t, &request), IC_OK);
    for (int got = 0; got < 10;) {
        struct ic_store_reply reply;
        struct pollfd wait = {.fd = replies.event_fd, .events = POLLIN};
        assert_int_equal(poll(&wait, 1, 10000), 1);
        ic_mailbox_clear_event(&replies);
        for (; ic_mailbox_take(&replies, &reply); got++) {
            assert_int_equal(reply.result, IC_ERR_STATE);
            assert_true(has_part(&reply, IC_STORE_KEPT, "welcome"));
            forget(&reply);
        }
    }
    ic_store_thread_stop(t);
    ic_mailbox_deinit(&replies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_meeting_survives_a_restart),
        cmocka_unit_test(a_policy_is_read_and_the_meeting_stays_unused),
        cmocka_unit_test(a_full_disk_makes_no_meeting_and_loses_none),
        cmocka_unit_test(full_is_said_and_only_old_ones_make_room),
        cmocka_unit_test(a_path_that_cannot_be_is_told),
        cmocka_unit_test(a_file_that_is_no_database_is_told),
        cmocka_unit_test(a_group_is_found_as_it_was_written),
        cmocka_unit_test(the_record_alone_can_change),
        cmocka_unit_test(commits_are_read_without_a_gap),
        cmocka_unit_test(large_commits_come_in_several_answers),
        cmocka_unit_test(a_full_disk_writes_no_half_a_commit),
        cmocka_unit_test(
            a_meeting_that_is_brought_is_made_once_and_its_group_takes_any_others_place),
        cmocka_unit_test(groups_of_version_2_stay),
        cmocka_unit_test(meetings_of_version_1_are_dropped),
        cmocka_unit_test(the_thread_answers_every_request),
        cmocka_unit_test(the_thread_gives_the_bytes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
