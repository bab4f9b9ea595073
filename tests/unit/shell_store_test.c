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

#include "shell/store_sqlite.h"
#include "shell/store_thread.h"

#define DAY 86400

static struct ic_store_reply ask(struct ic_store *store, int64_t now, enum ic_store_kind kind,
                                 uint8_t id)
{
    struct ic_store_request request = {.kind = kind, .token = id};
    struct ic_store_reply reply;
    memset(request.meeting, id, sizeof request.meeting);
    ic_store_run(store, now, &request, &reply);
    assert_int_equal(reply.kind, kind);
    assert_int_equal(reply.token, id);
    assert_memory_equal(reply.meeting, request.meeting, sizeof reply.meeting);
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
                     IC_ERR_SYSTEM); /* an id is new */
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
        request.meeting[0] = (uint8_t)i;
        assert_int_equal(ic_store_thread_ask(t, &request), IC_OK);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_meeting_survives_a_restart),
        cmocka_unit_test(a_full_disk_makes_no_meeting_and_loses_none),
        cmocka_unit_test(full_is_said_and_only_old_ones_make_room),
        cmocka_unit_test(a_path_that_cannot_be_is_told),
        cmocka_unit_test(a_file_that_is_no_database_is_told),
        cmocka_unit_test(the_thread_answers_every_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
