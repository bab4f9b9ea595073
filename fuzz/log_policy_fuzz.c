/* room: tlog */
/* Policy files. What is taken keeps its own rules, and believes no checkpoint of a stranger. */
#include "base/assert.h"
#include "tlog/log_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Members stand before their group, which asks for no more of them than there are. */
static void check_groups(const struct ic_log_policy *policy)
{
    size_t members[IC_LOG_POLICY_NODES_MAX] = {0}, witnesses = 0;
    for (size_t i = 0; i < policy->node_count; i++) {
        const struct ic_log_policy_node *node = &policy->nodes[i];
        IC_ASSERT(node->group == -1 ||
                  (node->group > (int16_t)i && policy->nodes[node->group].witness == -1));
        if (node->group != -1)
            members[node->group]++;
        if (node->witness == -1)
            IC_ASSERT(node->threshold >= 1 && node->threshold <= members[i]);
        else
            IC_ASSERT(node->witness == (int16_t)witnesses++);
    }
    IC_ASSERT(witnesses == policy->witness_count && policy->log_count > 0);
    IC_ASSERT(policy->quorum >= -1 && policy->quorum < (int16_t)policy->node_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t stranger[] =
        "other.example/log\n13\nwMEonwBgX419h4C59CZMc2zPuEzpFwjCsn5kJr/H2Kg=\n\n"
        "\xe2\x80\x94 other.example/log AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    static struct ic_log_policy policy;
    struct ic_log_policy_error error = {IC_LOG_POLICY_LIMIT, SIZE_MAX};
    struct ic_proof_result result;
    if (ic_log_policy_parse(data, size, &policy, &error) != IC_OK) {
        IC_ASSERT(error.line <= size);
        return 0;
    }
    check_groups(&policy);
    IC_ASSERT(ic_log_policy_judge(&policy, stranger, sizeof stranger - 1, &result) !=
              IC_PROOF_GOOD);
    return 0;
}
