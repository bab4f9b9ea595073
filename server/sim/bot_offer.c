#include "sim/bot_offer.h"

#include <stdio.h>

struct numbering {
    uint8_t opus, vp8, rtx, mid, transport_cc;
};

static const struct numbering NUMBERINGS[] = {
    {.opus = 111, .vp8 = 96, .rtx = 97, .mid = 4, .transport_cc = 3},
    {.opus = 109, .vp8 = 120, .rtx = 124, .mid = 3, .transport_cc = 7},
};

static void add(struct ic_client_transport *offer, const struct numbering *n, enum ic_kind kind,
                enum ic_direction direction)
{
    struct ic_section *s = &offer->sections[offer->section_count];
    *s = (struct ic_section){
        .kind = kind,
        .direction = direction,
        .source = kind == IC_KIND_AUDIO ? IC_SOURCE_MICROPHONE : IC_SOURCE_CAMERA,
        .codec_count = 1,
        .extensions = {.mid = n->mid, .transport_cc = n->transport_cc},
    };
    snprintf(s->mid, sizeof s->mid, "%u", (unsigned)offer->section_count);
    s->codecs[0] = kind == IC_KIND_AUDIO
                       ? (struct ic_codec_map){.codec = IC_CODEC_OPUS, .payload_type = n->opus}
                       : (struct ic_codec_map){.codec = IC_CODEC_VP8,
                                               .payload_type = n->vp8,
                                               .rtx_payload_type = n->rtx};
    offer->section_count++;
}

void ic_bot_offer_sections(struct ic_client_transport *offer, uint8_t numbering)
{
    const struct numbering *n = &NUMBERINGS[numbering % 2];
    offer->section_count = 0;
    add(offer, n, IC_KIND_AUDIO, IC_DIRECTION_SEND);
    add(offer, n, IC_KIND_VIDEO, IC_DIRECTION_SEND);
    for (int i = 0; i < IC_AUDIO_SLOTS; i++)
        add(offer, n, IC_KIND_AUDIO, IC_DIRECTION_RECEIVE);
    for (int i = 0; i < IC_VIDEO_SLOTS; i++)
        add(offer, n, IC_KIND_VIDEO, IC_DIRECTION_RECEIVE);
}
