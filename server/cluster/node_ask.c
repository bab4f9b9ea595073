#include "cluster/node_ask.h"

#include <string.h>

#include "base/rd.h"

#define VERSION 1

static void take(struct ic_rd *r, uint8_t *out, size_t n)
{
    const uint8_t *at = ic_rd_take(r, n);
    if (at != NULL)
        memcpy(out, at, n);
}

static bool read_head(struct ic_rd *r, enum ic_node_ask_kind *out)
{
    uint8_t version = ic_rd_u8(r), kind = ic_rd_u8(r);
    if (!ic_rd_ok(r) || version != VERSION ||
        (kind != IC_NODE_ASK_CERTIFICATE && kind != IC_NODE_ASK_PRESENCE))
        return false;
    *out = (enum ic_node_ask_kind)kind;
    return true;
}

static void write_head(struct ic_wr *w, enum ic_node_ask_kind kind)
{
    ic_wr_u8(w, VERSION);
    ic_wr_u8(w, (uint8_t)kind);
}

enum ic_err ic_node_ask_parse(const uint8_t *bytes, size_t len, struct ic_node_ask *out)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    struct ic_node_ask ask = {.kind = IC_NODE_ASK_CERTIFICATE};
    if (!read_head(&r, &ask.kind))
        return IC_ERR_INPUT;
    if (ask.kind == IC_NODE_ASK_CERTIFICATE)
        take(&r, ask.leaf, sizeof ask.leaf);
    else
        take(&r, ask.meeting, sizeof ask.meeting);
    if (!ic_rd_done(&r))
        return IC_ERR_INPUT;
    *out = ask;
    return IC_OK;
}

void ic_node_ask_write(struct ic_wr *w, const struct ic_node_ask *ask)
{
    write_head(w, ask->kind);
    if (ask->kind == IC_NODE_ASK_CERTIFICATE)
        ic_wr_bytes(w, ask->leaf, sizeof ask->leaf);
    else
        ic_wr_bytes(w, ask->meeting, sizeof ask->meeting);
}

static bool read_part(struct ic_rd *r, size_t max, struct ic_part *out)
{
    size_t len = ic_rd_u32(r);
    const uint8_t *at = len > 0 && len <= max ? ic_rd_take(r, len) : NULL;
    *out = (struct ic_part){at, len};
    return at != NULL;
}

enum ic_err ic_node_answer_parse(const uint8_t *bytes, size_t len, struct ic_node_answer *out)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    struct ic_node_answer answer = {.kind = IC_NODE_ASK_CERTIFICATE};
    if (!read_head(&r, &answer.kind))
        return IC_ERR_INPUT;
    if (answer.kind == IC_NODE_ASK_PRESENCE) {
        take(&r, answer.meeting, sizeof answer.meeting);
        answer.generation = ic_rd_u64(&r);
    } else if (!read_part(&r, IC_NODE_CERT_MAX, &answer.cert) ||
               !read_part(&r, IC_TLOG_PROOF_MAX, &answer.proof)) {
        return IC_ERR_INPUT;
    }
    if (!ic_rd_done(&r))
        return IC_ERR_INPUT;
    *out = answer;
    return IC_OK;
}

void ic_node_answer_write(struct ic_wr *w, const struct ic_node_answer *answer)
{
    write_head(w, answer->kind);
    if (answer->kind == IC_NODE_ASK_PRESENCE) {
        ic_wr_bytes(w, answer->meeting, sizeof answer->meeting);
        ic_wr_u64(w, answer->generation);
        return;
    }
    ic_wr_u32(w, (uint32_t)answer->cert.len);
    ic_wr_bytes(w, answer->cert.bytes, answer->cert.len);
    ic_wr_u32(w, (uint32_t)answer->proof.len);
    ic_wr_bytes(w, answer->proof.bytes, answer->proof.len);
}
