#include "sfu/binding.h"

#include <string.h>

#include "base/assert.h"
#include "sfu/worker_state.h"

static const struct ic_binding *find_ssrc(const struct ic_peer *peer, uint32_t ssrc)
{
    for (uint32_t i = 0; i < peer->binding_count; i++)
        if (peer->bindings[i].ssrc == ssrc)
            return &peer->bindings[i];
    return NULL;
}

/* RTX is bound after the media that it repeats. */
static bool may_bind(const struct ic_track *t, uint8_t pt, bool *rtx)
{
    if (ic_payload_types_codec(&t->types, pt, rtx) == IC_CODEC_NONE)
        return false;
    return *rtx ? t->ssrc != 0 && t->rtx_ssrc == 0 : t->ssrc == 0;
}

static bool is_rtx_of(const struct ic_track *t, uint8_t pt)
{
    bool rtx;
    return ic_payload_types_codec(&t->types, pt, &rtx) != IC_CODEC_NONE && rtx;
}

/* The section by its MID. Senders leave the MID out once a report told them that it was understood,
 * which they may do for RTX, too, having heard of the media only: then the payload type tells, if
 * only one section has it (RFC 8843 9.2). */
static bool find_section(const struct ic_worker *w, const struct ic_peer *peer,
                         const struct ic_rtp *rtp, const struct ic_hdrext_values *values,
                         uint8_t *index)
{
    uint32_t found = 0;
    for (uint8_t i = 0; i < peer->track_count; i++) {
        const struct ic_track *t = ic_worker_track(w, peer->tracks[i]);
        bool is_named =
            values->mid[0] != '\0' ? strcmp(values->mid, t->mid) == 0 : is_rtx_of(t, rtp->pt);
        if (!is_named)
            continue;
        *index = i;
        found++;
    }
    return found == 1;
}

static const struct ic_binding *bind(struct ic_worker *w, struct ic_peer *peer,
                                     const struct ic_rtp *rtp,
                                     const struct ic_hdrext_values *values)
{
    uint8_t index = 0;
    if (rtp->ssrc == 0 || peer->binding_count == IC_PEER_BINDINGS_MAX ||
        !find_section(w, peer, rtp, values, &index))
        return NULL;
    struct ic_track *track = ic_worker_track(w, peer->tracks[index]);
    bool rtx;
    if (!may_bind(track, rtp->pt, &rtx))
        return NULL;
    struct ic_binding *b = &peer->bindings[peer->binding_count];
    *b = (struct ic_binding){.ssrc = rtp->ssrc, .track = index, .rtx = rtx};
    if (b->rtx)
        track->rtx_ssrc = rtp->ssrc;
    else
        ic_track_bind(w, track, rtp->ssrc);
    peer->binding_count++;
    return b;
}

/* Over a relay both ends know every SSRC. */
static struct ic_track *find_relayed(const struct ic_worker *w, const struct ic_peer *peer,
                                     const struct ic_rtp *rtp, bool *rtx, enum ic_codec *codec)
{
    bool is_rtx_pt;
    struct ic_track *track = ic_relay_member_track(w, peer, rtp->ssrc, rtx);
    if (track == NULL)
        return NULL;
    *codec = ic_payload_types_codec(&track->types, rtp->pt, &is_rtx_pt);
    return *codec != IC_CODEC_NONE && *rtx == is_rtx_pt ? track : NULL;
}

struct ic_track *ic_binding_find(struct ic_worker *w, struct ic_peer *peer,
                                 const struct ic_rtp *rtp, const struct ic_hdrext_values *values,
                                 bool *rtx, enum ic_codec *codec)
{
    if (peer->role == IC_PEER_RELAY_MEMBER)
        return find_relayed(w, peer, rtp, rtx, codec);
    const struct ic_binding *b = find_ssrc(peer, rtp->ssrc);
    if (b == NULL)
        b = bind(w, peer, rtp, values);
    if (b == NULL)
        return NULL;
    struct ic_track *track = ic_worker_track(w, peer->tracks[b->track]);
    *codec = ic_payload_types_codec(&track->types, rtp->pt, rtx);
    return *codec != IC_CODEC_NONE && *rtx == b->rtx ? track : NULL;
}
