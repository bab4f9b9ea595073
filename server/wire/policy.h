/* IcPolicy: what the creator of a meeting has fixed for it (docs/protocol/encryption.md 3). The
 * server reads it to know who may admit and which suite frames have; members hold its hash. One
 * encoding only: what parses is written back byte for byte. */
#ifndef IC_WIRE_POLICY_H
#define IC_WIRE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/wr.h"

#define IC_POLICY_KEY_LEN     32 /* a host key, a thumbprint, a hash */
#define IC_POLICY_COUNTRY_LEN 2
#define IC_POLICY_FLAGS       0x0f /* receipts, no ICE-TCP, physics, speech hints */

enum ic_lobby_mode { IC_LOBBY_CLOSED = 1, IC_LOBBY_OPEN = 2 };

/* Lends bytes of the encoding. */
struct ic_policy_issuer {
    const uint8_t *issuer, *audience;
    const uint8_t *thumbprints; /* IC_POLICY_KEY_LEN each */
    uint8_t issuer_len, audience_len, thumbprint_count;
};

/* The pointers lend bytes of the encoding. */
struct ic_policy {
    uint8_t policy_id[16];
    uint8_t meeting_id[IC_MEETING_ID_LEN];
    const uint8_t *countries; /* IC_POLICY_COUNTRY_LEN each, as all countries */
    uint8_t operator_keys_sha256[IC_POLICY_KEY_LEN];
    uint8_t log_policy_sha256[IC_POLICY_KEY_LEN];
    uint64_t min_node_set_serial;
    const uint8_t *excluded;  /* countries, by physics */
    const uint8_t *host_keys; /* IC_POLICY_KEY_LEN each */
    struct ic_policy_issuer issuers[IC_POLICY_ISSUERS_MAX];
    enum ic_lobby_mode lobby_mode;
    uint16_t sframe_suite;
    uint16_t country_count, excluded_count;
    uint8_t host_key_count; /* 0: nobody has more rights than another */
    uint8_t issuer_count;
    uint8_t max_hops, flags;
};

/*  IC_ERR_INPUT  not the one encoding of a policy, or it is unbound; out untouched */
IC_NODISCARD enum ic_err ic_policy_parse(const uint8_t *bytes, size_t len, struct ic_policy *out);
/* All that is wrong with the bytes is that they have SHA-256 of nothing for the operator keys or
 * for the log: a policy that any node would satisfy. For the words of a refusal. */
bool ic_policy_is_unbound(const uint8_t *bytes, size_t len);
/* The writer is bad when it is full. What does not follow the rules is written all the same. */
void ic_policy_write(struct ic_wr *w, const struct ic_policy *policy);
/* Key number index, lent; NULL when there is none of that number. */
const uint8_t *ic_policy_host_key(const struct ic_policy *policy, size_t index);

#endif
