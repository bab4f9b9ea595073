/* The payload types of one section by codec: what a number on a packet of a track means, and under
 * which number a slot's receiver wants a codec. */
#ifndef IC_SFU_PAYLOAD_TYPES_H
#define IC_SFU_PAYLOAD_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "msg/transport.h"

struct ic_payload_types {
    uint8_t media[IC_CODECS]; /* 0: the section does not have the codec */
    uint8_t rtx[IC_CODECS];   /* 0: no retransmission stream */
};

/* The numbers of a section.
 *  section  borrows; was checked by ic_offer_is_fit */
static inline struct ic_payload_types ic_payload_types_of(const struct ic_section *section)
{
    struct ic_payload_types types = {{0}, {0}};
    for (size_t i = 0; i < section->codec_count; i++) {
        const struct ic_codec_map *map = &section->codecs[i];
        types.media[map->codec] = map->payload_type;
        types.rtx[map->codec] = map->rtx_payload_type;
    }
    return types;
}

/* The codec of a payload type; IC_CODEC_NONE: not of this section. Never finds 0.
 *  rtx  set: it is that of retransmissions */
static inline enum ic_codec ic_payload_types_codec(const struct ic_payload_types *types, uint8_t pt,
                                                   bool *rtx)
{
    for (unsigned codec = IC_CODEC_OPUS; codec < IC_CODECS; codec++) {
        *rtx = pt != 0 && types->rtx[codec] == pt;
        if (*rtx || (pt != 0 && types->media[codec] == pt))
            return (enum ic_codec)codec;
    }
    return IC_CODEC_NONE;
}

static inline bool ic_payload_types_has_rtx(const struct ic_payload_types *types)
{
    for (unsigned codec = IC_CODEC_OPUS; codec < IC_CODECS; codec++)
        if (types->rtx[codec] != 0)
            return true;
    return false;
}

#endif
