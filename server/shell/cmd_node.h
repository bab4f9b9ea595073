/* The commands of incamera node, each in a file of its own; argv starts behind its name. */
#ifndef IC_SHELL_CMD_NODE_H
#define IC_SHELL_CMD_NODE_H

int ic_cmd_node_facts(int argc, char **argv);
int ic_cmd_node_egress(int argc, char **argv);

#endif
