/* The directory of one node: what every store does, over the life of a file. */
#include <stdlib.h>
#include <unistd.h>

#include "support/directory_client.h"

#include "shell/directory_sqlite.h"

#define ENTRIES_MAX 4

struct folder {
    char path[40], file[64];
};

static struct folder make_folder(void)
{
    struct folder f = {.path = "/tmp/incamera-test-XXXXXX"};
    assert_non_null(mkdtemp(f.path));
    snprintf(f.file, sizeof f.file, "%s/directory.db", f.path);
    return f;
}

static void remove_folder(const struct folder *f)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char name[80];
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", f->file, ends[i]);
        (void)unlink(name);
    }
    assert_int_equal(rmdir(f->path), 0);
}

static void open_client(struct directory_client *c, const char *file)
{
    char why[IC_CONFIG_WHY_MAX];
    struct ic_directory_store store;
    client_init(c);
    assert_int_equal(ic_directory_sqlite_open(file, ENTRIES_MAX, &store, why), IC_OK);
    client_start(c, &store);
}

static void sqlite_conforms(void **state)
{
    (void)state;
    struct directory_client a, b;
    struct folder f = make_folder();
    open_client(&a, f.file);
    directory_conforms(&a, client_run);
    open_client(&b, f.file);
    directory_is_one(&a, &b, client_run);
    clients_race(&a, &b);
    struct ic_directory_request q = directory_request(IC_DIRECTORY_SWAP, 3, 1, 1, 0);
    assert_int_equal(client_run(&a, &q).result, IC_ERR_FULL);
    client_stop(&a);
    client_stop(&b);
    remove_folder(&f);
}

static void generations_rise_over_a_restart(void **state)
{
    (void)state;
    struct directory_client c;
    struct folder f = make_folder();
    struct ic_directory_request q = directory_request(IC_DIRECTORY_SWAP, 1, 1, 7, 0);
    struct ic_directory_request get = directory_request(IC_DIRECTORY_GET, 1, 0, 0, 0);
    open_client(&c, f.file);
    assert_int_equal(client_run(&c, &q).result, IC_OK);
    client_stop(&c);
    open_client(&c, f.file);
    struct ic_directory_reply reply = client_run(&c, &get);
    directory_assert(&reply, 1, 7);
    q.revision = reply.revision;
    assert_int_equal(client_run(&c, &q).result, IC_ERR_STATE);
    client_stop(&c);
    remove_folder(&f);
}

static void a_file_that_is_none_is_refused(void **state)
{
    (void)state;
    struct ic_directory_store store;
    char why[IC_CONFIG_WHY_MAX] = "";
    assert_int_equal(ic_directory_sqlite_open("/nowhere/directory.db", 1, &store, why),
                     IC_ERR_SYSTEM);
    assert_non_null(strstr(why, "/nowhere/directory.db"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sqlite_conforms),
        cmocka_unit_test(generations_rise_over_a_restart),
        cmocka_unit_test(a_file_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
