/* What the commands share: options with values, whole files, lines for programs. */
#ifndef IC_SHELL_CMD_ARGS_H
#define IC_SHELL_CMD_ARGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line for a person, without the name of the command. */
#define IC_CMD_WHY_MAX 512

/* The value of an option that is at argv[*at], as "--name value" or "--name=value", *at moved onto
 * it; NULL: it is another argument, or lacks its value. */
const char *ic_cmd_value_of(const char *name, int argc, char **argv, int *at);
/* One of the arguments is --help or -h. */
bool ic_cmd_is_help(int argc, char **argv);
/* All bytes of a file, or of standard input for "-", at most cap of them; false: why says so. */
bool ic_cmd_read_file(const char *path, uint8_t *out, size_t cap, size_t *len,
                      char why[static IC_CMD_WHY_MAX]);
/* One line on standard output; takes the object. */
void ic_cmd_print_json(json_t *object);

#endif
