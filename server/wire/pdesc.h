/* Codec payload descriptors: the only code that reads payload bytes. What is behind them is
 * ciphertext (docs/protocol/encryption.md 9) and is not touched, with one exception: the lowest
 * bit of the byte behind a VP8 descriptor, which is in clear and tells a key frame.
 *
 *   VP8  RFC 7741 4.2, 4.3     pdesc_vp8.c
 *   VP9  RFC 9628 4.2          pdesc_vp9.c
 *   AV1  RTP Payload Format For AV1 1.0, 4.4 (aggregation header)   pdesc_av1.c */
#ifndef IC_WIRE_PDESC_H
#define IC_WIRE_PDESC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"

#define IC_PDESC_HEAD_MAX 5 /* two flag bytes, two of PictureID, TL0PICIDX */
#define IC_PDESC_VP8_MAX  6 /* the same, TID/KEYIDX */

/* What the descriptors of all codecs have in common, as far as it is there. */
struct ic_pdesc {
    uint16_t len; /* of the descriptor */
    uint16_t picture_id;
    uint8_t picture_id_bits;   /* 0: absent; 7 or 15 */
    uint8_t picture_id_offset; /* in the descriptor */
    uint8_t tl0;               /* TL0PICIDX */
    uint8_t tl0_offset;        /* in the descriptor; 0: absent */
    uint8_t head_len;          /* up to the end of the two, 0..IC_PDESC_HEAD_MAX */
    uint8_t tid, sid;          /* temporal and spatial layer; 0 when absent */
    bool frame_start;          /* the packet begins a frame */
    bool frame_end;            /* it ends one; VP8 does not say */
    bool key_frame;            /* it begins a key frame */
};

struct ic_pdesc_vp8 {
    struct ic_pdesc common;
    uint8_t partition; /* PID */
    uint8_t keyidx;    /* 0 when absent */
    bool has_tid, has_keyidx;
    bool layer_sync;    /* Y */
    bool non_reference; /* N */
};

struct ic_pdesc_vp9 {
    struct ic_pdesc common; /* frame_start: B, frame_end: E, both of the layer's frame */
    bool inter_picture;     /* P: predicted from earlier pictures */
    bool flexible;          /* F */
    bool has_layers;        /* L */
    bool has_structure;     /* V: a scalability structure, passed over */
    bool switch_up;         /* U */
    bool inter_layer;       /* D: predicted from the layer below */
    bool not_for_upper;     /* Z: no reference for layers above */
};

struct ic_pdesc_av1 {
    struct ic_pdesc common; /* an OBU begins, ends: a frame is one OBU (encryption.md 9) */
    bool is_continued;      /* Z: begins inside an OBU */
    bool continues;         /* Y: ends inside an OBU */
    uint8_t elements;       /* W: OBU elements in the packet; 0: each has its length */
    bool sequence_start;    /* N: first packet of a coded video sequence */
};

/* Parse a descriptor.
 *  payload  borrows
 *  IC_ERR_INPUT  cut before or right behind the descriptor, or it contradicts itself; out untouched
 * Cost: O(length of the descriptor); reads at most one byte behind it (VP8). */
IC_NODISCARD enum ic_err ic_pdesc_vp8_parse(const uint8_t *payload, size_t len,
                                            struct ic_pdesc_vp8 *out);
IC_NODISCARD enum ic_err ic_pdesc_vp9_parse(const uint8_t *payload, size_t len,
                                            struct ic_pdesc_vp9 *out);
IC_NODISCARD enum ic_err ic_pdesc_av1_parse(const uint8_t *payload, size_t len,
                                            struct ic_pdesc_av1 *out);

/* Copy the head of a shared payload's descriptor (VP8, VP9) with another PictureID and TL0PICIDX;
 * the length stays, so that it goes in front of the payload's rest (from byte desc->head_len on).
 * Values are cut to the width that is there; absent fields stay absent.
 *  payload  borrows; desc was parsed from it
 *  IC_ERR_INPUT  len is shorter than the head; out untouched */
IC_NODISCARD enum ic_err ic_pdesc_rewrite(const uint8_t *payload, size_t len,
                                          const struct ic_pdesc *desc, uint16_t picture_id,
                                          uint8_t tl0, uint8_t out[static IC_PDESC_HEAD_MAX]);

/* For the parsers: the two numbers, which VP8 and VP9 write alike (RFC 7741 4.2, RFC 9628 4.2).
 *  length  of the whole payload, for the offsets */
void ic_pdesc_read_picture_id(struct ic_rd *rd, size_t length, struct ic_pdesc *d);
void ic_pdesc_read_tl0(struct ic_rd *rd, size_t length, struct ic_pdesc *d);

#endif
