/* incamera log add: files become entries. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/cmd_log.h"
#include "shell/log_folder.h"
#include "shell/log_reader.h"

/* LIMIT: of one command; 64 MiB of entries at most. */
#define FILES_MAX 1024

static const char help[] =
    "usage: incamera log add [--json] FOLDER FILE...\n\n"
    "Appends the bytes of each FILE (1 to 65,535) to the log in FOLDER. When it says so, they are\n"
    "on the disk, signed and published, and cannot be taken back. A FILE that is an entry already\n"
    "is not added twice: after an error, the same command can be given again.\n\n"
    "  --json  "
    "{\"ok\":true,\"size\":...,\"entries\":[{\"file\":...,\"index\":...,\"is_new\":...}]}\n"
    "          or {\"ok\":false,\"error\":...}\n\n"
    "Exit status: 0 all are in the log, 1 they are not, 2 wrong usage, or a file cannot be read.";

struct addition {
    const char *file;
    struct ic_part entry;
    struct ic_merkle_hash leaf;
    uint64_t index;
    bool is_new;
};

struct additions {
    size_t count, new_count;
    struct addition at[FILES_MAX];
    struct ic_part entries[FILES_MAX]; /* the new ones */
};

static bool read_entry(struct addition *a, char why[static IC_CMD_WHY_MAX])
{
    static uint8_t bytes[IC_TLOG_ENTRY_MAX];
    if (!ic_cmd_read_file(a->file, bytes, sizeof bytes, &a->entry.len, why))
        return false;
    if (a->entry.len == 0) {
        snprintf(why, IC_CMD_WHY_MAX, "%.200s is empty", a->file);
        return false;
    }
    uint8_t *copy = malloc(a->entry.len);
    if (copy == NULL)
        return false;
    memcpy(copy, bytes, a->entry.len);
    a->entry.bytes = copy;
    return ic_merkle_leaf(&a->entry, 1, &a->leaf) == IC_OK;
}

/* The indexes: of entries that are there, of those that the same command adds before, of new ones.
 */
static bool number(struct additions *all, struct ic_log_reader *log)
{
    uint64_t size = log->checkpoint.head.size;
    for (size_t i = 0; i < all->count; i++) {
        struct addition *a = &all->at[i];
        if (!ic_log_reader_find(log, &a->leaf, &a->index))
            return false;
        a->is_new = a->index == size;
        for (size_t k = 0; a->is_new && k < i; k++)
            if (all->at[k].is_new && memcmp(&all->at[k].leaf, &a->leaf, sizeof a->leaf) == 0) {
                a->index = all->at[k].index;
                a->is_new = false;
            }
        if (!a->is_new)
            continue;
        a->index = size + all->new_count;
        all->entries[all->new_count++] = a->entry;
    }
    return true;
}

static void tell(const struct additions *all, uint64_t size, bool is_json)
{
    json_t *list = json_array();
    for (size_t i = 0; i < all->count; i++) {
        const struct addition *a = &all->at[i];
        json_array_append_new(list, json_pack("{s:s,s:I,s:b}", "file", a->file, "index",
                                              (json_int_t)a->index, "is_new", (int)a->is_new));
        if (!is_json)
            printf("%s is %sentry %llu.\n", a->file, a->is_new ? "" : "already ",
                   (unsigned long long)a->index);
    }
    if (is_json)
        ic_cmd_print_json(
            json_pack("{s:b,s:I,s:o}", "ok", 1, "size", (json_int_t)size, "entries", list));
    else
        json_decref(list);
}

/* 0, or the exit status with why. */
static int add(struct additions *all, const char *path, bool is_json,
               char why[static IC_CMD_WHY_MAX])
{
    static struct ic_log_folder folder;
    static struct ic_log_reader reader;
    for (size_t i = 0; i < all->count; i++)
        if (!read_entry(&all->at[i], why))
            return 2;
    enum ic_err err = ic_log_folder_open(&folder, path, why);
    if (err == IC_OK && (!ic_log_reader_open(&reader, path) || !number(all, &reader))) {
        snprintf(why, IC_CMD_WHY_MAX, "%s", reader.why);
        err = IC_ERR_SYSTEM;
    }
    if (err == IC_OK && all->new_count > 0)
        err = ic_log_folder_append(&folder, all->entries, all->new_count, why);
    if (err == IC_OK)
        tell(all, folder.appender.head.size, is_json);
    ic_log_folder_close(&folder);
    return err == IC_OK ? 0 : 1;
}

int ic_cmd_log_add(int argc, char **argv)
{
    static struct additions all;
    const char *folder = NULL;
    bool is_json = false;
    char why[IC_CMD_WHY_MAX] = "";
    if (ic_cmd_is_help(argc, argv)) {
        puts(help);
        return 0;
    }
    for (int i = 0; i < argc && why[0] == '\0'; i++) {
        if (strcmp(argv[i], "--json") == 0)
            is_json = true;
        else if (argv[i][0] == '-')
            snprintf(why, sizeof why, "\"%.60s\" is not understood. See 'incamera log add --help'.",
                     argv[i]);
        else if (folder == NULL)
            folder = argv[i];
        else if (all.count == FILES_MAX)
            snprintf(why, sizeof why, "more than %d files: add them by several commands.",
                     FILES_MAX);
        else
            all.at[all.count++].file = argv[i];
    }
    if (why[0] == '\0' && all.count == 0)
        snprintf(why, sizeof why, "%s is missing. See 'incamera log add --help'.",
                 folder == NULL ? "FOLDER" : "FILE");
    int status = 2;
    if (why[0] == '\0') {
        snprintf(why, sizeof why, "there is not enough memory");
        status = add(&all, folder, is_json, why);
    }
    for (size_t i = 0; i < all.count; i++)
        free((void *)(uintptr_t)all.at[i].entry.bytes);
    return status == 0 ? 0 : ic_cmd_log_refuse("add", is_json, why, status);
}
