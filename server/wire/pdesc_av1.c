#include "wire/pdesc.h"

/* RTP Payload Format For AV1 1.0, 4.4 */
#define IS_CONTINUED   0x80 /* Z */
#define CONTINUES      0x40 /* Y */
#define SEQUENCE_START 0x08 /* N */

enum ic_err ic_pdesc_av1_parse(const uint8_t *payload, size_t len, struct ic_pdesc_av1 *out)
{
    struct ic_rd rd = ic_rd_init(payload, len);
    struct ic_pdesc_av1 d = {.common = {.len = 1}};
    uint8_t header = ic_rd_u8(&rd);
    ic_rd_skip(&rd, 1); /* 4.5: "The payload contains a series of one or more OBU elements." */
    d.is_continued = (header & IS_CONTINUED) != 0;
    d.continues = (header & CONTINUES) != 0;
    d.elements = header >> 4 & 0x03;
    d.sequence_start = (header & SEQUENCE_START) != 0;
    d.common.frame_start = !d.is_continued;
    d.common.frame_end = !d.continues;
    d.common.key_frame = d.sequence_start;
    /* 4.4: "Note: if N equals 1 then Z must equal 0." */
    if (!ic_rd_ok(&rd) || (d.sequence_start && d.is_continued))
        return IC_ERR_INPUT;
    *out = d;
    return IC_OK;
}
