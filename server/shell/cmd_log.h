/* The subcommands of incamera log; argv starts behind the subcommand's name. Exit status: 0 well,
 * 1 it failed or does not hold, 2 wrong usage or a file that cannot be read. */
#ifndef IC_SHELL_CMD_LOG_H
#define IC_SHELL_CMD_LOG_H

int ic_cmd_log_verify(int argc, char **argv);

#endif
