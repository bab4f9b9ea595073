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
static bool may_bind(const struct ic_track *t, uint8_t pt)
{
    if (pt == t->pt)
        return t->ssrc == 0;
    return t->rtx_pt != 0 && pt == t->rtx_pt && t->ssrc != 0 && t->rtx_ssrc == 0;
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
        bool is_named = values->mid[0] != '\0' ? strcmp(values->mid, t->mid) == 0
                                               : t->rtx_pt != 0 && rtp->pt == t->rtx_pt;
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
    if (!may_bind(track, rtp->pt))
        return NULL;
    struct ic_binding *b = &peer->bindings[peer->binding_count];
    *b = (struct ic_binding){.ssrc = rtp->ssrc, .track = index, .rtx = rtp->pt != track->pt};
    if (b->rtx)
        track->rtx_ssrc = rtp->ssrc;
    else
        ic_track_bind(w, track, rtp->ssrc);
    peer->binding_count++;
    return b;
}

struct ic_track *ic_binding_find(struct ic_worker *w, struct ic_peer *peer,
                                 const struct ic_rtp *rtp, const struct ic_hdrext_values *values,
                                 bool *rtx)
{
    const struct ic_binding *b = find_ssrc(peer, rtp->ssrc);
    if (b == NULL)
        b = bind(w, peer, rtp, values);
    if (b == NULL)
        return NULL;
    struct ic_track *track = ic_worker_track(w, peer->tracks[b->track]);
    *rtx = b->rtx;
    return rtp->pt == (b->rtx ? track->rtx_pt : track->pt) ? track : NULL;
}
