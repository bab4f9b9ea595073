/* The folder of keys: what a full disk or a power cut leaves behind does not lock the server out.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "shell/data_dir.h"

static int setup(void **state)
{
    static struct ic_data_dir dir;
    char why[IC_CONFIG_WHY_MAX];
    assert_int_equal(ic_data_dir_open(&dir, "", why), IC_OK);
    *state = &dir;
    return 0;
}

static int teardown(void **state)
{
    const struct ic_data_dir *dir = *state;
    struct stat s;
    ic_data_dir_close(*state);
    assert_int_equal(stat(dir->path, &s), -1); /* nothing is left */
    return 0;
}

static bool make_credentials(const struct ic_data_dir *dir, uint8_t *fingerprint)
{
    char why[IC_CONFIG_WHY_MAX];
    struct ic_dtls_credentials *credentials = ic_data_dir_credentials(dir, why);
    if (credentials == NULL)
        return false;
    ic_dtls_credentials_fingerprint(credentials, fingerprint);
    ic_dtls_credentials_destroy(credentials);
    return true;
}

static struct stat status_of(const struct ic_data_dir *dir, const char *name)
{
    char path[IC_CONFIG_TEXT_MAX + 32];
    struct stat s;
    assert_true(ic_data_dir_file(dir, name, path));
    assert_int_equal(stat(path, &s), 0);
    return s;
}

static void the_key_is_made_once_and_for_us_alone(void **state)
{
    const struct ic_data_dir *dir = *state;
    uint8_t first[IC_FINGERPRINT_LEN], again[IC_FINGERPRINT_LEN];
    assert_true(make_credentials(dir, first));
    assert_int_equal(status_of(dir, "dtls.pem").st_mode & 0777, 0600);
    assert_true(make_credentials(dir, again));
    assert_memory_equal(first, again, sizeof first);
    char path[IC_CONFIG_TEXT_MAX + 32];
    assert_true(ic_data_dir_file(dir, "dtls.pem", path));
    assert_int_equal(chmod(path, 0640), 0);
    assert_false(make_credentials(dir, again));
}

/* A limit of the file size stands for the disk that is full in the middle of the key. */
static void a_disk_that_was_full_leaves_no_half_key(void **state)
{
    const struct ic_data_dir *dir = *state;
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    struct rlimit before, tight;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight = before;
    tight.rlim_cur = 64;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    bool made = make_credentials(dir, fingerprint);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(made);
    assert_true(make_credentials(dir, fingerprint)); /* there is room again */
}

/* The power went while the key was written. */
static void a_key_that_was_not_finished_is_made_anew(void **state)
{
    const struct ic_data_dir *dir = *state;
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    char path[IC_CONFIG_TEXT_MAX + 32];
    assert_true(ic_data_dir_file(dir, "dtls.pem.new", path));
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0 && write(fd, "-----BEGIN", 10) == 10);
    close(fd);
    assert_true(make_credentials(dir, fingerprint));
    assert_true(make_credentials(dir, fingerprint));
}

static void the_log_key_is_made_once_and_for_us_alone(void **state)
{
    const struct ic_data_dir *dir = *state;
    char why[IC_CONFIG_WHY_MAX] = "", path[IC_CONFIG_TEXT_MAX + 32];
    uint8_t first[IC_ED25519_SEED_LEN], second[IC_ED25519_SEED_LEN];
    assert_int_equal(ic_data_dir_log_seed(dir, first, why), IC_OK);
    assert_int_equal(status_of(dir, "log.key").st_mode & 0777, 0600);
    assert_int_equal(status_of(dir, "log.key").st_size, IC_ED25519_SEED_LEN);
    assert_int_equal(ic_data_dir_log_seed(dir, second, why), IC_OK);
    assert_memory_equal(first, second, sizeof first);
    assert_true(ic_data_dir_file(dir, "log.key", path));
    assert_int_equal(chmod(path, 0640), 0); /* others may have read it */
    assert_int_equal(ic_data_dir_log_seed(dir, second, why), IC_ERR_SYSTEM);
    assert_non_null(strstr(why, "chmod 600"));
    assert_int_equal(chmod(path, 0600), 0);
    static const off_t sizes[] = {0, IC_ED25519_SEED_LEN - 1, IC_ED25519_SEED_LEN + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(truncate(path, sizes[i]), 0);
        assert_int_equal(ic_data_dir_log_seed(dir, second, why), IC_ERR_SYSTEM);
    }
}

static void a_folder_that_others_can_read_is_refused(void **state)
{
    const struct ic_data_dir *dir = *state;
    struct ic_data_dir other;
    char why[IC_CONFIG_WHY_MAX] = "";
    assert_int_equal(chmod(dir->path, 0750), 0);
    assert_int_not_equal(ic_data_dir_open(&other, dir->path, why), IC_OK);
    assert_non_null(strstr(why, "700"));
    assert_int_equal(chmod(dir->path, 0700), 0);
    assert_int_equal(ic_data_dir_open(&other, dir->path, why), IC_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_key_is_made_once_and_for_us_alone),
        TEST(a_disk_that_was_full_leaves_no_half_key),
        TEST(the_log_key_is_made_once_and_for_us_alone),
        TEST(a_key_that_was_not_finished_is_made_anew),
        TEST(a_folder_that_others_can_read_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
