/* CommitData: the authenticated data of an MLS commit, and the Authority in it
 * (docs/protocol/encryption.md 5). The server reads it to know whether a commit may act. */
#ifndef IC_WIRE_COMMIT_DATA_H
#define IC_WIRE_COMMIT_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/wr.h"

#define IC_AUTHORITY_LEN           65
#define IC_AUTHORITY_SIGNATURE_LEN 64
#define IC_BAN_TAG_LEN             16

struct ic_authority {
    uint8_t host_key_index;
    uint8_t signature[IC_AUTHORITY_SIGNATURE_LEN];
};

enum ic_act_type { IC_ACT_LOCK = 1, IC_ACT_GENERATION = 2, IC_ACT_BAN = 3 };

struct ic_act {
    enum ic_act_type type;
    bool is_locked;              /* lock */
    uint32_t generation;         /* generation */
    uint8_t tag[IC_BAN_TAG_LEN]; /* ban */
};

struct ic_commit_data {
    bool has_authority;
    struct ic_authority authority;
    struct ic_act acts[IC_COMMIT_ACTS_MAX];
    size_t act_count;
};

/*  IC_ERR_INPUT  not an authority; out untouched. Whether it is valid is not seen here. */
IC_NODISCARD enum ic_err ic_authority_parse(const uint8_t *bytes, size_t len,
                                            struct ic_authority *out);
void ic_authority_write(struct ic_wr *w, const struct ic_authority *authority);

/* Nothing at all (len 0) is neither authority nor acts.
 *  IC_ERR_INPUT  not an encoding of commit data; out untouched */
IC_NODISCARD enum ic_err ic_commit_data_parse(const uint8_t *bytes, size_t len,
                                              struct ic_commit_data *out);
/* The writer is bad when it is full. */
void ic_commit_data_write(struct ic_wr *w, const struct ic_commit_data *data);

#endif
