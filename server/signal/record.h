/* What the store keeps of a meeting's group beside its public state: the head of the log, whether
 * it is locked, and whose leaf is whose. */
#ifndef IC_SIGNAL_RECORD_H
#define IC_SIGNAL_RECORD_H

#include "signal/hub_state.h"

struct ic_record_seat {
    uint32_t leaf;
    bool has_authority;
    uint8_t session_hash[IC_SHA256_LEN];
};

struct ic_record {
    bool is_locked;
    uint32_t generation;
    struct ic_merkle log;
    uint32_t seat_count;
    struct ic_record_seat seats[IC_MLS_LEAVES_MAX];
};

/* At most IC_STORE_RECORD_MAX bytes. */
void ic_record_write(struct ic_wr *w, const struct ic_record *record);
/*  IC_ERR_INPUT  not what was written; out undefined */
IC_NODISCARD enum ic_err ic_record_parse(const uint8_t *bytes, size_t len, struct ic_record *out);

#endif
