/* The forms of docs/protocol/encryption.md 2: leaves, KeyPackages, GroupContext. */
#include <string.h>

#include "signal/mlsgroup_parts.h"
#include "signal/mlssign.h"

/* The bytes of the Capabilities that each leaf has, and no others. */
static const uint8_t capabilities[] = {
    2,    0,    IC_MLS_VERSION_10,          /* versions */
    2,    0,    IC_MLS_SUITE_X25519_AES128, /* cipher suites */
    4,    0xF1, 0xCA,
    0xF1, 0xCB,                          /* extensions */
    0,                                   /* proposals: those that everybody has */
    2,    0,    IC_MLS_CREDENTIAL_BASIC, /* credentials */
};

/* required_capabilities: extensions; no proposals; no credentials. */
static const uint8_t required[] = {4, 0xF1, 0xCA, 0xF1, 0xCB, 0, 0};

static bool is_bytes(struct ic_mls_span span, const uint8_t *bytes, size_t len)
{
    return ic_mls_span_eq(span, (struct ic_mls_span){bytes, len});
}

/* Exactly one extension, the identity. */
static bool read_identity(const struct ic_mls_leaf *leaf, struct ic_mls_span *identity)
{
    struct ic_rd list = ic_mls_rd(leaf->extensions);
    struct ic_mls_extension extension;
    if (!ic_mls_extension_next(&list, &extension) || list.left != 0 ||
        extension.type != IC_MLS_EXT_IDENTITY || extension.data.len != IC_MLSGROUP_IDENTITY_LEN)
        return false;
    *identity = extension.data;
    return true;
}

bool ic_mlsgroup_has_leaf_form(const struct ic_mls_leaf *leaf)
{
    struct ic_mls_span identity;
    return leaf->encryption_key.len == IC_MLSTREE_KEY_LEN &&
           leaf->signature_key.len == IC_MLSTREE_KEY_LEN &&
           leaf->credential.type == IC_MLS_CREDENTIAL_BASIC &&
           leaf->credential.identity.len == IC_MLSGROUP_CREDENTIAL_LEN &&
           is_bytes(leaf->capabilities.raw, capabilities, sizeof capabilities) &&
           read_identity(leaf, &identity);
}

bool ic_mlsgroup_has_context_form(const struct ic_mlsgroup *group)
{
    struct ic_rd list = ic_rd_init(group->extensions, group->extensions_len);
    struct ic_mls_extension first, second;
    return group->suite == IC_MLS_SUITE_X25519_AES128 && group->id_len == IC_MLSGROUP_ID_LEN &&
           ic_mls_extension_next(&list, &first) && ic_mls_extension_next(&list, &second) &&
           list.left == 0 && first.type == IC_MLS_EXT_REQUIRED_CAPABILITIES &&
           is_bytes(first.data, required, sizeof required) && second.type == IC_MLS_EXT_POLICY;
}

/* Not over ten minutes long, and it holds now, but for what clocks may differ by. */
static bool is_alive(const struct ic_mls_leaf *leaf, uint64_t now_s)
{
    return leaf->not_after >= leaf->not_before &&
           leaf->not_after - leaf->not_before <= IC_MLS_LIFETIME_MAX_S &&
           (leaf->not_before <= now_s || leaf->not_before - now_s <= IC_MLS_LIFETIME_GRACE_S) &&
           (leaf->not_after >= now_s || now_s - leaf->not_after <= IC_MLS_LIFETIME_GRACE_S);
}

enum ic_mlsgroup_fault ic_mlsgroup_judge_keypackage(const struct ic_mls_keypackage *package,
                                                    uint64_t now_s,
                                                    struct ic_mlsgroup_keypackage *out)
{
    const struct ic_mls_leaf *leaf = &package->leaf;
    struct ic_mls_span identity;
    if (package->version != IC_MLS_VERSION_10 || package->suite != IC_MLS_SUITE_X25519_AES128 ||
        package->init_key.len != IC_MLSTREE_KEY_LEN || package->extensions.len != 0 ||
        leaf->source != IC_MLS_LEAF_KEY_PACKAGE || !ic_mlsgroup_has_leaf_form(leaf) ||
        !read_identity(leaf, &identity) ||
        /* RFC 9420 10.1: the init key "is different from" the leaf's encryption key. */
        ic_mls_span_eq(package->init_key, leaf->encryption_key))
        return IC_MLSGROUP_KEYPACKAGE;
    if (!is_alive(leaf, now_s))
        return IC_MLSGROUP_LIFETIME;
    const struct ic_part leaf_tbs = {leaf->tbs.at, leaf->tbs.len};
    const struct ic_part package_tbs = {package->tbs.at, package->tbs.len};
    const uint8_t *key = leaf->signature_key.at;
    if (!ic_mlssign_verify(key, "LeafNodeTBS", &leaf_tbs, 1, leaf->signature) ||
        !ic_mlssign_verify(key, "KeyPackageTBS", &package_tbs, 1, package->signature))
        return IC_MLSGROUP_KEYPACKAGE;
    uint8_t reference[IC_MLSGROUP_REFERENCE_LEN];
    if (ic_mlssign_reference(IC_MLSSIGN_KEYPACKAGE, package->raw, reference) != IC_OK)
        return IC_MLSGROUP_SYSTEM;
    memcpy(out->reference, reference, sizeof out->reference);
    memcpy(out->identity, identity.at, sizeof out->identity);
    memcpy(out->signature_key, key, sizeof out->signature_key);
    memcpy(out->init_key, package->init_key.at, sizeof out->init_key);
    return IC_MLSGROUP_FINE;
}

enum ic_err ic_mlsgroup_check_keypackage(const uint8_t *bytes, size_t len, uint64_t now_s,
                                         struct ic_mlsgroup_keypackage *out,
                                         enum ic_mlsgroup_fault *fault)
{
    struct ic_mls_message message;
    struct ic_mls_keypackage package;
    if (len > IC_MLS_KEYPACKAGE_MAX)
        *fault = IC_MLSGROUP_FULL;
    else if (ic_mls_message_parse(bytes, len, &message) != IC_OK ||
             message.wire_format != IC_MLS_KEY_PACKAGE ||
             ic_mls_keypackage_parse(message.body, &package) != IC_OK)
        *fault = IC_MLSGROUP_MALFORMED;
    else if (package.leaf.raw.len > IC_MLS_LEAF_MAX)
        *fault = IC_MLSGROUP_FULL;
    else
        *fault = ic_mlsgroup_judge_keypackage(&package, now_s, out);
    return ic_mlsgroup_err(*fault);
}

struct ic_mls_span ic_mlsgroup_policy(const struct ic_mlsgroup *group)
{
    struct ic_mls_span policy = {0};
    struct ic_mls_span list = {group->extensions, group->extensions_len};
    (void)ic_mls_extension_find(list, IC_MLS_EXT_POLICY, &policy);
    return policy;
}

const uint8_t *ic_mlsgroup_signature_key(const struct ic_mlsgroup *group, uint32_t leaf)
{
    return ic_mlstree_has_leaf(&group->tree, leaf) ? group->tree.leaves[leaf].signature_key : NULL;
}

const uint8_t *ic_mlsgroup_identity(const struct ic_mlsgroup *group, uint32_t leaf)
{
    struct ic_mls_leaf l;
    struct ic_mls_span identity;
    return ic_mlstree_leaf(&group->tree, leaf, &l) && read_identity(&l, &identity) ? identity.at
                                                                                   : NULL;
}

const uint8_t *ic_mlsgroup_credential(const struct ic_mlsgroup *group, uint32_t leaf)
{
    struct ic_mls_leaf l;
    return ic_mlstree_leaf(&group->tree, leaf, &l) ? l.credential.identity.at : NULL;
}

bool ic_mlsgroup_find(const struct ic_mlsgroup *group, const uint8_t *signature_key, uint32_t *leaf)
{
    for (uint32_t i = 0; i < group->tree.leaf_count; i++) {
        const uint8_t *key = ic_mlsgroup_signature_key(group, i);
        if (key != NULL && memcmp(key, signature_key, IC_MLSTREE_KEY_LEN) == 0) {
            *leaf = i;
            return true;
        }
    }
    return false;
}
