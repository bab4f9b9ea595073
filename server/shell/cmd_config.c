#include "shell/cmd_config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shell/cmd.h"

#define FLAGS_MAX 128

bool ic_cmd_read_config(const char *command, int argc, char **argv, struct ic_cmd_options *options,
                        struct ic_config *config)
{
    const char *flags[FLAGS_MAX];
    char why[IC_CONFIG_WHY_MAX] = "too many arguments.";
    struct ic_config_source source = {.flags = flags, .environment = (const char *const *)environ};
    enum ic_err e = argc <= FLAGS_MAX ? IC_OK : IC_ERR_INPUT;
    *options = (struct ic_cmd_options){.is_help = false};
    for (int i = 0; i < argc && e == IC_OK; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            options->is_help = true;
        else if (strcmp(argv[i], "--json") == 0)
            options->is_json = true;
        else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            source.file = argv[++i];
        else if (strncmp(argv[i], "--config=", 9) == 0)
            source.file = &argv[i][9];
        else
            flags[source.flag_count++] = argv[i];
    }
    if (options->is_help)
        return true;
    if (e == IC_OK)
        e = ic_config_read(config, &source, why);
    if (e != IC_OK)
        fprintf(stderr, "incamera %s: %s\n", command, why);
    return e == IC_OK;
}

int ic_cmd_check_config(int argc, char **argv)
{
    struct ic_cmd_options options;
    struct ic_config config;
    if (!ic_cmd_read_config("check-config", argc, argv, &options, &config))
        return 2;
    if (options.is_help)
        puts("usage: incamera check-config [--config FILE] [settings as flags] [--json]\n\n"
             "Reads flags, environment and file as 'serve' would. Exit status 0: usable.");
    else
        puts(options.is_json ? "{\"ok\":true}" : "The configuration is good.");
    return 0;
}

int ic_cmd_print_config(int argc, char **argv)
{
    struct ic_cmd_options options;
    struct ic_config config;
    if (!ic_cmd_read_config("print-config", argc, argv, &options, &config))
        return 2;
    if (options.is_help)
        puts("usage: incamera print-config [--config FILE] [settings as flags] [--json]\n\n"
             "Prints every setting with its value in force, in the format of the file.");
    else
        ic_config_print(&config, options.is_json, stdout);
    return 0;
}

static uint32_t workers_of(const struct ic_config *config)
{
    if (config->media_workers > 0)
        return config->media_workers;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > 64 ? 64 : (uint32_t)cores;
}

int ic_cmd_ports(int argc, char **argv)
{
    struct ic_cmd_options options;
    struct ic_config config;
    if (!ic_cmd_read_config("ports", argc, argv, &options, &config))
        return 2;
    if (options.is_help) {
        puts("usage: incamera ports [--config FILE] [settings as flags] [--json]\n\n"
             "Prints the ports that a firewall must let through to this server.");
        return 0;
    }
    if (options.is_json)
        fputs("{\"tcp\":[", stdout);
    for (size_t i = 0; i < config.listen_count; i++)
        printf(options.is_json ? "%s%u" : "%s%u/tcp  HTTPS and WebSocket\n",
               options.is_json && i > 0 ? "," : "", config.listen[i].port);
    if (options.is_json)
        fputs("],\"udp\":[", stdout);
    for (uint32_t i = 0; i < workers_of(&config); i++)
        printf(options.is_json ? "%s%u" : "%s%u/udp  media\n", options.is_json && i > 0 ? "," : "",
               ic_config_media_port(&config, i));
    if (options.is_json)
        puts("]}");
    return 0;
}

int ic_cmd_version(int argc, char **argv)
{
    bool is_json = argc == 1 && strcmp(argv[0], "--json") == 0;
    printf(is_json ? "{\"version\":\"%s\"}\n" : "incamera %s\n", IC_VERSION);
    return 0;
}
