/* incamera node: a machine that carries meetings, and what it says and sends. */
#include <stdio.h>
#include <string.h>

#include "shell/cmd.h"
#include "shell/cmd_node.h"

static const char help[] =
    "usage: incamera node facts|egress [options]\n\n"
    "  facts   prints the text of this machine's certificate, for the operators to sign\n"
    "  egress  prints a ruleset of nftables: to which other nodes this machine may send\n\n"
    "'incamera node COMMAND --help' explains each.";

int ic_cmd_node(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } commands[] = {{"facts", ic_cmd_node_facts}, {"egress", ic_cmd_node_egress}};
    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
        puts(help);
        return 0;
    }
    for (size_t i = 0; argc > 0 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[0], commands[i].name) == 0)
            return commands[i].run(argc - 1, &argv[1]);
    if (argc == 0)
        fputs("incamera node: say what to do: facts or egress. ", stderr);
    else
        fprintf(stderr, "incamera node: there is no command \"%.60s\". ", argv[0]);
    fputs("'incamera node --help' explains it.\n", stderr);
    return 2;
}
