#include "wire/mls_keypackage.h"

void ic_mls_keypackage_read(struct ic_rd *r, struct ic_mls_keypackage *out)
{
    struct ic_rd start = *r;
    *out = (struct ic_mls_keypackage){0};
    out->version = ic_rd_u16(r);
    out->suite = ic_rd_u16(r);
    out->init_key = ic_mls_read_vector(r);
    ic_mls_leaf_read(r, &out->leaf);
    out->extensions = ic_mls_read_extensions(r);
    out->tbs = ic_mls_since(&start, r);
    out->signature = ic_mls_read_vector(r);
    out->raw = ic_mls_since(&start, r);
}

enum ic_err ic_mls_keypackage_parse(struct ic_mls_span bytes, struct ic_mls_keypackage *out)
{
    struct ic_rd r = ic_mls_rd(bytes);
    struct ic_mls_keypackage package;
    ic_mls_keypackage_read(&r, &package);
    if (!ic_rd_done(&r))
        return IC_ERR_INPUT;
    *out = package;
    return IC_OK;
}
