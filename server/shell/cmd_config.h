/* The command line of every subcommand that reads the configuration. */
#ifndef IC_SHELL_CMD_CONFIG_H
#define IC_SHELL_CMD_CONFIG_H

#include <stdbool.h>

#include "shell/config.h"

struct ic_cmd_options {
    bool is_help, is_json;
    bool is_draft; /* for looking only: settings that do not fit together are no mistake */
};

/* Take --help, --json and --config FILE out of argv, hand the rest to ic_config_read. On error the
 * line for the person is on standard error (and with --json an object on standard output). False:
 * exit with 2. */
bool ic_cmd_read_config(const char *command, int argc, char **argv, struct ic_cmd_options *options,
                        struct ic_config *config);

#endif
