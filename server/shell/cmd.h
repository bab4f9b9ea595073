/* One function per subcommand; argv starts behind the subcommand's name. The result is the exit
 * status: 0 well, 1 it failed, 2 wrong usage. */
#ifndef IC_SHELL_CMD_H
#define IC_SHELL_CMD_H

int ic_cmd_serve(int argc, char **argv);
int ic_cmd_drain(int argc, char **argv);
int ic_cmd_check_config(int argc, char **argv);
int ic_cmd_print_config(int argc, char **argv);
int ic_cmd_ports(int argc, char **argv);
int ic_cmd_log(int argc, char **argv);
int ic_cmd_operator(int argc, char **argv);
int ic_cmd_node(int argc, char **argv);
int ic_cmd_witness(int argc, char **argv);
int ic_cmd_audit(int argc, char **argv);
int ic_cmd_load(int argc, char **argv);
int ic_cmd_version(int argc, char **argv);

#endif
