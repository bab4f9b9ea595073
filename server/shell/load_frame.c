#include "shell/load_frame.h"

#include <string.h>

#include "base/rd.h"

#define MAGIC     0x49436c64u
#define CLEAR_KEY 10 /* encryption.md 9, VP8: of a key frame, else 1 */
#define CLEAR_MAX CLEAR_KEY
#define FILLER    0xa5

static const uint8_t CLEAR[CLEAR_MAX] = {0x10, 0x02, 0x00, 0x9d, 0x01,
                                         0x2a, 0x80, 0x02, 0xe0, 0x01};
static const char METADATA[] = "ICv1";

bool ic_load_frame_is_key(enum ic_kind kind, const uint8_t *bytes, size_t len)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    /* RFC 7741 4.3: the lowest bit is clear in a key frame */
    return kind == IC_KIND_AUDIO || (ic_rd_u8(&r) & 1) == 0;
}

/* Of a frame: what stays in clear. */
static size_t clear_len(enum ic_kind kind, const uint8_t *bytes, size_t len)
{
    if (kind == IC_KIND_AUDIO)
        return 0;
    return ic_load_frame_is_key(kind, bytes, len) ? CLEAR_KEY : 1;
}

static size_t header_len(uint64_t kid, uint64_t counter)
{
    uint8_t bytes[IC_SFRAME_HEADER_MAX];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    ic_sframe_write(&w, kid, counter);
    return w.len;
}

/* clear || "ICv1" */
static struct ic_part metadata_of(const uint8_t *clear, size_t len,
                                  uint8_t out[static CLEAR_MAX + sizeof METADATA])
{
    struct ic_wr w = ic_wr_init(out, CLEAR_MAX + sizeof METADATA);
    ic_wr_bytes(&w, clear, len);
    ic_wr_text(&w, METADATA);
    return (struct ic_part){.bytes = out, .len = w.len};
}

size_t ic_load_frame_sealed_len(const struct ic_sframe_cipher *cipher, enum ic_kind kind,
                                bool is_key, uint64_t counter, size_t plain_len)
{
    size_t clear = kind == IC_KIND_AUDIO ? 0 : is_key ? CLEAR_KEY : 1;
    size_t least = clear + IC_LOAD_FRAME_MARK_LEN;
    return (plain_len > least ? plain_len : least) + header_len(cipher->kid, counter) +
           cipher->tag_len;
}

static void write_mark(struct ic_wr *w, const struct ic_load_mark *mark)
{
    ic_wr_u32(w, MAGIC);
    ic_wr_u64(w, mark->number);
    ic_wr_u64(w, (uint64_t)mark->sent_us);
    ic_wr_u32(w, (uint32_t)mark->epoch);
    ic_wr_u32(w, mark->member);
    ic_wr_u32(w, mark->spell);
    ic_wr_u8(w, mark->packets);
}

static bool read_mark(struct ic_rd *r, struct ic_load_mark *out)
{
    uint32_t magic = ic_rd_u32(r);
    struct ic_load_mark mark = {.number = ic_rd_u64(r)};
    mark.sent_us = (int64_t)ic_rd_u64(r);
    mark.epoch = ic_rd_u32(r);
    mark.member = ic_rd_u32(r);
    mark.spell = ic_rd_u32(r);
    mark.packets = ic_rd_u8(r);
    *out = mark;
    return ic_rd_ok(r) && magic == MAGIC;
}

enum ic_err ic_load_frame_seal(struct ic_sframe_cipher *cipher, enum ic_kind kind, bool is_key,
                               const struct ic_load_mark *mark, uint8_t *out, size_t len)
{
    uint8_t plain[IC_LOAD_FRAME_MAX], metadata[CLEAR_MAX + sizeof METADATA], clear[CLEAR_MAX];
    memcpy(clear, CLEAR, sizeof clear);
    clear[0] |= is_key ? 0 : 1;
    struct ic_wr w = ic_wr_init(out, len);
    ic_wr_bytes(&w, clear, clear_len(kind, clear, sizeof clear));
    size_t taken = w.len + header_len(cipher->kid, mark->counter) + cipher->tag_len;
    if (len > sizeof plain || len < taken + IC_LOAD_FRAME_MARK_LEN)
        return IC_ERR_FULL;
    struct ic_part text = {.bytes = plain, .len = len - taken};
    struct ic_part about = metadata_of(clear, w.len, metadata);
    struct ic_wr p = ic_wr_init(plain, sizeof plain);
    write_mark(&p, mark);
    memset(&plain[p.len], FILLER, text.len - p.len);
    return ic_sframe_cipher_seal(cipher, mark->counter, &about, &text, &w);
}

enum ic_err ic_load_frame_kid(enum ic_kind kind, const uint8_t *bytes, size_t len, uint64_t *kid)
{
    struct ic_sframe header;
    size_t skip = clear_len(kind, bytes, len);
    if (len < skip || ic_sframe_parse(&bytes[skip], len - skip, &header) != IC_OK)
        return IC_ERR_INPUT;
    *kid = header.kid;
    return IC_OK;
}

enum ic_err ic_load_frame_open(struct ic_sframe_cipher *cipher, enum ic_kind kind,
                               const uint8_t *bytes, size_t len, struct ic_load_mark *out)
{
    uint8_t plain[IC_LOAD_FRAME_MAX], metadata[CLEAR_MAX + sizeof METADATA];
    size_t skip = clear_len(kind, bytes, len);
    if (len < skip)
        return IC_ERR_INPUT;
    struct ic_part about = metadata_of(bytes, skip, metadata);
    struct ic_part sealed = {.bytes = &bytes[skip], .len = len - skip};
    struct ic_wr w = ic_wr_init(plain, sizeof plain);
    enum ic_err err = ic_sframe_cipher_open(cipher, &about, &sealed, &w);
    if (err != IC_OK)
        return err;
    struct ic_rd r = ic_rd_init(plain, w.len);
    return read_mark(&r, out) ? IC_OK : IC_ERR_INPUT;
}
