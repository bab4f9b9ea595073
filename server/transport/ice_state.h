/* Definition of struct ic_ice, for those who own one; included by ice.h. Its members are ice.c's
 * alone. */
#ifndef IC_TRANSPORT_ICE_STATE_H
#define IC_TRANSPORT_ICE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/limits.h"
#include "base/prng.h"
#include "base/time.h"

#define IC_ICE_TRANSACTION_LEN 12

/* One path that an authenticated check went over. */
struct ic_ice_proved {
    bool used;
    struct ic_path path;
    struct ic_time checked; /* the last time */
};

/* A check of ours that waits for its response (IC_ICE_CONTROLLING). */
struct ic_ice_check {
    bool open;
    uint8_t transaction[IC_ICE_TRANSACTION_LEN];
};

struct ic_ice {
    enum ic_ice_role role;
    enum ic_ice_state state;
    char local_ufrag[IC_REMOTE_UFRAG_MAX + 1], local_pwd[IC_REMOTE_PWD_MAX + 1];
    char remote_ufrag[IC_REMOTE_UFRAG_MAX + 1], remote_pwd[IC_REMOTE_PWD_MAX + 1];
    uint64_t tie_breaker;
    struct ic_time started;
    struct ic_ice_proved paths[IC_ICE_PATHS_MAX];
    uint32_t selected;            /* index into paths; IC_ICE_PATHS_MAX: none */
    struct ic_time conflict_next; /* no role conflict is answered before */
    bool has_out;
    struct ic_ice_out out;
    /* IC_ICE_CONTROLLING */
    struct ic_path target;
    struct ic_prng prng;
    struct ic_ice_check checks[IC_ICE_CHECKS_MAX];
    uint32_t check_last;       /* index into checks */
    struct ic_time check_next; /* when to send the next one */
    struct ic_dur rto;         /* while IC_ICE_CHECKING */
};

#endif
