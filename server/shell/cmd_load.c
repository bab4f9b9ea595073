/* incamera load: people who send and receive by the thousand, to see what a server can carry and
 * whether it carries all of it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/limits.h"
#include "shell/cmd.h"
#include "shell/cmd_args.h"
#include "shell/config_value.h"
#include "shell/load_report.h"
#include "shell/load_run.h"

#define NOTHING    2 /* exit status: nothing was measured */
#define FILE_SPARE 64

static const char help[] =
    "usage: incamera load [options] -- HELPER [ARGUMENT...]\n\n"
    "Sends and receives as many members of a meeting do, all in this process: real ICE, DTLS,\n"
    "SRTP and SFrame, no way around anything in the server. HELPER is a program that brings\n"
    "the members in; bench/members.mjs of the sources does it by real MLS commits:\n\n"
    "  incamera load --shape V --subscribers 50 -- node bench/members.mjs http://localhost:8080\n\n"
    "Checks that all packets that were sent came, once, in order, authentic, and that they\n"
    "hold the frame that they should; measures the delay from publisher to subscriber.\n\n"
    "  --shape S         V: video in frames of 10 packets (the default), T: in groups of 4,\n"
    "                    L: lone packets, A: speech, where everybody hears the others,\n"
    "                    M: camera and microphone as a browser sent them (VP8 at 720p25, Opus),\n"
    "                    P: the same, where people come, go, and switch them off and on\n"
    "  --publishers N    1 (A: 20, M: 8, P: 16, about so many at a time)\n"
    "  --subscribers N   50 (A and P: 0)\n"
    "  --joins N         of P: people who come in a minute, and as many go: 60\n"
    "  --slots N         streams that each of them receives, up to 9 (of M and P: 8 of both\n"
    "                    kinds); as many as there are\n"
    "  --frames N        frames that each publisher sends in a second: V 200, T 500, L 2000,\n"
    "                    A 50, M and P 25: what was recorded plays faster with more. A\n"
    "                    server takes 6,000 packets/s and 5 MB/s of one sender\n"
    "  --warm-up S       seconds before it is measured: 1\n"
    "  --seconds S       seconds that it is measured: 10\n"
    "  --gro             let the kernel hand over runs of packets in one piece (UDP_GRO). On\n"
    "                    loopback that saves the server the cutting of its runs\n"
    "  --json            one line for programs\n\n"
    "Ctrl-C ends the measurement early and prints it; twice: without.\n\n"
    "Exit status: 0 verified, 1 something was lost or wrong, 2 nothing was measured, or the\n"
    "usage was wrong.";

struct options {
    struct ic_load_run_config run;
    bool has_publishers, has_subscribers, has_slots, has_frames, has_joins;
    bool is_help, is_json;
};

struct number_option {
    const char *name;
    uint32_t least, most;
    uint32_t *value;
    bool *was_set; /* NULL: nobody asks */
};

/* ---- arguments ---- */

/* 1: it was this option, 0: it was another, -1: its value is wrong, and why says it. */
static int read_number(const struct number_option *option, int argc, char **argv, int *at,
                       char why[static IC_CMD_WHY_MAX])
{
    const char *value = ic_cmd_value_of(option->name, argc, argv, at);
    if (value == NULL)
        return 0;
    if (ic_value_number(value, option->least, option->most, option->value) != IC_OK) {
        snprintf(why, IC_CMD_WHY_MAX, "%s takes a number from %u to %u, not \"%.60s\".",
                 option->name, option->least, option->most, value);
        return -1;
    }
    if (option->was_set != NULL)
        *option->was_set = true;
    return 1;
}

static int read_numbers(struct options *o, int argc, char **argv, int *at,
                        char why[static IC_CMD_WHY_MAX])
{
    struct ic_load_run_config *run = &o->run;
    const struct number_option all[] = {
        {"--publishers", 1, IC_LOAD_MEMBERS_MAX, &run->publishers, &o->has_publishers},
        {"--subscribers", 0, IC_LOAD_MEMBERS_MAX, &run->subscribers, &o->has_subscribers},
        {"--slots", 1, IC_LOAD_SLOTS_MAX, &run->slots, &o->has_slots},
        {"--joins", 1, IC_LOAD_JOINS_PER_MIN_MAX, &run->joins_per_min, &o->has_joins},
        {"--frames", 1, IC_LOAD_FRAMES_PER_S_MAX, &run->frames_per_s, &o->has_frames},
        {"--warm-up", 0, IC_LOAD_SECONDS_MAX, &run->warm_up_s, NULL},
        {"--seconds", 1, IC_LOAD_SECONDS_MAX, &run->seconds, NULL},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        int found = read_number(&all[i], argc, argv, at, why);
        if (found != 0)
            return found;
    }
    return 0;
}

static bool read_shape(struct options *o, const char *value, char why[static IC_CMD_WHY_MAX])
{
    o->run.shape = ic_load_shape_find(value);
    if (o->run.shape == NULL)
        snprintf(why, IC_CMD_WHY_MAX, "--shape takes V, T, L, A, M or P, not \"%.60s\".", value);
    return o->run.shape != NULL;
}

/* What was not said, and whether the whole can be. */
static bool complete(struct options *o, char why[static IC_CMD_WHY_MAX])
{
    struct ic_load_run_config *run = &o->run;
    run->is_mutual = run->shape->kind == IC_KIND_AUDIO || run->shape->is_live;
    if (!o->has_publishers)
        run->publishers = run->shape->publishers;
    if (!o->has_subscribers)
        run->subscribers = run->is_mutual ? 0 : 50;
    if (!o->has_frames)
        run->frames_per_s = run->shape->frames_per_s;
    uint32_t sources = run->publishers - (run->is_mutual ? 1 : 0);
    uint32_t streams = run->shape->sound == NULL ? IC_LOAD_SLOTS_MAX : IC_LOAD_MIX_SLOTS_MAX;
    uint32_t most = sources < streams ? sources : streams;
    if (!o->has_slots)
        run->slots = most;
    if (run->publishers + run->subscribers > IC_LOAD_MEMBERS_MAX)
        snprintf(why, IC_CMD_WHY_MAX, "There can be %d members, publishers and subscribers.",
                 IC_LOAD_MEMBERS_MAX);
    else if (run->slots > most || most == 0)
        snprintf(why, IC_CMD_WHY_MAX, "Somebody would receive more streams than others send.");
    else if (!run->is_mutual && run->subscribers == 0)
        snprintf(why, IC_CMD_WHY_MAX, "Nobody receives anything. Give --subscribers.");
    else if (o->has_joins && !run->shape->is_live)
        snprintf(why, IC_CMD_WHY_MAX, "--joins is for shape P: in the others nobody comes.");
    else if (run->shape->is_live && run->subscribers > 0)
        snprintf(why, IC_CMD_WHY_MAX, "In shape P everybody sends: give --publishers.");
    else if (run->helper == NULL || run->helper[0] == NULL)
        snprintf(why, IC_CMD_WHY_MAX,
                 "Say behind -- which program brings the members in. See 'incamera load --help'.");
    else
        return true;
    return false;
}

static bool read_options(int argc, char **argv, struct options *o, char why[static IC_CMD_WHY_MAX])
{
    int own = 0;
    while (own < argc && strcmp(argv[own], "--") != 0)
        own++;
    *o = (struct options){.is_help = ic_cmd_is_help(own, argv),
                          .run = {.warm_up_s = 1,
                                  .seconds = 10,
                                  .joins_per_min = 60,
                                  .shape = ic_load_shape_find("V"),
                                  .helper = own < argc ? &argv[own + 1] : NULL}};
    for (int i = 0; i < own && !o->is_help; i++) {
        const char *value;
        int found = read_numbers(o, own, argv, &i, why);
        if (found < 0)
            return false;
        if (found > 0)
            continue;
        if ((value = ic_cmd_value_of("--shape", own, argv, &i)) != NULL) {
            if (!read_shape(o, value, why))
                return false;
        } else if (strcmp(argv[i], "--gro") == 0) {
            o->run.has_runs = true;
        } else if (strcmp(argv[i], "--json") == 0) {
            o->is_json = true;
        } else {
            snprintf(why, IC_CMD_WHY_MAX,
                     "\"%.60s\" is not understood. See 'incamera load --help'.", argv[i]);
            return false;
        }
    }
    return o->is_help || complete(o, why);
}

/* ---- the command ---- */

static int refuse(const struct options *o, const char *why)
{
    fprintf(stderr, "incamera load: %s\n", why);
    if (o->is_json)
        ic_cmd_print_json(json_pack("{s:b,s:s}", "verified", 0, "error", why));
    return NOTHING;
}

static void print_phase(const char *text)
{
    fprintf(stderr, "incamera load: %s\n", text);
}

/* A socket for each member. */
static bool may_open(uint32_t members)
{
    struct rlimit limit;
    rlim_t wanted = members + FILE_SPARE;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    if (limit.rlim_cur >= wanted)
        return true;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted)
        return false;
    limit.rlim_cur = wanted;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static int measure(const struct options *o)
{
    char why[IC_LOAD_WHY_MAX] = "";
    struct ic_load_result *result = calloc(1, sizeof *result);
    if (result == NULL)
        return refuse(o, "There is not enough memory.");
    int status = NOTHING;
    if (ic_load_run(&o->run, result, why) != IC_OK) {
        refuse(o, why);
    } else {
        (o->is_json ? ic_load_report_print_json : ic_load_report_print)(result);
        status = ic_load_result_is_verified(result) ? 0 : 1;
    }
    free(result);
    return status;
}

static volatile sig_atomic_t is_over;

static void on_interrupt(int number)
{
    (void)number;
    is_over = 1;
}

/* Once: what was measured is printed. Twice: it ends at once. */
static void end_at_interrupt(struct ic_load_run_config *run)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    (void)sigaction(SIGINT, &action, NULL);
    run->is_over = &is_over;
}

int ic_cmd_load(int argc, char **argv)
{
    struct options options;
    char why[IC_CMD_WHY_MAX] = "";
    if (!read_options(argc, argv, &options, why))
        return refuse(&options, why);
    if (options.is_help) {
        puts(help);
        return 0;
    }
    uint32_t members = options.run.publishers + options.run.subscribers;
    if (!may_open(options.run.shape->is_live ? 2 * members : members))
        return refuse(&options, "So many members need more open files than this user may have. "
                                "Raise it with ulimit -n, or take fewer.");
    (void)signal(SIGPIPE, SIG_IGN); /* a helper that has ended is told by write */
    end_at_interrupt(&options.run);
    options.run.on_phase = print_phase;
    return measure(&options);
}
