#include "shell/cmd_log.h"

#include <stdio.h>
#include <string.h>

#include "shell/cmd.h"
#include "shell/cmd_args.h"
#include "shell/config_value.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} verbs[] = {
    {"init", ic_cmd_log_init, "make a log and its key, in a new folder"},
    {"add", ic_cmd_log_add, "append files as entries, for good"},
    {"show", ic_cmd_log_show, "list the entries, or print one"},
    {"prove", ic_cmd_log_prove, "write a proof file of an entry"},
    {"request", ic_cmd_log_request, "write what a witness is asked"},
    {"cosign", ic_cmd_log_cosign, "publish what witnesses answered"},
    {"verify", ic_cmd_log_verify, "judge a proof file, without a network"},
};

#define VERB_COUNT (sizeof verbs / sizeof verbs[0])

static void print_help(FILE *out)
{
    fputs("usage: incamera log COMMAND [options]\n\n"
          "The transparency log of a deployment: what stands in it cannot be taken back.\n\n",
          out);
    for (size_t i = 0; i < VERB_COUNT; i++)
        fprintf(out, "  %-8s %s\n", verbs[i].name, verbs[i].help);
    fputs("\n'incamera log COMMAND --help' explains a command.\n", out);
}

int ic_cmd_log_refuse(const char *verb, bool is_json, const char *why, int status)
{
    fprintf(stderr, "incamera log %s: %s\n", verb, why);
    if (is_json)
        ic_cmd_print_json(json_pack("{s:b,s:s}", "ok", 0, "error", why));
    return status;
}

int ic_cmd_log(int argc, char **argv)
{
    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
        print_help(stdout);
        return 0;
    }
    for (size_t i = 0; argc > 0 && i < VERB_COUNT; i++)
        if (strcmp(argv[0], verbs[i].name) == 0)
            return verbs[i].run(argc - 1, &argv[1]);
    if (argc == 0) {
        fputs("incamera log: say what to do. 'incamera log --help' lists all.\n", stderr);
        return 2;
    }
    fprintf(stderr, "incamera log: there is no command \"%.60s\".", argv[0]);
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (ic_value_distance(argv[0], verbs[i].name) <= 2)
            fprintf(stderr, " Did you mean \"%s\"?", verbs[i].name);
    fputs(" 'incamera log --help' lists all.\n", stderr);
    return 2;
}
