#include "shell/cmd_config.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shell/cmd.h"
#include "shell/cores.h"
#include "shell/web_tls.h"

#define FLAGS_MAX 128

/* argv without what is no setting; false: an option lacks its value. */
static bool sort_arguments(int argc, char **argv, struct ic_cmd_options *options,
                           struct ic_config_source *source, const char *flags[static FLAGS_MAX])
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            options->is_help = true;
        else if (strcmp(argv[i], "--json") == 0)
            options->is_json = true;
        else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            source->file = argv[++i];
        else if (strncmp(argv[i], "--config=", 9) == 0)
            source->file = &argv[i][9];
        else if (strcmp(argv[i], "--config") == 0)
            return false;
        else
            flags[source->flag_count++] = argv[i];
    }
    return true;
}

static void print_json_error(const char *why)
{
    json_t *object = json_pack("{s:b,s:s}", "ok", 0, "error", why);
    json_dumpf(object, stdout, JSON_COMPACT);
    fputc('\n', stdout);
    json_decref(object);
}

static bool read_config(const char *command, int argc, char **argv, struct ic_cmd_options *options,
                        struct ic_config *config)
{
    const char *flags[FLAGS_MAX];
    char why[IC_CONFIG_WHY_MAX] = "";
    struct ic_config_source source = {
        .flags = flags, .environment = (const char *const *)environ, .is_draft = options->is_draft};
    enum ic_err e = IC_ERR_INPUT;
    if (argc > FLAGS_MAX)
        snprintf(why, sizeof why, "too many arguments.");
    else if (!sort_arguments(argc, argv, options, &source, flags))
        snprintf(why, sizeof why, "--config needs the name of a file.");
    else if (options->is_help)
        return true;
    else
        e = ic_config_read(config, &source, why);
    if (why[0] != '\0')
        fprintf(stderr, "incamera %s: %s%s\n", command, e == IC_OK ? "not yet complete: " : "",
                why);
    if (e != IC_OK && options->is_json)
        print_json_error(why);
    return e == IC_OK;
}

bool ic_cmd_read_config(const char *command, int argc, char **argv, struct ic_cmd_options *options,
                        struct ic_config *config)
{
    *options = (struct ic_cmd_options){.is_help = false};
    return read_config(command, argc, argv, options, config);
}

/* What 'serve' would only find when it starts. */
static bool is_certificate_good(const struct ic_config *config, const char **why)
{
    if (config->tls != IC_CONFIG_TLS_ON)
        return true;
    struct ic_web_config web = {
        .tls = true, .tls_cert = config->tls_cert, .tls_key = config->tls_key};
    struct ssl_ctx_st *context = ic_web_tls_create(&web, why);
    if (context == NULL)
        return false;
    ic_web_tls_destroy(context);
    return true;
}

int ic_cmd_check_config(int argc, char **argv)
{
    struct ic_cmd_options options;
    struct ic_config config;
    const char *why = "";
    if (!ic_cmd_read_config("check-config", argc, argv, &options, &config))
        return 2;
    if (options.is_help) {
        puts("usage: incamera check-config [--config FILE] [settings] [--json]\n\n"
             "Reads flags, environment and file as 'serve' would, and the certificate. Nothing is\n"
             "started. Run it as the user that runs the server.\n\n"
             "  --config FILE    instead of " IC_CONFIG_DEFAULT_FILE "\n"
             "  --json           {\"ok\":true} or {\"ok\":false,\"error\":\"...\"}\n\n"
             "Exit status: 0 the server would take it, 2 it would refuse.");
        return 0;
    }
    if (!is_certificate_good(&config, &why)) {
        fprintf(stderr, "incamera check-config: %s\n", why);
        if (options.is_json)
            print_json_error(why);
        return 2;
    }
    if (options.is_json)
        puts("{\"ok\":true}");
    else
        printf("The configuration is good (%s%s).\n",
               config.file == NULL ? "no file was read" : "file: ",
               config.file == NULL ? "" : config.file);
    return 0;
}

int ic_cmd_print_config(int argc, char **argv)
{
    struct ic_cmd_options options = {.is_draft = true};
    struct ic_config config;
    if (!read_config("print-config", argc, argv, &options, &config))
        return 2;
    if (options.is_help)
        puts("usage: incamera print-config [--config FILE] [settings] [--json]\n\n"
             "Prints every setting with its value in force, in the format of the file: a first\n"
             "incamera.conf, or the answer to \"what does the server see?\".\n\n"
             "  --config FILE    instead of " IC_CONFIG_DEFAULT_FILE "\n"
             "  --json           one object; values as the file would have them");
    else
        ic_config_print(&config, options.is_json, stdout);
    return 0;
}

static bool is_listed(const struct ic_config *config, size_t count, uint16_t port)
{
    for (size_t i = 0; i < count; i++) {
        if (config->listen[i].port == port)
            return true;
    }
    return false;
}

static void print_ports(const struct ic_config *config, bool is_json)
{
    const char *web = config->tls == IC_CONFIG_TLS_OFF ? "HTTP" : "HTTPS";
    if (is_json)
        fputs("{\"tcp\":[", stdout);
    for (size_t i = 0; i < config->listen_count; i++) {
        uint16_t port = config->listen[i].port;
        if (is_listed(config, i, port))
            continue; /* the same on another address */
        if (is_json)
            printf("%s%u", i > 0 ? "," : "", port);
        else
            printf("%u/tcp  %s and WebSocket\n", port, web);
    }
    if (is_json)
        fputs("],\"udp\":[", stdout);
    for (uint32_t i = 0; i < ic_cores_or(config->media_workers); i++)
        printf(is_json ? "%s%u" : "%s%u/udp  media\n", is_json && i > 0 ? "," : "",
               ic_config_media_port(config, i));
    if (is_json)
        puts("]}");
}

int ic_cmd_ports(int argc, char **argv)
{
    struct ic_cmd_options options = {.is_draft = true};
    struct ic_config config;
    if (!read_config("ports", argc, argv, &options, &config))
        return 2;
    if (options.is_help)
        puts(
            "usage: incamera ports [--config FILE] [settings] [--json]\n\n"
            "Prints the ports that a firewall must let through to this server. With media_workers\n"
            "= 0 they are as many as this machine has cores: run it where the server runs.\n\n"
            "  --config FILE    instead of " IC_CONFIG_DEFAULT_FILE "\n"
            "  --json           {\"tcp\":[443],\"udp\":[443,10001]}");
    else
        print_ports(&config, options.is_json);
    return 0;
}

int ic_cmd_version(int argc, char **argv)
{
    bool is_json = argc == 1 && strcmp(argv[0], "--json") == 0;
    bool is_help = argc == 1 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0);
    if (is_help) {
        puts("usage: incamera version [--json]\n\nPrints the version.");
        return 0;
    }
    if (argc > 0 && !is_json) {
        fprintf(stderr, "incamera version: \"%.60s\" is not understood. It takes only --json.\n",
                argv[0]);
        return 2;
    }
    printf(is_json ? "{\"version\":\"%s\"}\n" : "incamera %s\n", IC_VERSION);
    return 0;
}
