/* One line of the helper that brings the members of a load test into the meeting: strict JSON, one
 * object a line (docs/performance.md). */
#ifndef IC_SHELL_LOAD_LINE_H
#define IC_SHELL_LOAD_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "transport/srtp.h"

#define IC_LOAD_BASE_KEY_LEN   16
#define IC_LOAD_ERROR_TEXT_MAX 400

enum ic_load_line_type {
    IC_LOAD_LINE_MEMBER, /* the next member is in: how its transport reaches the server */
    IC_LOAD_LINE_READY,  /* all are */
    IC_LOAD_LINE_ERROR,  /* they cannot be brought in */
};

struct ic_load_line_member {
    struct ic_addr server;
    bool has_keys; /* SRTP with these keys; else ICE and DTLS by the names below */
    struct ic_srtp_keys keys;
    char ufrag[IC_REMOTE_UFRAG_MAX + 1], pwd[IC_REMOTE_PWD_MAX + 1];
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    bool sends;
    char mid[IC_MID_LEN_MAX + 1];
    uint8_t payload_type, mid_id, transport_cc_id; /* ids of header extensions; 0: without */
    uint64_t kid;                                  /* of its SFrame key */
    uint32_t slots[IC_LOAD_SLOTS_MAX];             /* SSRCs of what it receives */
    size_t slot_count;
    uint8_t base_key[IC_LOAD_BASE_KEY_LEN]; /* of SFrame, in the group as this member has it */
};

struct ic_load_line {
    enum ic_load_line_type type;
    struct ic_load_line_member member;
    int64_t server_pid;                    /* IC_LOAD_LINE_READY; 0: on another machine */
    char text[IC_LOAD_ERROR_TEXT_MAX + 1]; /* IC_LOAD_LINE_ERROR: one line for a person */
};

/* Read len bytes, which are borrowed; the caller wipes out.
 *  IC_ERR_INPUT  it is no such line, or has a field more or less; out is undefined */
IC_NODISCARD enum ic_err ic_load_line_read(const char *text, size_t len, struct ic_load_line *out);

#endif
