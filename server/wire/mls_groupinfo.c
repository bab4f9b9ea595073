#include "wire/mls_groupinfo.h"

void ic_mls_context_read(struct ic_rd *r, struct ic_mls_context *out)
{
    struct ic_rd start = *r;
    *out = (struct ic_mls_context){0};
    out->version = ic_rd_u16(r);
    out->suite = ic_rd_u16(r);
    out->group_id = ic_mls_read_vector(r);
    out->epoch = ic_rd_u64(r);
    out->tree_hash = ic_mls_read_vector(r);
    out->confirmed_transcript_hash = ic_mls_read_vector(r);
    out->extensions = ic_mls_read_extensions(r);
    out->raw = ic_mls_since(&start, r);
}

enum ic_err ic_mls_groupinfo_parse(struct ic_mls_span body, struct ic_mls_groupinfo *out)
{
    struct ic_rd r = ic_mls_rd(body);
    struct ic_rd start = r;
    struct ic_mls_groupinfo info = {0};
    ic_mls_context_read(&r, &info.context);
    info.extensions = ic_mls_read_extensions(&r);
    info.confirmation_tag = ic_mls_read_vector(&r);
    info.signer = ic_rd_u32(&r);
    info.tbs = ic_mls_since(&start, &r);
    info.signature = ic_mls_read_vector(&r);
    if (!ic_rd_done(&r))
        return IC_ERR_INPUT;
    *out = info;
    return IC_OK;
}
