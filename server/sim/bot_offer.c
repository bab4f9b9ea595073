#include "sim/bot_offer.h"

#include <stdio.h>

struct numbering {
    struct ic_codec_map opus, video[3]; /* best supported first */
    uint8_t mid, transport_cc;
};

/* The same number stands for different things in the two. */
static const struct numbering NUMBERINGS[] = {
    {.opus = {IC_CODEC_OPUS, 111, 0},
     .video = {{IC_CODEC_VP8, 96, 97}, {IC_CODEC_VP9, 98, 99}, {IC_CODEC_AV1, 45, 46}},
     .mid = 4,
     .transport_cc = 3},
    {.opus = {IC_CODEC_OPUS, 109, 0},
     .video = {{IC_CODEC_VP8, 120, 124}, {IC_CODEC_VP9, 121, 125}, {IC_CODEC_AV1, 99, 96}},
     .mid = 3,
     .transport_cc = 7},
};

static void add(struct ic_client_transport *offer, const struct numbering *n, uint32_t lacks,
                enum ic_kind kind, enum ic_direction direction)
{
    struct ic_section *s = &offer->sections[offer->section_count];
    *s = (struct ic_section){
        .kind = kind,
        .direction = direction,
        .source = kind == IC_KIND_AUDIO ? IC_SOURCE_MICROPHONE : IC_SOURCE_CAMERA,
        .extensions = {.mid = n->mid, .transport_cc = n->transport_cc},
    };
    snprintf(s->mid, sizeof s->mid, "%u", (unsigned)offer->section_count);
    if (kind == IC_KIND_AUDIO)
        s->codecs[s->codec_count++] = n->opus;
    for (size_t i = 0; i < 3 && kind == IC_KIND_VIDEO; i++)
        if ((lacks & 1U << n->video[i].codec) == 0)
            s->codecs[s->codec_count++] = n->video[i];
    offer->section_count++;
}

void ic_bot_offer_sections(struct ic_client_transport *offer, uint8_t numbering, uint32_t lacks)
{
    const struct numbering *n = &NUMBERINGS[numbering % 2];
    offer->section_count = 0;
    add(offer, n, lacks, IC_KIND_AUDIO, IC_DIRECTION_SEND);
    add(offer, n, lacks, IC_KIND_VIDEO, IC_DIRECTION_SEND);
    for (int i = 0; i < IC_AUDIO_SLOTS; i++)
        add(offer, n, lacks, IC_KIND_AUDIO, IC_DIRECTION_RECEIVE);
    for (int i = 0; i < IC_VIDEO_SLOTS; i++)
        add(offer, n, lacks, IC_KIND_VIDEO, IC_DIRECTION_RECEIVE);
}
