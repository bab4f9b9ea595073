#include "tlog/bundle.h"

#include "base/assert.h"
#include "crypto/ct.h"

static_assert(IC_TLOG_ENTRY_MAX == UINT16_MAX, "the length of an entry has 16 bits");

void ic_bundle_append(struct ic_wr *w, const uint8_t *entry, size_t len)
{
    IC_ASSERT(len <= IC_TLOG_ENTRY_MAX);
    ic_wr_u16(w, (uint16_t)len);
    ic_wr_bytes(w, entry, len);
}

bool ic_bundle_next(struct ic_rd *r, const uint8_t **entry, size_t *len)
{
    if (r->left == 0)
        return false;
    size_t n = ic_rd_u16(r);
    const uint8_t *at = ic_rd_take(r, n);
    if (!ic_rd_ok(r))
        return false;
    *entry = at;
    *len = n;
    return true;
}

enum ic_err ic_bundle_check(const uint8_t *bytes, size_t len, size_t count)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    const uint8_t *entry;
    size_t n, entries = 0;
    while (ic_bundle_next(&r, &entry, &n))
        entries++;
    return ic_rd_done(&r) && entries == count ? IC_OK : IC_ERR_INPUT;
}

enum ic_err ic_bundle_verify(const uint8_t *bytes, size_t len, const struct ic_merkle_hash *hashes,
                             size_t count)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    struct ic_part entry = {0};
    enum ic_err err = ic_bundle_check(bytes, len, count);
    for (size_t i = 0; err == IC_OK && ic_bundle_next(&r, &entry.bytes, &entry.len); i++) {
        struct ic_merkle_hash hash;
        err = ic_merkle_leaf(&entry, 1, &hash);
        if (err == IC_OK && !ic_ct_equal(hash.bytes, hashes[i].bytes, IC_MERKLE_HASH_LEN))
            err = IC_ERR_AUTH;
    }
    return err;
}
