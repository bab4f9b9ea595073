/* incamera drain: this machine's node takes nobody new, and its meetings go to other nodes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "shell/cmd.h"
#include "shell/cmd_args.h"
#include "shell/cmd_config.h"
#include "shell/config_value.h"
#include "shell/control_socket.h"
#include "shell/node_facts.h"

#define SECONDS_DEFAULT 60

static const char help[] =
    "usage: incamera drain [NODE] [--timeout SECONDS] [--config FILE] [settings] [--json]\n\n"
    "Takes the node that runs on this machine out of service, without ending a call: it takes\n"
    "nobody new, and each of its meetings goes to another node that the meeting's policy\n"
    "allows. Nothing is ever sent outside the policy: a meeting for which there is no other\n"
    "node stays until it ends. A node that is alone waits for its meetings to end.\n\n"
    "Run it on the machine of the node, as its user or as root. Afterwards: systemctl restart\n"
    "incamera, and the next node. Asked again, it says how far it is.\n\n"
    "  NODE             the name of this node, to be sure of the machine; the first argument\n"
    "  --timeout N      say what is left after N seconds (60); it stays out of service\n"
    "  --config FILE    instead of " IC_CONFIG_DEFAULT_FILE "\n"
    "  --json           one object for each change: state (draining, done, over), alone,\n"
    "                   people, meetings, moving, moved, reason\n\n"
    "Exit status: 0 nobody is left, 1 somebody is left or no server runs here, 2 wrong usage.";

struct options {
    const char *node; /* NULL: none was named */
    uint32_t seconds;
    int rest_count;
    char *rest[128]; /* for the configuration */
};

static int fail(const char *why)
{
    fprintf(stderr, "incamera drain: %s\n", why);
    return 2;
}

/* What is ours; the rest is left for the configuration. NULL: well. */
static const char *read_options(int argc, char **argv, struct options *o)
{
    *o = (struct options){.seconds = SECONDS_DEFAULT};
    for (int i = 0; i < argc; i++) {
        const char *value = ic_cmd_value_of("--timeout", argc, argv, &i);
        if (value != NULL) {
            if (ic_value_number(value, 1, IC_DRAIN_SECONDS_MAX, &o->seconds) != IC_OK)
                return "--timeout needs a number of seconds from 1 to 86400.";
        } else if (strcmp(argv[i], "--timeout") == 0) {
            return "--timeout needs a number of seconds from 1 to 86400.";
        } else if (i == 0 && argv[i][0] != '-') {
            o->node = argv[i];
        } else if (o->rest_count == (int)(sizeof o->rest / sizeof o->rest[0])) {
            return "too many arguments.";
        } else {
            o->rest[o->rest_count++] = argv[i];
        }
    }
    return NULL;
}

/* A drain goes to the node of this machine. Somebody who means another one is told so. */
static bool is_node_here(const struct options *o, const struct ic_config *config)
{
    char name[IC_NODE_NAME_MAX + 1];
    if (o->node == NULL)
        return true;
    ic_node_facts_name(config, name);
    if (strcmp(o->node, name) == 0)
        return true;
    fprintf(
        stderr,
        "incamera drain: the node of this machine is \"%s\", not \"%.100s\". Run the command on "
        "the machine of that node: nodes take no orders over the network.\n",
        name, o->node);
    return false;
}

static int connect_to(const struct ic_config *config)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    char path[IC_CONFIG_TEXT_MAX + 32];
    int n = snprintf(path, sizeof path, "%s/" IC_CONTROL_SOCKET, config->data_dir);
    if (n < 0 || n > IC_CONTROL_PATH_MAX) {
        fputs("incamera drain: the name of data_dir is too long for a socket in it. End the node "
              "with "
              "SIGTERM instead, which drains as well.\n",
              stderr);
        return -1;
    }
    memcpy(name.sun_path, path, (size_t)n + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    int error = errno;
    bool is_absent = error == ENOENT || error == ECONNREFUSED;
    fprintf(stderr, "incamera drain: %s: %s. %s\n", path, strerror(error),
            is_absent ? "No server runs with this data_dir; there is nothing to drain"
                      : "Run it as the user of the server, or as root");
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Lines as they come. The mark of the last one. */
static char print_answer(int fd)
{
    FILE *in = fdopen(fd, "r");
    char line[IC_DRAIN_LINE_MAX + 1], mark = '\0';
    if (in == NULL) {
        close(fd);
        return mark;
    }
    while (fgets(line, sizeof line, in) != NULL) {
        mark = line[0];
        fputs(&line[1], stdout);
        fflush(stdout);
    }
    fclose(in);
    return mark;
}

int ic_cmd_drain(int argc, char **argv)
{
    struct options o;
    struct ic_config config;
    struct ic_cmd_options options;
    uint8_t request[IC_DRAIN_REQUEST_LEN];
    if (ic_cmd_is_help(argc, argv)) {
        puts(help);
        return 0;
    }
    const char *why = read_options(argc, argv, &o);
    if (why != NULL)
        return fail(why);
    if (!ic_cmd_read_config("drain", o.rest_count, o.rest, &options, &config) ||
        !is_node_here(&o, &config))
        return 2;
    int fd = connect_to(&config);
    if (fd < 0)
        return 1;
    const struct ic_drain_request ask = {.is_json = options.is_json, .seconds = o.seconds};
    ic_drain_request_write(&ask, request);
    char mark = send(fd, request, sizeof request, MSG_NOSIGNAL) == (ssize_t)sizeof request
                    ? print_answer(fd)
                    : '\0';
    if (mark == IC_DRAIN_DONE)
        return 0;
    if (mark != IC_DRAIN_OVER)
        fputs(
            "incamera drain: the server ended, or answers another version of this command. Look at "
            "its log.\n",
            stderr);
    return 1;
}
