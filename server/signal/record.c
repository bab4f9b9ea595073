#include "signal/record.h"

#include <string.h>

#define VERSION     1
#define FLAG_LOCKED 1
#define FLAG_HOST   1

static_assert(64 + IC_MERKLE_FRONTIER_MAX * IC_MERKLE_HASH_LEN +
                      IC_MLS_LEAVES_MAX * (3 + IC_SHA256_LEN) <=
                  IC_STORE_RECORD_MAX,
              "the longest record");

void ic_record_write(struct ic_wr *w, const struct ic_record *record)
{
    size_t hashes = ic_merkle_count(&record->log);
    ic_wr_u8(w, VERSION);
    ic_wr_u8(w, record->is_locked ? FLAG_LOCKED : 0);
    ic_wr_u32(w, record->generation);
    ic_wr_u64(w, record->log.size);
    ic_wr_u8(w, (uint8_t)hashes);
    for (size_t i = 0; i < hashes; i++)
        ic_wr_bytes(w, record->log.frontier[i].bytes, IC_MERKLE_HASH_LEN);
    ic_wr_u16(w, (uint16_t)record->seat_count);
    for (uint32_t i = 0; i < record->seat_count; i++) {
        const struct ic_record_seat *seat = &record->seats[i];
        ic_wr_u16(w, (uint16_t)seat->leaf);
        ic_wr_u8(w, seat->has_authority ? FLAG_HOST : 0);
        ic_wr_bytes(w, seat->session_hash, sizeof seat->session_hash);
    }
}

static void read_bytes(struct ic_rd *r, uint8_t *out, size_t n)
{
    const uint8_t *bytes = ic_rd_take(r, n);
    if (bytes != NULL)
        memcpy(out, bytes, n);
}

static bool read_log(struct ic_rd *r, struct ic_merkle *log)
{
    struct ic_merkle_hash frontier[IC_MERKLE_FRONTIER_MAX];
    uint64_t size = ic_rd_u64(r);
    size_t count = ic_rd_u8(r);
    if (count > IC_MERKLE_FRONTIER_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        read_bytes(r, frontier[i].bytes, IC_MERKLE_HASH_LEN);
    return ic_rd_ok(r) && ic_merkle_load(log, size, frontier, count) == IC_OK;
}

enum ic_err ic_record_parse(const uint8_t *bytes, size_t len, struct ic_record *out)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    uint8_t version = ic_rd_u8(&r), flags = ic_rd_u8(&r);
    out->is_locked = flags == FLAG_LOCKED;
    out->generation = ic_rd_u32(&r);
    if (version != VERSION || flags > FLAG_LOCKED || !read_log(&r, &out->log))
        return IC_ERR_INPUT;
    out->seat_count = ic_rd_u16(&r);
    if (out->seat_count > IC_MLS_LEAVES_MAX)
        return IC_ERR_INPUT;
    for (uint32_t i = 0; i < out->seat_count; i++) {
        struct ic_record_seat *seat = &out->seats[i];
        seat->leaf = ic_rd_u16(&r);
        seat->has_authority = ic_rd_u8(&r) == FLAG_HOST;
        read_bytes(&r, seat->session_hash, sizeof seat->session_hash);
    }
    return ic_rd_done(&r) ? IC_OK : IC_ERR_INPUT;
}
