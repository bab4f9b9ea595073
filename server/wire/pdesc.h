/* Codec payload descriptors: the only code that reads payload bytes. VP8 (RFC 7741 4.2): the
 * descriptor and the one byte behind it, whose lowest bit tells a key frame (RFC 7741 4.3).
 * Nothing further back is touched: it is ciphertext. */
#ifndef IC_WIRE_PDESC_H
#define IC_WIRE_PDESC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define IC_PDESC_VP8_MAX 6 /* X byte, extension byte, two of PictureID, TL0PICIDX, TID/KEYIDX */

struct ic_pdesc_vp8 {
    uint8_t len;               /* of the descriptor, 1..IC_PDESC_VP8_MAX */
    uint8_t partition;         /* PID */
    uint8_t picture_id_bits;   /* 0: absent; 7 or 15 */
    uint8_t picture_id_offset; /* in the descriptor */
    uint8_t tl0_offset;        /* in the descriptor; 0: absent */
    uint8_t tl0;               /* TL0PICIDX */
    uint8_t tid;               /* temporal layer; 0 when absent */
    uint8_t keyidx;            /* 0 when absent */
    bool has_tid, has_keyidx;
    bool layer_sync;    /* Y */
    bool non_reference; /* N */
    bool frame_start;   /* S set and PID 0: first packet of a frame */
    bool key_frame;     /* frame_start of a key frame */
    uint16_t picture_id;
};

/* Parse the descriptor and the byte behind it.
 *  payload  borrows
 *  IC_ERR_INPUT  cut before or right behind the descriptor; out untouched
 * Cost: O(1); reads at most IC_PDESC_VP8_MAX + 1 bytes. */
IC_NODISCARD enum ic_err ic_pdesc_vp8_parse(const uint8_t *payload, size_t len,
                                            struct ic_pdesc_vp8 *out);

/* Copy the descriptor of a shared payload with another PictureID and TL0PICIDX; the length stays,
 * so that it goes in front of the payload's rest (from byte desc->len on). Values are cut to the
 * width that is there; absent fields stay absent.
 *  payload  borrows; desc was parsed from it
 *  IC_ERR_INPUT  len is shorter than the descriptor; out untouched */
IC_NODISCARD enum ic_err ic_pdesc_vp8_rewrite(const uint8_t *payload, size_t len,
                                              const struct ic_pdesc_vp8 *desc, uint16_t picture_id,
                                              uint8_t tl0, uint8_t out[static IC_PDESC_VP8_MAX]);

#endif
