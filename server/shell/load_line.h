/* One line of the helper that brings the members of a load test into the meeting, and in shape P
 * tells of its life: strict JSON, one object a line (docs/performance.md). */
#ifndef IC_SHELL_LOAD_LINE_H
#define IC_SHELL_LOAD_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "shell/load_roster.h"
#include "transport/srtp.h"

#define IC_LOAD_ERROR_TEXT_MAX 400

enum ic_load_line_type {
    IC_LOAD_LINE_MEMBER, /* the next member is in: how its transport reaches the server */
    IC_LOAD_LINE_READY,  /* all are */
    IC_LOAD_LINE_EPOCH,  /* a member has the keys of a new epoch */
    IC_LOAD_LINE_SWITCH, /* a member sends under that epoch from now on */
    IC_LOAD_LINE_SLOTS,  /* whose sources a member receives from now on */
    IC_LOAD_LINE_GONE,   /* a commit has removed a member that left */
    IC_LOAD_LINE_ERROR,  /* they cannot be brought in */
};

struct ic_load_line_send {
    char mid[IC_MID_LEN_MAX + 1];
    uint8_t payload_type, mid_id, transport_cc_id; /* ids of header extensions; 0: without */
    uint64_t kid;                                  /* of its SFrame key */
};

struct ic_load_line_member {
    struct ic_addr server;
    bool has_keys; /* SRTP with these keys; else ICE and DTLS by the names below */
    struct ic_srtp_keys keys;
    char ufrag[IC_REMOTE_UFRAG_MAX + 1], pwd[IC_REMOTE_PWD_MAX + 1];
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    bool sends, has_sound;
    struct ic_load_line_send send, sound_send; /* sends; has_sound, too */
    uint32_t slots[2 * IC_LOAD_SLOTS_MAX];     /* SSRCs of what it receives, those of sound last */
    size_t slot_count, sound_slot_count;       /* all; of them: of the sound beside the picture */
    uint8_t base_key[IC_LOAD_BASE_KEY_LEN];    /* of SFrame, in the group as this member has it */
    uint64_t epoch;                            /* of it */
};

/* Of a member in an epoch. */
struct ic_load_line_epoch {
    uint64_t epoch, kid, sound_kid;
    uint8_t base_key[IC_LOAD_BASE_KEY_LEN];
};

struct ic_load_line_slot {
    uint32_t ssrc;
    uint32_t from; /* member; IC_LOAD_NOBODY: it carries nothing */
};

struct ic_load_line_slots {
    size_t count;
    struct ic_load_line_slot slots[2 * IC_LOAD_SLOTS_MAX];
};

struct ic_load_line {
    enum ic_load_line_type type;
    uint32_t index; /* of the member that it is about; IC_LOAD_NOBODY: the next one */
    struct ic_load_line_member member;     /* IC_LOAD_LINE_MEMBER */
    struct ic_load_line_epoch epoch;       /* ..._EPOCH; of ..._SWITCH the number alone */
    struct ic_load_line_slots slots;       /* ..._SLOTS */
    int64_t server_pid;                    /* IC_LOAD_LINE_READY; 0: on another machine */
    char text[IC_LOAD_ERROR_TEXT_MAX + 1]; /* IC_LOAD_LINE_ERROR: one line for a person */
};

/* Read len bytes, which are borrowed; the caller wipes out.
 *  IC_ERR_INPUT  it is no such line, or has a field more or less; out is undefined */
IC_NODISCARD enum ic_err ic_load_line_read(const char *text, size_t len, struct ic_load_line *out);

#endif
