/* room: wire
 * All parsers of MLS. The first byte says which, the rest is parsed. Checked: what is lent lies
 * inside of the input, lists say the same when they are walked again, and a Welcome for one is a
 * Welcome. */
#include <stdint.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/limits.h"
#include "wire/mls_groupinfo.h"
#include "wire/mls_message.h"
#include "wire/mls_node.h"
#include "wire/mls_welcome.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *at;
    size_t len;
};

static void check_inside(struct input in, struct ic_mls_span span)
{
    IC_ASSERT(span.len == 0 || (span.at >= in.at && span.at + span.len <= in.at + in.len));
}

static void check_extensions(struct input in, struct ic_mls_span list)
{
    struct ic_rd r = ic_mls_rd(list);
    struct ic_mls_extension e;
    struct ic_mls_required required;
    struct ic_mls_span found;
    size_t count = 0;
    check_inside(in, list);
    for (; ic_mls_extension_next(&r, &e); count++) {
        check_inside(in, e.data);
        IC_ASSERT(ic_mls_extension_find(list, e.type, &found) && found.at == e.data.at);
        if (ic_mls_required_parse(e.data, &required) == IC_OK)
            check_inside(in, required.credentials);
    }
    IC_ASSERT(ic_rd_done(&r) && count <= IC_MLS_EXTENSIONS_MAX);
}

static void check_leaf(struct input in, const struct ic_mls_leaf *leaf)
{
    struct ic_mls_leaf again;
    check_inside(in, leaf->raw);
    check_inside(in, leaf->tbs);
    check_inside(in, leaf->signature);
    check_inside(in, leaf->credential.raw);
    check_inside(in, leaf->capabilities.raw);
    check_extensions(in, leaf->extensions);
    (void)ic_mls_list16_has(leaf->capabilities.extensions, IC_MLS_EXT_IDENTITY);
    IC_ASSERT(leaf->source >= IC_MLS_LEAF_KEY_PACKAGE && leaf->source <= IC_MLS_LEAF_COMMIT);
    IC_ASSERT(ic_mls_leaf_parse(leaf->raw, &again) == IC_OK);
}

static void check_keypackage(struct input in, const struct ic_mls_keypackage *package)
{
    struct ic_mls_keypackage again;
    check_inside(in, package->raw);
    check_inside(in, package->init_key);
    check_leaf(in, &package->leaf);
    check_extensions(in, package->extensions);
    IC_ASSERT(ic_mls_keypackage_parse(package->raw, &again) == IC_OK);
}

static void check_proposal(struct input in, const struct ic_mls_proposal *p)
{
    check_inside(in, p->raw);
    check_inside(in, p->reference);
    if (p->is_reference)
        return;
    if (p->type == IC_MLS_PROPOSAL_ADD)
        check_keypackage(in, &p->add);
    else if (p->type == IC_MLS_PROPOSAL_UPDATE)
        check_leaf(in, &p->update);
    check_inside(in, p->psk.id);
    check_inside(in, p->psk.nonce);
    check_inside(in, p->external_init);
    check_extensions(in, p->reinit.extensions);
    check_extensions(in, p->group_context_extensions);
}

static void check_path(struct input in, const struct ic_mls_path *path)
{
    struct ic_rd r = ic_mls_rd(path->nodes);
    struct ic_mls_path_node node;
    size_t count = 0;
    check_leaf(in, &path->leaf);
    for (; ic_mls_path_node_next(&r, &node); count++) {
        check_inside(in, node.encryption_key);
        check_inside(in, node.secrets);
    }
    IC_ASSERT(ic_rd_done(&r) && count == path->node_count && count <= IC_MLS_PATH_NODES_MAX);
}

static void check_commit(struct input in, const struct ic_mls_commit *commit)
{
    struct ic_rd r = ic_mls_rd(commit->proposals);
    struct ic_mls_proposal p;
    size_t count = 0;
    for (; ic_mls_commit_proposal_next(&r, &p); count++)
        check_proposal(in, &p);
    IC_ASSERT(ic_rd_done(&r) && count == commit->proposal_count && count <= IC_MLS_PROPOSALS_MAX);
    if (commit->has_path)
        check_path(in, &commit->path);
}

static void check_public(struct input in, const struct ic_mls_public *m)
{
    check_inside(in, m->content.raw);
    check_inside(in, m->content.group_id);
    check_inside(in, m->content.authenticated_data);
    check_inside(in, m->content.application);
    check_inside(in, m->auth.signature);
    check_inside(in, m->auth.confirmation_tag);
    check_inside(in, m->membership_tag);
    if (m->content.content_type == IC_MLS_COMMIT)
        check_commit(in, &m->content.commit);
    else if (m->content.content_type == IC_MLS_PROPOSAL)
        check_proposal(in, &m->content.proposal);
}

static void check_welcome(struct input in, const struct ic_mls_welcome *welcome)
{
    struct ic_rd r = ic_mls_rd(welcome->secrets);
    struct ic_mls_welcome_secret secret;
    struct ic_mls_message m;
    struct ic_mls_welcome one;
    size_t count = 0, cap = in.len + 16;
    uint8_t *bytes = malloc(cap);
    IC_ASSERT(bytes != NULL);
    for (; ic_mls_welcome_secret_next(&r, &secret); count++) {
        check_inside(in, secret.raw);
        struct ic_wr w = ic_wr_init(bytes, cap);
        ic_mls_welcome_write_one(&w, welcome, &secret);
        IC_ASSERT(ic_wr_ok(&w) && ic_mls_message_parse(bytes, w.len, &m) == IC_OK);
        IC_ASSERT(ic_mls_welcome_parse(m.body, &one) == IC_OK && one.secret_count == 1);
        IC_ASSERT(ic_mls_span_eq(one.encrypted_group_info, welcome->encrypted_group_info));
    }
    IC_ASSERT(ic_rd_done(&r) && count == welcome->secret_count && count <= IC_MLS_ADDS_MAX);
    free(bytes);
}

static void parse_message(struct input in)
{
    struct ic_mls_message m;
    struct ic_mls_public public;
    struct ic_mls_private private;
    struct ic_mls_welcome welcome;
    struct ic_mls_groupinfo info;
    struct ic_mls_keypackage package;
    if (ic_mls_message_parse(in.at, in.len, &m) != IC_OK)
        return;
    check_inside(in, m.body);
    /* Each parser gets each body: none may rely on the wire format. */
    if (ic_mls_public_parse(m.body, &public) == IC_OK)
        check_public(in, &public);
    if (ic_mls_private_parse(m.body, &private) == IC_OK)
        check_inside(in, private.ciphertext);
    if (ic_mls_welcome_parse(m.body, &welcome) == IC_OK)
        check_welcome(in, &welcome);
    if (ic_mls_groupinfo_parse(m.body, &info) == IC_OK) {
        check_inside(in, info.tbs);
        check_extensions(in, info.extensions);
        check_extensions(in, info.context.extensions);
    }
    if (ic_mls_keypackage_parse(m.body, &package) == IC_OK)
        check_keypackage(in, &package);
}

static void parse_nodes(struct input in)
{
    struct ic_mls_span nodes;
    struct ic_mls_node node;
    size_t count, seen = 0;
    if (ic_mls_node_parse_list((struct ic_mls_span){in.at, in.len}, &nodes, &count) != IC_OK)
        return;
    struct ic_rd r = ic_mls_rd(nodes);
    for (; ic_mls_node_next(&r, &node); seen++) {
        if (node.type == IC_MLS_NODE_LEAF)
            check_leaf(in, &node.leaf);
        check_inside(in, node.parent.unmerged);
    }
    IC_ASSERT(ic_rd_done(&r) && seen == count && count <= IC_MLS_NODES_MAX);
}

static void parse_others(struct input in)
{
    struct ic_mls_span bytes = {in.at, in.len};
    struct ic_mls_commit commit;
    struct ic_mls_path path;
    struct ic_mls_proposal proposal;
    if (ic_mls_commit_parse(bytes, &commit) == IC_OK)
        check_commit(in, &commit);
    if (ic_mls_path_parse(bytes, &path) == IC_OK)
        check_path(in, &path);
    if (ic_mls_proposal_parse(bytes, &proposal) == IC_OK)
        check_proposal(in, &proposal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct input in = {data + 1, size - 1};
    if (data[0] % 3 == 0)
        parse_message(in);
    else if (data[0] % 3 == 1)
        parse_nodes(in);
    else
        parse_others(in);
    return 0;
}
