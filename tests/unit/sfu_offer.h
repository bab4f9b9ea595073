/* An offer as a browser makes it, for tests of sfu/. */
#ifndef IC_TESTS_SFU_OFFER_H
#define IC_TESTS_SFU_OFFER_H

#include <stdio.h>
#include <string.h>

#include "msg/transport.h"

static inline void test_offer_add(struct ic_client_transport *offer, enum ic_kind kind,
                                  enum ic_direction direction)
{
    struct ic_section *s = &offer->sections[offer->section_count];
    *s = (struct ic_section){
        .kind = kind,
        .direction = direction,
        .source = kind == IC_KIND_AUDIO ? IC_SOURCE_MICROPHONE : IC_SOURCE_CAMERA,
        .codec_count = 1,
        .codecs = {{.codec = kind == IC_KIND_AUDIO ? IC_CODEC_OPUS : IC_CODEC_VP8,
                    .payload_type = kind == IC_KIND_AUDIO ? 111 : 96,
                    .rtx_payload_type = kind == IC_KIND_AUDIO ? 0 : 97}},
        .extensions = {.mid = 4, .transport_cc = 3},
    };
    snprintf(s->mid, sizeof s->mid, "%u", (unsigned)offer->section_count);
    offer->section_count++;
}

static inline struct ic_client_transport test_offer(void)
{
    struct ic_client_transport offer = {.ufrag = "abcd", .pwd = "0123456789012345678901"};
    test_offer_add(&offer, IC_KIND_AUDIO, IC_DIRECTION_SEND);
    test_offer_add(&offer, IC_KIND_VIDEO, IC_DIRECTION_SEND);
    for (int i = 0; i < IC_AUDIO_SLOTS; i++)
        test_offer_add(&offer, IC_KIND_AUDIO, IC_DIRECTION_RECEIVE);
    for (int i = 0; i < IC_VIDEO_SLOTS; i++)
        test_offer_add(&offer, IC_KIND_VIDEO, IC_DIRECTION_RECEIVE);
    return offer;
}

#endif
