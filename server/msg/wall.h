/* The wall of this node: whether it may carry a meeting (docs/protocol/cluster.md 6). signal/ asks
 * before anybody comes in, and once a second; cluster/ answers from the node's certificate, the
 * node set and the meeting's policy. Neither sees the other. */
#ifndef IC_MSG_WALL_H
#define IC_MSG_WALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

enum ic_wall_purpose {
    IC_WALL_NEW,    /* somebody would come in */
    IC_WALL_STAY,   /* those who are there would go on */
    IC_WALL_COMMIT, /* their group would change: nobody else may be doing that now */
};

struct ic_wall_question {
    enum ic_wall_purpose purpose;
    const uint8_t *policy; /* bytes of the meeting's, borrowed */
    size_t policy_len;
    uint32_t people; /* NEW: on this node, without the one who would come */
};

struct ic_wall_answer {
    const char *reason; /* word of cluster.md 3, static; NULL: it may */
    uint32_t retry_ms;  /* ask again after so long; 0: that is no use */
    bool is_end;        /* those who are there may not go on either */
};

struct ic_wall {
    struct ic_wall_answer (*ask)(void *context, struct ic_time now,
                                 const struct ic_wall_question *question);
    void *context; /* kept */
};

#endif
