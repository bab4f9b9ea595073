#include "sfu/offer.h"

#include <string.h>

/* RFC 8839 5.4: "ice-pwd-att = "ice-pwd:" password; password = 22*256ice-char", ufrag 4*256 */
#define UFRAG_MIN 4
#define PWD_MIN   22
/* RFC 5761 4: 64 to 95 would look like RTCP. */
#define PT_RTCP_FIRST 64
#define PT_RTCP_LAST  95
#define PT_MAX        127

/* What a payload type of the transport means: RFC 8843 9.1: "Any codecs associated with the same
 * payload type number MUST share an identical codec configuration". */
struct payload_types {
    enum ic_codec codec[PT_MAX + 1];
    bool rtx[PT_MAX + 1];
};

static size_t text_len(const char *text, size_t cap)
{
    const char *end = memchr(text, '\0', cap);
    return end == NULL ? 0 : (size_t)(end - text);
}

uint32_t ic_offer_clock_rate(enum ic_kind kind)
{
    return kind == IC_KIND_AUDIO ? 48000 : 90000;
}

struct ic_hdrext_ids ic_offer_extension_ids(const struct ic_client_transport *offer)
{
    struct ic_hdrext_ids ids = {0};
    for (size_t i = 0; i < offer->section_count; i++) {
        const struct ic_section *s = &offer->sections[i];
        if (s->direction != IC_DIRECTION_SEND)
            continue;
        ids.mid = ids.mid != 0 ? ids.mid : s->extensions.mid;
        ids.transport_cc = ids.transport_cc != 0 ? ids.transport_cc : s->extensions.transport_cc;
    }
    return ids;
}

static bool claim(struct payload_types *types, uint8_t pt, enum ic_codec codec, bool rtx)
{
    if (pt > PT_MAX || (pt >= PT_RTCP_FIRST && pt <= PT_RTCP_LAST))
        return false;
    bool is_free = types->codec[pt] == IC_CODEC_NONE;
    if (!is_free && (types->codec[pt] != codec || types->rtx[pt] != rtx))
        return false;
    types->codec[pt] = codec;
    types->rtx[pt] = rtx;
    return true;
}

static bool is_codec_of(enum ic_codec codec, enum ic_kind kind)
{
    if (kind == IC_KIND_AUDIO)
        return codec == IC_CODEC_OPUS;
    return ic_codec_is_video(codec) && codec < IC_CODECS;
}

static bool are_codecs_fit(const struct ic_section *s, struct payload_types *types)
{
    uint32_t seen = 0;
    if (s->codec_count == 0 || s->codec_count > IC_CODECS_PER_SECTION_MAX)
        return false;
    for (size_t i = 0; i < s->codec_count; i++) {
        const struct ic_codec_map *c = &s->codecs[i];
        if (!is_codec_of(c->codec, s->kind) || (seen & 1U << c->codec) != 0)
            return false;
        seen |= 1U << c->codec;
        if (c->payload_type == 0 || !claim(types, c->payload_type, c->codec, false))
            return false;
        if (c->rtx_payload_type != 0 && !claim(types, c->rtx_payload_type, c->codec, true))
            return false;
    }
    return true;
}

/* Ids are 0 or 1..14, and no two extensions of a section share one. */
static bool are_extensions_fit(const struct ic_extension_ids *x)
{
    const uint8_t ids[] = {x->mid, x->rid, x->repaired_rid, x->transport_cc};
    uint32_t seen = 0;
    for (size_t i = 0; i < sizeof ids; i++) {
        if (ids[i] == 0)
            continue;
        if (ids[i] > IC_HDREXT_ONE_BYTE_ID_MAX || (seen & 1U << ids[i]) != 0)
            return false;
        seen |= 1U << ids[i];
    }
    return true;
}

static bool is_source_fit(const struct ic_section *s)
{
    if (s->source != IC_SOURCE_MICROPHONE && s->source != IC_SOURCE_CAMERA)
        return false;
    /* Without a MID no packet can be told to be of this section. */
    return (s->source == IC_SOURCE_MICROPHONE) == (s->kind == IC_KIND_AUDIO) &&
           s->extensions.mid != 0;
}

static bool is_section_fit(const struct ic_section *s, struct payload_types *types)
{
    /* Several encodings of one source cannot be served yet. */
    if (text_len(s->mid, sizeof s->mid) == 0 || s->rid_count > 0)
        return false;
    if (s->kind != IC_KIND_AUDIO && s->kind != IC_KIND_VIDEO)
        return false;
    if (s->direction != IC_DIRECTION_SEND && s->direction != IC_DIRECTION_RECEIVE)
        return false;
    if (s->direction == IC_DIRECTION_SEND && !is_source_fit(s))
        return false;
    return are_codecs_fit(s, types) && are_extensions_fit(&s->extensions);
}

/* Two sections of one transport. */
static bool are_compatible(const struct ic_section *a, const struct ic_section *b)
{
    if (strcmp(a->mid, b->mid) == 0)
        return false;
    if (a->direction != IC_DIRECTION_SEND || b->direction != IC_DIRECTION_SEND)
        return true;
    if (a->source == b->source || a->extensions.mid != b->extensions.mid)
        return false;
    return a->extensions.transport_cc == b->extensions.transport_cc ||
           a->extensions.transport_cc == 0 || b->extensions.transport_cc == 0;
}

static bool are_counts_fit(const struct ic_client_transport *offer)
{
    size_t sending = 0, slots[2] = {0};
    for (size_t i = 0; i < offer->section_count; i++) {
        const struct ic_section *s = &offer->sections[i];
        if (s->direction == IC_DIRECTION_SEND)
            sending++;
        else
            slots[s->kind == IC_KIND_VIDEO]++;
    }
    return sending <= IC_SEND_SECTIONS_MAX && slots[0] <= IC_AUDIO_SLOTS &&
           slots[1] <= IC_VIDEO_SLOTS;
}

bool ic_offer_is_fit(const struct ic_client_transport *offer)
{
    struct payload_types types = {0};
    if (text_len(offer->ufrag, sizeof offer->ufrag) < UFRAG_MIN ||
        text_len(offer->pwd, sizeof offer->pwd) < PWD_MIN)
        return false;
    if (offer->section_count == 0 || offer->section_count > IC_SECTIONS_MAX)
        return false;
    for (size_t i = 0; i < offer->section_count; i++) {
        if (!is_section_fit(&offer->sections[i], &types))
            return false;
        for (size_t k = 0; k < i; k++)
            if (!are_compatible(&offer->sections[k], &offer->sections[i]))
                return false;
    }
    return are_counts_fit(offer);
}
