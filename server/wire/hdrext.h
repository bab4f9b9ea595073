/* RTP header extension elements, one-byte and two-byte form (RFC 8285 4.2, 4.3), and the four that
 * this server knows: mid and rids (RFC 8852, RFC 9143), transport-wide sequence number
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01). The audio level is never looked for. */
#ifndef IC_WIRE_HDREXT_H
#define IC_WIRE_HDREXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/rd.h"
#include "base/wr.h"

/* RFC 8285 4.2: "The 16-bit value ... 0xBEDE" */
#define IC_HDREXT_PROFILE_ONE_BYTE 0xBEDE
/* RFC 8285 4.3: 0x100 in the upper 12 bits; the lower four are "appbits" */
#define IC_HDREXT_PROFILE_TWO_BYTE 0x1000
#define IC_HDREXT_ONE_BYTE_ID_MAX  14
#define IC_HDREXT_ONE_BYTE_LEN_MAX 16

/* Walk over the elements of one packet. Borrows the bytes while it is used. */
struct ic_hdrext {
    struct ic_rd rd;
    bool two_byte;
    bool bad; /* an element reached past the end */
};

struct ic_hdrext_element {
    uint8_t id;          /* 1..14 or 1..255 */
    uint8_t len;         /* bytes at data; 0 only in the two-byte form */
    const uint8_t *data; /* lent from the packet; not NULL */
};

/* Start over the extension bytes of a packet (ic_rtp_extension).
 *  profile  of any other value: no elements, not bad */
void ic_hdrext_begin(struct ic_hdrext *x, uint16_t profile, struct ic_rd bytes);
/* The next element, padding skipped; false at the end or when malformed (then x->bad). */
bool ic_hdrext_next(struct ic_hdrext *x, struct ic_hdrext_element *out);

/* Ids of one section, 1..14; 0: not negotiated. */
struct ic_hdrext_ids {
    uint8_t mid, rid, repaired_rid, transport_cc;
};

/* What a packet said. Texts are copied and terminated; only printable ASCII is taken. */
struct ic_hdrext_values {
    bool has_transport_cc;
    uint16_t transport_cc;
    char mid[IC_MID_LEN_MAX + 1]; /* "": absent */
    char rid[IC_RID_LEN_MAX + 1];
    char repaired_rid[IC_RID_LEN_MAX + 1];
};

/* Read the known elements. An element of unfit length or text counts as absent; of two equal ones
 * the first counts.
 *  bytes  borrows
 *  IC_ERR_INPUT  an element reaches past the end: drop the packet; out untouched
 * Cost: O(bytes). */
IC_NODISCARD enum ic_err ic_hdrext_read(uint16_t profile, struct ic_rd bytes,
                                        const struct ic_hdrext_ids *ids,
                                        struct ic_hdrext_values *out);

/* One element to write in the one-byte form: id 1..14, len 1..16 (asserted). */
struct ic_hdrext_item {
    uint8_t id;
    uint8_t len;
    uint8_t data[IC_HDREXT_ONE_BYTE_LEN_MAX];
};

/* Write profile, length and elements, padded to 32 bits; count > 0. A full writer turns bad. */
void ic_hdrext_write(struct ic_wr *w, const struct ic_hdrext_item *items, size_t count);

#endif
