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

#define IC_LOAD_FRAME_MAX (IC_LOAD_FRAME_PACKETS_MAX * 1200)

struct ic_load_mark {
    uint64_t number; /* of the frame, from 0 on: it is the counter of SFrame, too */
    int64_t sent_us; /* on the clock of this process */
    uint8_t packets; /* of the frame */
};

/* Fill all len bytes of out with the frame; the cipher seals.
 *  is_key  of video: the first byte, which stays in clear, says so
 *  IC_ERR_FULL  len is too short for a mark    IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_load_frame_seal(struct ic_sframe_cipher *cipher, enum ic_kind kind,
                                            bool is_key, const struct ic_load_mark *mark,
                                            uint8_t *out, size_t len);
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
