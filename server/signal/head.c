#include "signal/head.h"

#include "base/assert.h"

/* <host name>/m/<group id in hex> (docs/protocol/encryption.md 10) */
static size_t write_origin(const struct ic_hub *h, const struct ic_mlsgroup *group,
                           char out[static IC_CHECKPOINT_ORIGIN_MAX])
{
    static const char hex[] = "0123456789abcdef";
    struct ic_wr w = ic_wr_init((uint8_t *)out, IC_CHECKPOINT_ORIGIN_MAX);
    ic_wr_text(&w, h->config.log_key->name);
    ic_wr_text(&w, "/m/");
    for (size_t i = 0; i < group->id_len; i++) {
        ic_wr_u8(&w, (uint8_t)hex[group->id[i] >> 4]);
        ic_wr_u8(&w, (uint8_t)hex[group->id[i] & 15]);
    }
    IC_ASSERT(ic_wr_ok(&w) && group->id_len == IC_MLSGROUP_ID_LEN);
    return w.len;
}

enum ic_err ic_head_sign(const struct ic_hub *h, const struct ic_mlsgroup *group,
                         const struct ic_merkle *log, char out[static IC_CHECKPOINT_MAX + 1])
{
    char origin[IC_CHECKPOINT_ORIGIN_MAX];
    struct ic_checkpoint checkpoint = {.origin = origin};
    struct ic_wr w = ic_wr_init((uint8_t *)out, IC_CHECKPOINT_MAX);
    if (ic_merkle_root(log, &checkpoint.head.root) != IC_OK)
        return IC_ERR_SYSTEM;
    checkpoint.head.size = log->size;
    checkpoint.origin_len = write_origin(h, group, origin);
    enum ic_err e = ic_checkpoint_sign(&w, &checkpoint, h->config.log_key, h->config.log_private);
    out[w.len] = '\0';
    return e;
}
