#include "wire/commit_data.h"

#include <string.h>

#include "base/rd.h"

#define VERSION        1
#define GENERATION_MIN 2 /* the first one needs no act */

static void parse_authority(struct ic_rd *r, struct ic_authority *out)
{
    uint8_t index = ic_rd_u8(r);
    const uint8_t *signature = ic_rd_take(r, IC_AUTHORITY_SIGNATURE_LEN);
    if (signature == NULL)
        return;
    out->host_key_index = index;
    memcpy(out->signature, signature, IC_AUTHORITY_SIGNATURE_LEN);
}

enum ic_err ic_authority_parse(const uint8_t *bytes, size_t len, struct ic_authority *out)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    struct ic_authority authority = {0};
    parse_authority(&r, &authority);
    if (!ic_rd_done(&r))
        return IC_ERR_INPUT;
    *out = authority;
    return IC_OK;
}

void ic_authority_write(struct ic_wr *w, const struct ic_authority *authority)
{
    ic_wr_u8(w, authority->host_key_index);
    ic_wr_bytes(w, authority->signature, IC_AUTHORITY_SIGNATURE_LEN);
}

static bool parse_lock(struct ic_rd *r, struct ic_act *out)
{
    uint8_t is_locked = ic_rd_u8(r);
    out->type = IC_ACT_LOCK;
    out->is_locked = is_locked == 1;
    return is_locked <= 1;
}

static bool parse_generation(struct ic_rd *r, struct ic_act *out)
{
    out->type = IC_ACT_GENERATION;
    out->generation = ic_rd_u32(r);
    return out->generation >= GENERATION_MIN;
}

static bool parse_ban(struct ic_rd *r, struct ic_act *out)
{
    const uint8_t *tag = ic_rd_take(r, IC_BAN_TAG_LEN);
    out->type = IC_ACT_BAN;
    if (tag == NULL)
        return false;
    memcpy(out->tag, tag, IC_BAN_TAG_LEN);
    return true;
}

static bool parse_act(struct ic_rd *r, struct ic_act *out)
{
    uint8_t type = ic_rd_u8(r);
    size_t len = ic_rd_u8(r);
    struct ic_rd data = ic_rd_sub(r, len);
    bool ok = false;
    if (!ic_rd_ok(r))
        return false;
    if (type == IC_ACT_LOCK)
        ok = parse_lock(&data, out);
    else if (type == IC_ACT_GENERATION)
        ok = parse_generation(&data, out);
    else if (type == IC_ACT_BAN)
        ok = parse_ban(&data, out);
    return ok && ic_rd_done(&data);
}

/* One lock, one generation, each person once. */
static bool contradicts(const struct ic_act *a, const struct ic_act *b)
{
    return a->type == b->type &&
           (a->type != IC_ACT_BAN || memcmp(a->tag, b->tag, IC_BAN_TAG_LEN) == 0);
}

static bool parse_acts(struct ic_rd *r, struct ic_commit_data *out)
{
    while (r->left > 0) {
        struct ic_act act;
        memset(&act, 0, sizeof act);
        if (out->act_count == IC_COMMIT_ACTS_MAX || !parse_act(r, &act))
            return false;
        for (size_t i = 0; i < out->act_count; i++)
            if (contradicts(&out->acts[i], &act))
                return false;
        out->acts[out->act_count++] = act;
    }
    return ic_rd_done(r);
}

enum ic_err ic_commit_data_parse(const uint8_t *bytes, size_t len, struct ic_commit_data *out)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    struct ic_commit_data data = {0};
    if (len == 0) {
        *out = data;
        return IC_OK;
    }
    uint8_t version = ic_rd_u8(&r);
    size_t authority_len = ic_rd_u8(&r);
    struct ic_rd authority = ic_rd_sub(&r, authority_len);
    size_t acts_len = ic_rd_u16(&r);
    struct ic_rd acts = ic_rd_sub(&r, acts_len);
    if (!ic_rd_done(&r) || version != VERSION || acts_len > IC_COMMIT_ACTS_BYTES_MAX)
        return IC_ERR_INPUT;
    if (authority_len > 0) {
        parse_authority(&authority, &data.authority);
        if (!ic_rd_done(&authority))
            return IC_ERR_INPUT;
        data.has_authority = true;
    }
    if (!parse_acts(&acts, &data) || (data.act_count > 0 && !data.has_authority))
        return IC_ERR_INPUT;
    *out = data;
    return IC_OK;
}

static void write_act(struct ic_wr *w, const struct ic_act *act)
{
    ic_wr_u8(w, (uint8_t)act->type);
    switch (act->type) {
    case IC_ACT_LOCK:
        ic_wr_u8(w, 1);
        ic_wr_u8(w, act->is_locked ? 1 : 0);
        break;
    case IC_ACT_GENERATION:
        ic_wr_u8(w, 4);
        ic_wr_u32(w, act->generation);
        break;
    case IC_ACT_BAN:
        ic_wr_u8(w, IC_BAN_TAG_LEN);
        ic_wr_bytes(w, act->tag, IC_BAN_TAG_LEN);
        break;
    }
}

void ic_commit_data_write(struct ic_wr *w, const struct ic_commit_data *data)
{
    ic_wr_u8(w, VERSION);
    ic_wr_u8(w, data->has_authority ? IC_AUTHORITY_LEN : 0);
    if (data->has_authority)
        ic_authority_write(w, &data->authority);
    size_t mark = ic_wr_open16(w);
    for (size_t i = 0; i < data->act_count; i++)
        write_act(w, &data->acts[i]);
    ic_wr_close16(w, mark);
}
