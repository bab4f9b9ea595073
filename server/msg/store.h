/* Requests to the store thread and its replies. */
#ifndef IC_MSG_STORE_H
#define IC_MSG_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"

enum ic_store_kind {
    IC_STORE_MEETING_ADD,  /* make a meeting: id is new */
    IC_STORE_MEETING_FIND, /* is there a meeting of this id that has not ended? marks it as used */
};

struct ic_store_request {
    enum ic_store_kind kind;
    uint64_t token; /* comes back in the reply */
    uint8_t meeting[IC_MEETING_ID_LEN];
};

struct ic_store_reply {
    enum ic_store_kind kind;
    uint64_t token;
    /* ADD: IC_OK, IC_ERR_FULL (IC_MEETINGS_MAX), IC_ERR_SYSTEM.  FIND: IC_OK, IC_ERR_GONE,
     * IC_ERR_SYSTEM */
    enum ic_err result;
    uint8_t meeting[IC_MEETING_ID_LEN];
};

#endif
