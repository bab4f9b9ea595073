#include "shell/load_usage.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define TEXT_MAX 2048

/* proc(5): fields of stat, counted from the one behind the name */
#define FIELD_UTIME 11
#define FIELD_STIME 12
#define FIELD_RSS   21

static bool read_text(const char *path, char text[static TEXT_MAX])
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t len = fread(text, 1, TEXT_MAX - 1, file);
    fclose(file);
    text[len] = '\0';
    return true;
}

/* The n-th of the fields that single spaces part. */
static bool field(const char *text, int n, uint64_t *out)
{
    while (n-- > 0) {
        text = strchr(text, ' ');
        if (text == NULL)
            return false;
        text++;
    }
    return ic_decimal_decode(text, strcspn(text, " \n"), out) == IC_OK;
}

/* proc(5): the first number of schedstat, nanoseconds; of all threads, and of the first one, whose
 * id is the process's. 0: the kernel does not count them. */
static void read_run(int64_t pid, struct ic_load_usage *out)
{
    char name[64], first[32];
    int64_t sum_ns = 0, main_ns = 0;
    snprintf(name, sizeof name, "/proc/%" PRId64 "/task", pid);
    snprintf(first, sizeof first, "%" PRId64, pid);
    DIR *folder = opendir(name);
    const struct dirent *thread;
    while (folder != NULL && (thread = readdir(folder)) != NULL) {
        char path[sizeof name + sizeof thread->d_name + 16], text[TEXT_MAX];
        uint64_t ns;
        snprintf(path, sizeof path, "%s/%s/schedstat", name, thread->d_name);
        if (thread->d_name[0] == '.' || !read_text(path, text) || !field(text, 0, &ns))
            continue;
        sum_ns += (int64_t)ns;
        main_ns = strcmp(thread->d_name, first) == 0 ? (int64_t)ns : main_ns;
    }
    if (folder != NULL)
        closedir(folder);
    out->run_us = sum_ns / 1000;
    out->main_us = main_ns / 1000;
}

bool ic_load_usage_read(int64_t pid, struct ic_load_usage *out)
{
    char name[64], text[TEXT_MAX];
    uint64_t user, system, pages;
    snprintf(name, sizeof name, "/proc/%" PRId64 "/stat", pid);
    if (!read_text(name, text))
        return false;
    /* The name of the program may hold any character; the last bracket ends it. */
    const char *rest = strrchr(text, ')');
    if (rest == NULL || rest[1] != ' ' || !field(&rest[2], FIELD_UTIME, &user) ||
        !field(&rest[2], FIELD_STIME, &system) || !field(&rest[2], FIELD_RSS, &pages))
        return false;
    int64_t tick_us = 1000000 / sysconf(_SC_CLK_TCK);
    out->user_us = (int64_t)user * tick_us;
    out->system_us = (int64_t)system * tick_us;
    read_run(pid, out);
    out->resident_kib = (int64_t)pages * sysconf(_SC_PAGESIZE) / 1024;
    return true;
}
