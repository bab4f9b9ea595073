#include "signal/authority.h"

#include "base/assert.h"
#include "base/wr.h"
#include "crypto/ed25519.h"

#define LABEL "InCamera authority v1"

bool ic_authority_verify(const struct ic_policy *policy, const struct ic_authority *authority,
                         const uint8_t leaf_key[static IC_LEAF_KEY_LEN])
{
    uint8_t message[sizeof LABEL - 1 + IC_MEETING_ID_LEN + IC_LEAF_KEY_LEN];
    struct ic_wr w = ic_wr_init(message, sizeof message);
    const uint8_t *host_key = ic_policy_host_key(policy, authority->host_key_index);
    if (host_key == NULL)
        return false;
    ic_wr_text(&w, LABEL);
    ic_wr_bytes(&w, policy->meeting_id, IC_MEETING_ID_LEN);
    ic_wr_bytes(&w, leaf_key, IC_LEAF_KEY_LEN);
    IC_ASSERT(ic_wr_ok(&w) && w.len == sizeof message);
    return ic_ed25519_verify(host_key, message, w.len, authority->signature);
}
