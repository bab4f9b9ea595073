#include "wire/mls_leaf.h"

#include "base/limits.h"

static void read_credential(struct ic_rd *r, struct ic_mls_credential *out)
{
    struct ic_rd start = *r;
    out->type = ic_rd_u16(r);
    /* A basic identity and a list of certificates are both vectors; another type has a form that
     * we do not know, so that the leaf cannot be read on (RFC 9420 5.3). */
    r->bad |= out->type != IC_MLS_CREDENTIAL_BASIC && out->type != IC_MLS_CREDENTIAL_X509;
    out->identity = ic_mls_read_vector(r);
    out->raw = ic_mls_since(&start, r);
}

static void read_capabilities(struct ic_rd *r, struct ic_mls_capabilities *out)
{
    struct ic_rd start = *r;
    out->versions = ic_mls_read_list16(r, IC_MLS_LIST_MAX);
    out->suites = ic_mls_read_list16(r, IC_MLS_LIST_MAX);
    out->extensions = ic_mls_read_list16(r, IC_MLS_LIST_MAX);
    out->proposals = ic_mls_read_list16(r, IC_MLS_LIST_MAX);
    out->credentials = ic_mls_read_list16(r, IC_MLS_LIST_MAX);
    out->raw = ic_mls_since(&start, r);
}

void ic_mls_leaf_read(struct ic_rd *r, struct ic_mls_leaf *out)
{
    struct ic_rd start = *r;
    *out = (struct ic_mls_leaf){0};
    out->encryption_key = ic_mls_read_vector(r);
    out->signature_key = ic_mls_read_vector(r);
    read_credential(r, &out->credential);
    read_capabilities(r, &out->capabilities);
    out->source = ic_rd_u8(r);
    if (out->source == IC_MLS_LEAF_KEY_PACKAGE) {
        out->not_before = ic_rd_u64(r);
        out->not_after = ic_rd_u64(r);
    } else if (out->source == IC_MLS_LEAF_COMMIT) {
        out->parent_hash = ic_mls_read_vector(r);
    } else if (out->source != IC_MLS_LEAF_UPDATE) {
        r->bad = true;
    }
    out->extensions = ic_mls_read_extensions(r);
    out->tbs = ic_mls_since(&start, r);
    out->signature = ic_mls_read_vector(r);
    out->raw = ic_mls_since(&start, r);
}

enum ic_err ic_mls_leaf_parse(struct ic_mls_span bytes, struct ic_mls_leaf *out)
{
    struct ic_rd r = ic_mls_rd(bytes);
    struct ic_mls_leaf leaf;
    ic_mls_leaf_read(&r, &leaf);
    if (!ic_rd_done(&r))
        return IC_ERR_INPUT;
    *out = leaf;
    return IC_OK;
}
