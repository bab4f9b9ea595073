#include "shell/cmd_args.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *ic_cmd_value_of(const char *name, int argc, char **argv, int *at)
{
    size_t len = strlen(name);
    if (strncmp(argv[*at], name, len) == 0 && argv[*at][len] == '=')
        return &argv[*at][len + 1];
    if (strcmp(argv[*at], name) == 0 && *at + 1 < argc)
        return argv[++*at];
    return NULL;
}

bool ic_cmd_is_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

bool ic_cmd_read_file(const char *path, uint8_t *out, size_t cap, size_t *len,
                      char why[static IC_CMD_WHY_MAX])
{
    bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "re");
    if (file == NULL) {
        snprintf(why, IC_CMD_WHY_MAX, "%.200s cannot be opened: %s", path, strerror(errno));
        return false;
    }
    *len = fread(out, 1, cap, file);
    bool is_good = ferror(file) == 0, is_whole = is_good && fgetc(file) == EOF;
    if (!is_input)
        fclose(file);
    if (!is_good)
        snprintf(why, IC_CMD_WHY_MAX, "%.200s cannot be read", path);
    else if (!is_whole)
        snprintf(why, IC_CMD_WHY_MAX, "%.200s has more than %zu bytes", path, cap);
    return is_good && is_whole;
}

void ic_cmd_print_json(json_t *object)
{
    json_dumpf(object, stdout, JSON_COMPACT);
    fputc('\n', stdout);
    json_decref(object);
}
