/* Authority: the vectors that the client runs too. */
#include "support/vectors.h"

#include "signal/authority.h"

static void vectors(void **state)
{
    (void)state;
    json_t *root = vectors_load("commit_data.json");
    const json_t *list = json_object_get(root, "authority"), *vector;
    size_t i, accepted = 0;
    json_array_foreach(list, i, vector)
    {
        struct ic_policy policy;
        struct ic_authority authority;
        uint8_t leaf_key[IC_LEAF_KEY_LEN];
        size_t policy_len, authority_len;
        uint8_t *policy_bytes = vectors_bytes(vector, "policy", &policy_len);
        uint8_t *bytes = vectors_bytes(vector, "authority", &authority_len);
        assert_int_equal(hex_bytes(vectors_text(vector, "leaf_key"), leaf_key, sizeof leaf_key),
                         sizeof leaf_key);
        assert_int_equal(ic_policy_parse(policy_bytes, policy_len, &policy), IC_OK);
        assert_int_equal(ic_authority_parse(bytes, authority_len, &authority), IC_OK);
        bool accept = json_is_true(json_object_get(vector, "accept"));
        if (ic_authority_verify(&policy, &authority, leaf_key) != accept)
            fail_msg("%s: %s", accept ? "refused" : "accepted", vectors_text(vector, "name"));
        accepted += accept;
        free(policy_bytes);
        free(bytes);
    }
    assert_int_equal(accepted, 2);
    assert_int_equal(i, 10);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
