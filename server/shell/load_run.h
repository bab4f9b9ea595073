/* A whole load test: members come in, connect, send and receive, are watched for a while, and go.
 */
#ifndef IC_SHELL_LOAD_RUN_H
#define IC_SHELL_LOAD_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shell/load_crowd.h"
#include "shell/load_meeting.h"
#include "shell/load_shape.h"
#include "shell/load_usage.h"

struct ic_load_run_config {
    const struct ic_load_shape *shape; /* kept */
    uint32_t publishers, subscribers;
    uint32_t slots;        /* of each subscriber; of each publisher, too, where is_mutual */
    bool is_mutual;        /* who publishes receives as well */
    uint32_t frames_per_s; /* of each publisher */
    uint32_t warm_up_s, seconds;
    uint32_t joins_per_min;               /* where people come and go */
    bool has_runs;                        /* let the kernel leave runs together (UDP_GRO) */
    char *const *helper;                  /* ends with NULL; kept */
    const volatile sig_atomic_t *is_over; /* not 0: the timed window ends now; NULL: never */
    void (*on_phase)(const char *text);   /* for people; NULL: nothing is said */
};

/* What was measured in the timed window, and what was found from the beginning to the end. */
struct ic_load_result {
    struct ic_load_run_config config;
    struct ic_load_tally tally;   /* whole run; the delays: of the window */
    struct ic_load_counts counts; /* whole run */
    uint64_t missing;             /* streams that end before their publisher's last frame */
    uint64_t lost_members;
    uint64_t stuck;                        /* who did not come in, or was not removed */
    struct ic_load_meeting_counts meeting; /* the whole run */
    uint64_t window_joins, window_leaves, window_epochs;
    int64_t late_max_us; /* of a frame, behind its time: this process was not fast enough */
    int64_t window_us;
    uint64_t window_sent, window_packets, window_bytes, window_padding;
    bool has_usage;
    int64_t server_pid;
    struct ic_load_usage server; /* used in the window; resident: at its end */
    int64_t own_us;              /* of the processor, by this process in the window */
};

#define IC_LOAD_WHY_MAX 512

/*  IC_OK  out holds what was measured; whether that is well: ic_load_result_is_verified
 *  IC_ERR_SYSTEM  there was nothing to measure: why says it to a person, in one line */
IC_NODISCARD enum ic_err ic_load_run(const struct ic_load_run_config *config,
                                     struct ic_load_result *out, char why[static IC_LOAD_WHY_MAX]);
/* Everything that was sent came, once, in order, authentic, and was what it should be. */
bool ic_load_result_is_verified(const struct ic_load_result *r);

#endif
