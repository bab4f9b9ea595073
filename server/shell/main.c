/* incamera: git-style subcommands. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "shell/cmd.h"
#include "shell/config_value.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
};

static const struct command commands[] = {
    {"serve", ic_cmd_serve, "run the server (--dev: try it on this machine)"},
    {"drain", ic_cmd_drain, "take this node out of service; its calls go on at other nodes"},
    {"check-config", ic_cmd_check_config,
     "say what is wrong with the configuration, start nothing"},
    {"print-config", ic_cmd_print_config, "print the settings in force, as a commented file"},
    {"ports", ic_cmd_ports, "print the ports that a firewall must let through"},
    {"log", ic_cmd_log, "the transparency log: init, add, show, prove, verify"},
    {"operator", ic_cmd_operator, "sign which machines carry meetings (keys off the servers)"},
    {"node", ic_cmd_node, "print what this machine is to be certified as"},
    {"witness", ic_cmd_witness, "cosign checkpoints of other people's logs"},
    {"audit", ic_cmd_audit, "check where a call went, from the evidence that it left"},
    {"load", ic_cmd_load, "measure what a server carries, and check that it carries all of it"},
    {"version", ic_cmd_version, "print the version"},
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_help(FILE *out)
{
    fputs("In Camera: video meetings behind closed doors, on your own machine.\n\n"
          "usage: incamera COMMAND [options]\n\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-14s %s\n", commands[i].name, commands[i].help);
    fputs("\n'incamera COMMAND --help' explains a command. Start with: incamera serve --dev\n",
          out);
}

static int refuse(const char *name)
{
    fprintf(stderr, "incamera: there is no command \"%.60s\".", name);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (ic_value_distance(name, commands[i].name) <= 2)
            fprintf(stderr, " Did you mean \"%s\"?", commands[i].name);
    }
    fputs(" 'incamera --help' lists all.\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    bool is_help = strcmp(argv[1], "help") == 0;
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || (is_help && argc == 2)) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0)
        return ic_cmd_version(0, NULL);
    char *name = is_help ? argv[2] : argv[1];
    char help_flag[] = "--help", *help[] = {help_flag, NULL};
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(name, commands[i].name) == 0)
            return is_help ? commands[i].run(1, help) : commands[i].run(argc - 2, &argv[2]);
    }
    return refuse(name);
}
