#include "cluster/place_reason.h"

#include "base/assert.h"

static const struct {
    const char *word;
    bool may_pass;
} reasons[] = {
    [IC_PLACE_GOOD] = {"good", false},
    [IC_PLACE_POLICY_MISSING] = {"policy_missing", false},
    [IC_PLACE_POLICY_MALFORMED] = {"policy_malformed", false},
    [IC_PLACE_POLICY_MISMATCH] = {"policy_mismatch", false},
    [IC_PLACE_NODE_SET_MISSING] = {"node_set_missing", true},
    [IC_PLACE_NODE_SET_UNPROVEN] = {"node_set_unproven", false},
    [IC_PLACE_NODE_SET_EXPIRED] = {"node_set_expired", false},
    [IC_PLACE_NODE_SET_SERIAL] = {"node_set_serial", true},
    [IC_PLACE_OPERATOR_MISMATCH] = {"operator_mismatch", false},
    [IC_PLACE_LOG_MISMATCH] = {"log_mismatch", false},
    [IC_PLACE_NOT_IN_SET] = {"not_in_set", false},
    [IC_PLACE_REGION_UNKNOWN] = {"region_unknown", false},
    [IC_PLACE_REGION_CONFLICT] = {"region_conflict", false},
    [IC_PLACE_NO_NODE_IN_REGION] = {"no_node_in_region", false},
    [IC_PLACE_CERTIFICATE_UNPROVEN] = {"certificate_unproven", false},
    [IC_PLACE_CERTIFICATE_EXPIRED] = {"certificate_expired", false},
    [IC_PLACE_REMOVED] = {"removed", false},
    [IC_PLACE_ROLE] = {"role_not_granted", false},
    [IC_PLACE_CERTIFICATE_OTHER] = {"certificate_other", true},
    [IC_PLACE_LEASE_EXPIRED] = {"lease_expired", true},
    [IC_PLACE_DRAINING] = {"draining", true},
    [IC_PLACE_NO_CAPACITY_IN_REGION] = {"no_capacity_in_region", true},
    [IC_PLACE_HOPS] = {"too_many_hops", false},
    [IC_PLACE_FINGERPRINT] = {"fingerprint_mismatch", false},
    [IC_PLACE_DIRECTORY_UNREACHABLE] = {"directory_unreachable", true},
    [IC_PLACE_DIRECTORY_INVALID] = {"directory_invalid", true},
    [IC_PLACE_DIRECTORY_BUSY] = {"directory_busy", true},
    [IC_PLACE_TAKEN_OVER] = {"taken_over", true},
    [IC_PLACE_BUSY] = {"busy", true},
    [IC_PLACE_SYSTEM] = {"system", true},
};

static_assert(sizeof reasons / sizeof reasons[0] == IC_PLACE_REASONS, "each reason has its word");

const char *ic_place_reason_word(enum ic_place_reason reason)
{
    IC_ASSERT(reason < IC_PLACE_REASONS);
    return reasons[reason].word;
}

bool ic_place_reason_may_pass(enum ic_place_reason reason)
{
    IC_ASSERT(reason < IC_PLACE_REASONS);
    return reasons[reason].may_pass;
}
