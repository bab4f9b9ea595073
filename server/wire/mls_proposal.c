#include "wire/mls_proposal.h"

enum { BY_VALUE = 1, BY_REFERENCE = 2 };

static void read_psk(struct ic_rd *r, struct ic_mls_psk *out)
{
    out->type = ic_rd_u8(r);
    if (out->type == IC_MLS_PSK_EXTERNAL) {
        out->id = ic_mls_read_vector(r);
    } else if (out->type == IC_MLS_PSK_RESUMPTION) {
        out->usage = ic_rd_u8(r);
        r->bad |= out->usage < 1 || out->usage > 3;
        out->id = ic_mls_read_vector(r);
        out->epoch = ic_rd_u64(r);
    } else {
        r->bad = true;
    }
    out->nonce = ic_mls_read_vector(r);
}

static void read_reinit(struct ic_rd *r, struct ic_mls_reinit *out)
{
    out->group_id = ic_mls_read_vector(r);
    out->version = ic_rd_u16(r);
    out->suite = ic_rd_u16(r);
    out->extensions = ic_mls_read_extensions(r);
}

/* *out is zeroed by the caller. */
static void read_value(struct ic_rd *r, struct ic_mls_proposal *out)
{
    struct ic_rd start = *r;
    out->type = ic_rd_u16(r);
    switch (out->type) {
    case IC_MLS_PROPOSAL_ADD:
        ic_mls_keypackage_read(r, &out->add);
        break;
    case IC_MLS_PROPOSAL_UPDATE:
        ic_mls_leaf_read(r, &out->update);
        break;
    case IC_MLS_PROPOSAL_REMOVE:
        out->remove = ic_rd_u32(r);
        break;
    case IC_MLS_PROPOSAL_PSK:
        read_psk(r, &out->psk);
        break;
    case IC_MLS_PROPOSAL_REINIT:
        read_reinit(r, &out->reinit);
        break;
    case IC_MLS_PROPOSAL_EXTERNAL_INIT:
        out->external_init = ic_mls_read_vector(r);
        break;
    case IC_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
        out->group_context_extensions = ic_mls_read_extensions(r);
        break;
    default:
        r->bad = true;
        break;
    }
    out->raw = ic_mls_since(&start, r);
}

void ic_mls_proposal_read(struct ic_rd *r, struct ic_mls_proposal *out)
{
    *out = (struct ic_mls_proposal){0};
    read_value(r, out);
}

void ic_mls_proposal_read_or_ref(struct ic_rd *r, struct ic_mls_proposal *out)
{
    *out = (struct ic_mls_proposal){0};
    uint8_t kind = ic_rd_u8(r);
    if (kind == BY_VALUE) {
        read_value(r, out);
    } else if (kind == BY_REFERENCE) {
        out->is_reference = true;
        out->reference = ic_mls_read_vector(r);
    } else {
        r->bad = true;
    }
}

enum ic_err ic_mls_proposal_parse(struct ic_mls_span bytes, struct ic_mls_proposal *out)
{
    struct ic_rd r = ic_mls_rd(bytes);
    struct ic_mls_proposal proposal;
    ic_mls_proposal_read(&r, &proposal);
    if (!ic_rd_done(&r))
        return IC_ERR_INPUT;
    *out = proposal;
    return IC_OK;
}
