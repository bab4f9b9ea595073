/* Log lines: whole JSON, whatever the value holds. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "shell/log.h"

/* Run with standard error in a file; what was written goes to out. */
static void capture(bool is_text, const char *value, char *out, size_t cap)
{
    char path[] = "/tmp/incamera-test-XXXXXX";
    int fd = mkstemp(path), kept = dup(STDERR_FILENO);
    struct ic_log log = {.is_text = is_text};
    dup2(fd, STDERR_FILENO);
    ic_log_write(&log, IC_LOG_WARN, "test_event",
                 IC_LOG_FIELDS(IC_LOG_NUMBER("peer", 7), IC_LOG_TEXT("why", value)));
    dup2(kept, STDERR_FILENO);
    close(kept);
    ssize_t n = pread(fd, out, cap - 1, 0);
    assert_true(n >= 0);
    out[n] = '\0';
    close(fd);
    unlink(path);
}

static void a_line_is_one_json_object(void **state)
{
    (void)state;
    char line[2048];
    capture(false, "a \"quoted\" \\ back\nnew \xff line", line, sizeof line);
    assert_int_equal(strchr(line, '\n') - line, (ptrdiff_t)strlen(line) - 1);
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(object);
    assert_string_equal(json_string_value(json_object_get(object, "event")), "test_event");
    assert_string_equal(json_string_value(json_object_get(object, "level")), "warn");
    assert_int_equal(json_integer_value(json_object_get(object, "peer")), 7);
    assert_string_equal(json_string_value(json_object_get(object, "why")),
                        "a \"quoted\" \\ back?new ? line");
    json_decref(object);
}

static void a_text_line_is_for_people(void **state)
{
    (void)state;
    char line[2048];
    capture(true, "full", line, sizeof line);
    assert_non_null(strstr(line, "warning: test_event  peer=7  why=full\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_one_json_object),
        cmocka_unit_test(a_text_line_is_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
