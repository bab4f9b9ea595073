/* The content of simulated media: each packet says which source, frame and place it is, and what
 * its source's numbers were, so that a receiver can check all that the server rewrote. */
#ifndef IC_SIM_MARK_H
#define IC_SIM_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "base/wr.h"
#include "msg/transport.h"
#include "wire/pdesc.h"

struct ic_mark {
    enum ic_codec codec;
    bool flexible;   /* VP9: how the descriptor is written; not part of the mark */
    uint64_t source; /* key of the peer */
    uint32_t frame;
    uint8_t index, count; /* place in the frame, packets of the frame */
    bool key;
    uint32_t ts; /* in the source's numbers, as the next two */
    uint16_t picture_id;
    uint8_t tl0;
    int64_t captured_us; /* world time */
};

/* Write a whole payload: for video the codec's descriptor, as browsers write it for one layer (VP8,
 * VP9: 15 bits of PictureID; TL0PICIDX, not in VP9's flexible mode; a scalability structure on VP9
 * key frames), for VP8 the first payload byte; then the mark, then filler up to len. */
void ic_mark_write(struct ic_wr *w, const struct ic_mark *mark, size_t len);
/* Read a payload and its descriptor (zeros for sound).
 *  IC_ERR_INPUT  it is not one of ours */
IC_NODISCARD enum ic_err ic_mark_parse(const uint8_t *payload, size_t len, enum ic_codec codec,
                                       struct ic_mark *mark, struct ic_pdesc *pdesc);

#endif
