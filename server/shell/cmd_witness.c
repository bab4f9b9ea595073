/* incamera witness: cosigns checkpoints of other people's logs (c2sp.org/tlog-witness). */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/assert.h"
#include "shell/clock.h"
#include "shell/cmd.h"
#include "shell/cmd_log_policy.h"
#include "shell/config_value.h"
#include "shell/web_server.h"
#include "shell/witness_folder.h"

#define LISTEN_DEFAULT "127.0.0.1:8480"
#define CONNECTIONS    256

static const char help[] =
    "usage: incamera witness init --name NAME [--json] FOLDER\n"
    "       incamera witness serve --logs FILE [--listen ADDRESS:PORT] FOLDER\n\n"
    "A witness cosigns checkpoints of logs that only grow, and no fork of them\n"
    "(c2sp.org/tlog-witness, POST add-checkpoint). init makes FOLDER with its key (key,\n"
    "mode 0600) and its verifier key (vkey). serve answers logs, over plain HTTP: a web\n"
    "server in front of it gives it TLS. It ends with SIGTERM or Ctrl-C.\n\n"
    "  --name NAME   of the witness, for good, as witness.example.org\n"
    "  --logs FILE   the logs that it knows: lines \"log KEY\", and \"quorum none\"\n"
    "                (c2sp.org/tlog-policy)\n"
    "  --listen ADDRESS:PORT\n"
    "                " LISTEN_DEFAULT " without it\n"
    "  --json        {\"ok\":true,\"name\":...,\"vkey\":...} or {\"ok\":false,\"error\":...}\n\n"
    "Keep FOLDER: an older copy of it could cosign a fork.\n"
    "Exit status: 0 made, or ended as asked, 1 it cannot be, 2 wrong usage or file.";

struct options {
    const char *name, *logs, *listen, *folder;
    bool is_json;
};

static int refuse(const struct options *options, const char *why, int status)
{
    fprintf(stderr, "incamera witness: %s\n", why);
    if (options->is_json)
        ic_cmd_print_json(json_pack("{s:b,s:s}", "ok", 0, "error", why));
    return status;
}

static bool read_options(int argc, char **argv, struct options *out,
                         char why[static IC_CMD_WHY_MAX])
{
    const char *value;
    for (int i = 1; i < argc; i++) {
        if ((value = ic_cmd_value_of("--name", argc, argv, &i)) != NULL) {
            out->name = value;
        } else if ((value = ic_cmd_value_of("--logs", argc, argv, &i)) != NULL) {
            out->logs = value;
        } else if ((value = ic_cmd_value_of("--listen", argc, argv, &i)) != NULL) {
            out->listen = value;
        } else if (strcmp(argv[i], "--json") == 0) {
            out->is_json = true;
        } else if (argv[i][0] == '-' || out->folder != NULL) {
            snprintf(why, IC_CMD_WHY_MAX,
                     "\"%.60s\" is not understood. See 'incamera witness "
                     "--help'.",
                     argv[i]);
            return false;
        } else {
            out->folder = argv[i];
        }
    }
    return true;
}

static int init(const struct options *options)
{
    static struct ic_witness_folder folder;
    uint8_t vkey[IC_NOTE_VKEY_MAX];
    struct ic_wr w = ic_wr_init(vkey, sizeof vkey);
    char why[IC_CMD_WHY_MAX] = "";
    enum ic_err err = ic_witness_folder_create(&folder, options->folder, options->name, why);
    if (err != IC_OK)
        return refuse(options, why, err == IC_ERR_INPUT ? 2 : 1);
    ic_note_key_write(&w, &folder.witness.key);
    if (options->is_json)
        ic_cmd_print_json(json_pack("{s:b,s:s,s:s%}", "ok", 1, "name", folder.witness.key.name,
                                    "vkey", (const char *)vkey, w.len));
    else
        printf("%.*s\n\nThe line above is the witness's verifier key: it goes into policy files.\n"
               "%s/key cosigns. Nobody else may have it.\n",
               (int)w.len, (const char *)vkey, options->folder);
    ic_witness_folder_close(&folder);
    return 0;
}

/* ---- serving ---- */

static unsigned on_checkpoint(void *context, const uint8_t *body, size_t len, struct ic_wr *out)
{
    return ic_witness_folder_answer(context, body, len, (uint64_t)ic_clock_wall_s(), out);
}

static bool is_ready(void *context)
{
    const struct ic_witness_folder *folder = context;
    return !folder->is_failing;
}

struct end {
    struct ic_watch watch; /* first */
    bool is_asked;
};

static void on_signal(struct ic_watch *watch, uint32_t events)
{
    (void)events;
    struct end *end = ic_watch_owner(watch, 0);
    end->is_asked = true;
}

static bool watch_signals(struct ic_loop *loop, struct end *end)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return false;
    end->watch = (struct ic_watch){signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), on_signal};
    return end->watch.fd >= 0 && ic_loop_add(loop, &end->watch, EPOLLIN) == IC_OK;
}

/* false: why. */
static bool run(struct ic_witness_folder *folder, const struct ic_addr *listen,
                char why[static IC_CMD_WHY_MAX])
{
    static struct ic_loop loop;
    struct end end = {.is_asked = false};
    const struct ic_web_config config = {.listen = {*listen},
                                         .listen_count = 1,
                                         .connections_max = CONNECTIONS,
                                         .connections_per_address_max = CONNECTIONS,
                                         .is_behind_proxy = true};
    const struct ic_web_handlers handlers = {
        .context = folder, .on_checkpoint = on_checkpoint, .is_ready = is_ready};
    const char *reason = "the system refuses what it needs to wait for requests";
    struct ic_web *web = NULL;
    if (ic_loop_init(&loop) == IC_OK && watch_signals(&loop, &end))
        web = ic_web_create(&config, &loop, &handlers, &reason);
    snprintf(why, IC_CMD_WHY_MAX, "%.400s", reason);
    if (web == NULL)
        return false;
    printf("%s answers add-checkpoint on port %u, for %zu logs.\n", folder->witness.key.name,
           ic_web_port(web, 0), folder->log_count);
    fflush(stdout);
    while (!end.is_asked) {
        ic_loop_turn(&loop, ic_web_deadline(web));
        ic_web_tick(web, loop.now);
    }
    ic_web_destroy(web);
    close(end.watch.fd);
    ic_loop_deinit(&loop);
    return true;
}

static int serve(const struct options *options)
{
    static struct ic_log_policy policy;
    static struct ic_witness_folder folder;
    const char *text = options->listen == NULL ? LISTEN_DEFAULT : options->listen;
    struct ic_addr listen;
    char why[IC_CMD_WHY_MAX] = "";
    if (ic_value_endpoint(text, strlen(text), &listen) != IC_OK) {
        snprintf(why, sizeof why, "--listen is an address and a port, as " LISTEN_DEFAULT);
        return refuse(options, why, 2);
    }
    if (!ic_cmd_log_policy_read(options->logs, &policy, why))
        return refuse(options, why, 2);
    bool ok = ic_witness_folder_open(&folder, options->folder, &policy, why) == IC_OK &&
              run(&folder, &listen, why);
    ic_witness_folder_close(&folder);
    return ok ? 0 : refuse(options, why, 1);
}

int ic_cmd_witness(int argc, char **argv)
{
    struct options options = {.name = NULL};
    char why[IC_CMD_WHY_MAX] = "";
    bool is_init = argc > 0 && strcmp(argv[0], "init") == 0;
    bool is_serve = argc > 0 && strcmp(argv[0], "serve") == 0;
    if (ic_cmd_is_help(argc, argv)) {
        puts(help);
        return 0;
    }
    if (!is_init && !is_serve)
        return refuse(&options, "say what to do: init or serve. See 'incamera witness --help'.", 2);
    if (!read_options(argc, argv, &options, why))
        return refuse(&options, why, 2);
    const char *missing = options.folder == NULL             ? "FOLDER"
                          : is_init && options.name == NULL  ? "--name"
                          : is_serve && options.logs == NULL ? "--logs"
                                                             : NULL;
    if (missing != NULL) {
        snprintf(why, sizeof why, "%s is missing. See 'incamera witness --help'.", missing);
        return refuse(&options, why, 2);
    }
    return is_init ? init(&options) : serve(&options);
}
