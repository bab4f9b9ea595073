/* The subcommands of incamera log; argv starts behind the subcommand's name. Exit status: 0 well,
 * 1 it failed or does not hold, 2 wrong usage or a file that cannot be read. */
#ifndef IC_SHELL_CMD_LOG_H
#define IC_SHELL_CMD_LOG_H

#include <stdbool.h>

int ic_cmd_log_verify(int argc, char **argv);
int ic_cmd_log_init(int argc, char **argv);
int ic_cmd_log_add(int argc, char **argv);
int ic_cmd_log_show(int argc, char **argv);
int ic_cmd_log_prove(int argc, char **argv);
int ic_cmd_log_request(int argc, char **argv);
int ic_cmd_log_cosign(int argc, char **argv);

/* Say why a subcommand ends, to people, and with --json to programs, too; gives status back. */
int ic_cmd_log_refuse(const char *verb, bool is_json, const char *why, int status);

#endif
