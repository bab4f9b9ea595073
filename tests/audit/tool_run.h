/* Running a tool on files of a test's own. */
#ifndef IC_TESTS_AUDIT_TOOL_RUN_H
#define IC_TESTS_AUDIT_TOOL_RUN_H

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka_all.h"

struct workspace {
    char folder[64], dump[80], list[80];
    char output[16384];
};

static inline void workspace_make(struct workspace *w)
{
    strcpy(w->folder, "/tmp/ic-audit-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    snprintf(w->dump, sizeof w->dump, "%s/dump", w->folder);
    snprintf(w->list, sizeof w->list, "%s/list.json", w->folder);
}

static inline void workspace_drop(struct workspace *w)
{
    unlink(w->dump);
    unlink(w->list);
    assert_int_equal(rmdir(w->folder), 0);
}

static inline void file_write(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

/* The exit status; what was printed on stdout is in w->output. */
static inline int tool_run(struct workspace *w, const char *options)
{
    char command[512];
    snprintf(command, sizeof command, IC_TOOL " %s %s %s 2>/dev/null", options, w->dump, w->list);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t n = fread(w->output, 1, sizeof w->output - 1, pipe);
    w->output[n] = '\0';
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static inline void hex_write(FILE *file, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        fprintf(file, "%02x", bytes[i]);
}

#endif
