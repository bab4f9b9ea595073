/* One frame of a load test: sealed with SFrame as a browser does it (docs/protocol/encryption.md
 * 9), so that the server can read of it what it can of any, and nothing else. Inside stands which
 * frame it is and when it was sent. */
#ifndef IC_SHELL_LOAD_FRAME_H
#define IC_SHELL_LOAD_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "media/sframe_cipher.h"
#include "msg/transport.h"
#include "wire/sframe.h"

#define IC_LOAD_FRAME_MAX           (IC_LOAD_FRAME_PACKETS_MAX * 1200)
#define IC_LOAD_FRAME_MARK_LEN      33
#define IC_LOAD_FRAME_EXPANSION_MAX (IC_SFRAME_HEADER_MAX + 16) /* by sealing */

struct ic_load_mark {
    uint64_t number;  /* of the frame of its source, from 0 on */
    uint64_t counter; /* of SFrame: from 0 on with each key; not in the frame's own text */
    uint64_t epoch;   /* of the key */
    int64_t sent_us;  /* on the clock of this process */
    uint32_t member;  /* who sends it */
    uint32_t spell;   /* how often this source had been switched on before */
    uint8_t packets;  /* of the frame */
};

/* How long a frame of so many bytes is when it is sealed; what is too short for a mark is made
 * longer. */
size_t ic_load_frame_sealed_len(const struct ic_sframe_cipher *cipher, enum ic_kind kind,
                                bool is_key, uint64_t counter, size_t plain_len);
/* Fill all len bytes of out with the frame; the cipher seals.
 *  is_key  of video: the first byte, which stays in clear, says so
 *  IC_ERR_FULL  len is too short for a mark    IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_load_frame_seal(struct ic_sframe_cipher *cipher, enum ic_kind kind,
                                            bool is_key, const struct ic_load_mark *mark,
                                            uint8_t *out, size_t len);
/* Of a frame of video: it can be decoded without another one. Of sound each can. */
bool ic_load_frame_is_key(enum ic_kind kind, const uint8_t *bytes, size_t len);
/* The number of the key with which a frame was sealed.
 *  IC_ERR_INPUT  it is none */
IC_NODISCARD enum ic_err ic_load_frame_kid(enum ic_kind kind, const uint8_t *bytes, size_t len,
                                           uint64_t *kid);
/*  IC_ERR_INPUT  it is no frame of a load test    IC_ERR_GONE  sealed with another key
 *  IC_ERR_AUTH   the tag is wrong */
IC_NODISCARD enum ic_err ic_load_frame_open(struct ic_sframe_cipher *cipher, enum ic_kind kind,
                                            const uint8_t *bytes, size_t len,
                                            struct ic_load_mark *out);

#endif
