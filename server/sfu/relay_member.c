#include "sfu/relay_member.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/ct.h"
#include "sfu/assignment.h"
#include "sfu/rtcp_in.h"
#include "sfu/worker_state.h"

/* Places of an SSRC: our own reports, then media of each slot, then its retransmissions. */
#define PLACE_REPORTS 0U
#define PLACE_MEDIA   1U
#define PLACE_RTX     (PLACE_MEDIA + IC_SLOTS_MAX)
#define PLACES        (PLACE_RTX + IC_SLOTS_MAX)

static_assert(PLACES <= 1U << IC_RELAY_NUMBER_SHIFT, "every place has an SSRC");
static_assert(IC_RELAY_NUMBER_MAX == UINT32_MAX >> IC_RELAY_NUMBER_SHIFT, "every number, too");
static_assert(IC_AUDIO_SLOTS <= IC_PEER_SSRCS_MAX && IC_VIDEO_SLOTS <= IC_PEER_SSRCS_MAX,
              "a session holds the streams of one kind");

static uint32_t ssrc_of(uint32_t number, uint32_t place)
{
    return number << IC_RELAY_NUMBER_SHIFT | place;
}

/* Slot i of a relay, at both ends: first those for sound. There is nothing to negotiate: one
 * program is at both ends. */
static struct ic_section section_of(uint32_t slot, enum ic_direction direction)
{
    bool is_audio = slot < IC_AUDIO_SLOTS;
    struct ic_section s = {
        .kind = is_audio ? IC_KIND_AUDIO : IC_KIND_VIDEO,
        .source = is_audio ? IC_SOURCE_MICROPHONE : IC_SOURCE_CAMERA,
        .direction = direction,
        .codecs = {{.codec = IC_CODEC_VP8, .payload_type = 96, .rtx_payload_type = 97},
                   {.codec = IC_CODEC_VP9, .payload_type = 98, .rtx_payload_type = 99},
                   {.codec = IC_CODEC_AV1, .payload_type = 100, .rtx_payload_type = 101}},
        .codec_count = 3,
    };
    if (is_audio) {
        s.codecs[0] = (struct ic_codec_map){.codec = IC_CODEC_OPUS, .payload_type = 111};
        s.codec_count = 1;
    }
    s.mid[0] = (char)('0' + slot / 10);
    s.mid[1] = (char)('0' + slot % 10);
    return s;
}

/* ---- life ---- */

static void init_slots(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                       uint32_t number)
{
    peer->ssrc = ssrc_of(number, PLACE_REPORTS);
    for (uint32_t i = 0; i < IC_SLOTS_MAX; i++) {
        struct ic_section section = section_of(i, IC_DIRECTION_RECEIVE);
        struct ic_slot *slot = ic_slot_init(w, now, peer, &section);
        slot->tx.ssrc = ssrc_of(number, PLACE_MEDIA + i);
        if (slot->rtx_ssrc != 0)
            slot->rtx_ssrc = ssrc_of(number, PLACE_RTX + i);
    }
}

static void init_tracks(struct ic_worker *w, struct ic_peer *peer, uint32_t number)
{
    for (uint32_t i = 0; i < IC_SLOTS_MAX; i++) {
        struct ic_section section = section_of(i, IC_DIRECTION_SEND);
        struct ic_ref ref;
        struct ic_track *track = ic_pool_get(&w->tracks, &ref);
        IC_ASSERT(track != NULL); /* there is one for each slot of each meeting on a relay */
        ic_track_init(track, ref, peer, &section);
        track->person = 0;
        ic_track_bind(w, track, ssrc_of(number, PLACE_MEDIA + i));
        track->rtx_ssrc = ssrc_of(number, PLACE_RTX + i);
        peer->tracks[peer->track_count++] = ref;
    }
}

/* The relay's keys once more, for the streams of this meeting. */
static bool init_sessions(struct ic_relay_member *m, struct ic_peer_io *io,
                          const struct ic_srtp_engine *engine)
{
    struct ic_srtp_keys keys;
    bool is_good = ic_peer_io_keys(io, &keys) == IC_OK;
    for (size_t i = 0; i < IC_RELAY_SESSIONS && is_good; i++)
        is_good = ic_srtp_init(&m->in[i], &keys, engine) == IC_OK;
    ic_ct_wipe(&keys, sizeof keys);
    return is_good;
}

static void drop_member(struct ic_worker *w, struct ic_relay_member *m, struct ic_ref ref)
{
    for (size_t i = 0; i < IC_RELAY_SESSIONS; i++)
        ic_srtp_deinit(&m->in[i]);
    ic_pool_put(&w->relay_members, ref);
}

/* A number for which there was no place: nothing was sent or taken under it. */
static uint32_t *find_waiting(struct ic_peer *relay, uint32_t number)
{
    for (size_t i = 0; i < IC_RELAY_WAITING_MAX; i++)
        if (number != 0 && relay->relay_waiting[i] == number)
            return &relay->relay_waiting[i];
    return NULL;
}

/* LIMIT: of more than IC_RELAY_WAITING_MAX the one that was refused first counts as used. */
static void note_waiting(struct ic_peer *relay, uint32_t number)
{
    if (find_waiting(relay, number) != NULL)
        return;
    relay->relay_waiting[relay->relay_waiting_next] = number;
    relay->relay_waiting_next = (uint8_t)((relay->relay_waiting_next + 1) % IC_RELAY_WAITING_MAX);
}

static void note_used(struct ic_peer *relay, uint32_t number)
{
    uint32_t *waiting = find_waiting(relay, number);
    if (waiting != NULL)
        *waiting = 0;
    if (number > relay->relay_numbers[number & 1])
        relay->relay_numbers[number & 1] = number;
}

/* The end of the relay that the command names. A number that is not above all before it, of the
 * even or of the odd ones, would use up an SSRC, and with it a nonce, a second time; but for one
 * that waits. */
static struct ic_peer *find_relay(const struct ic_worker *w, const struct ic_cmd *cmd)
{
    uint32_t index;
    if (!ic_map_find(&w->by_key, &cmd->relay, &index))
        return NULL;
    struct ic_peer *relay = ic_worker_peer(w, index);
    bool is_unused = cmd->number > relay->relay_numbers[cmd->number & 1] ||
                     find_waiting(relay, cmd->number) != NULL;
    bool is_fit = relay->role == IC_PEER_RELAY && relay->connected && is_unused &&
                  cmd->number <= IC_RELAY_NUMBER_MAX;
    return is_fit ? relay : NULL;
}

static struct ic_relay_member *make_member(struct ic_worker *w, struct ic_peer *relay,
                                           const struct ic_cmd *cmd, struct ic_ref *ref)
{
    struct ic_relay_member *m = ic_pool_get(&w->relay_members, ref);
    if (m == NULL)
        return NULL;
    m->relay = relay->ref.index;
    m->number = cmd->number;
    m->node = cmd->node;
    if (init_sessions(m, &relay->io, &w->config.engine))
        return m;
    drop_member(w, m, *ref);
    return NULL;
}

static bool enter(struct ic_worker *w, struct ic_time now, struct ic_peer *relay,
                  const struct ic_cmd *cmd)
{
    struct ic_ref ref;
    struct ic_relay_member *m = make_member(w, relay, cmd, &ref);
    struct ic_peer *peer = m == NULL ? NULL : ic_peer_make(w, now, cmd->peer, IC_PEER_RELAY_MEMBER);
    if (peer == NULL) {
        if (m != NULL)
            drop_member(w, m, ref);
        return false;
    }
    struct ic_room *room = ic_room_enter(&w->rooms, cmd->room, peer->ref.index, true);
    if (room == NULL) {
        ic_peer_unmake(w, peer);
        drop_member(w, m, ref);
        return false;
    }
    struct ic_relay_number key = {.relay = m->relay, .number = m->number};
    enum ic_err err = ic_map_set(&w->by_number, &key, peer->ref.index);
    IC_ASSERT(err == IC_OK); /* the map has as many places as the pool */
    note_used(relay, cmd->number);
    m->peer = peer->ref;
    peer->room = room->ref;
    peer->relay_member = ref;
    memcpy(peer->cname, relay->cname, sizeof peer->cname);
    peer->connected = true;
    ic_peer_io_deinit(&peer->io); /* it has none of its own */
    init_slots(w, now, peer, m->number);
    init_tracks(w, peer, m->number);
    peer->report_next = ic_time_add(now, IC_MS(IC_RECEIVER_REPORT_INTERVAL_MS));
    ic_peer_wake_at(w, peer, peer->report_next);
    ic_peer_announce(w, peer, IC_EVT_PEER_CONNECTED, IC_PEER_REASON_NONE);
    ic_assignment_add_receiver(w, now, peer);
    return true;
}

void ic_relay_member_add(struct ic_worker *w, struct ic_time now, const struct ic_cmd *cmd)
{
    struct ic_peer *relay = find_relay(w, cmd);
    if (relay == NULL)
        ic_peer_refuse(w, cmd->peer, IC_PEER_REASON_UNFIT);
    else if (!enter(w, now, relay, cmd)) {
        note_waiting(relay, cmd->number);
        ic_peer_refuse(w, cmd->peer, IC_PEER_REASON_FULL);
    }
}

void ic_relay_member_deinit(struct ic_worker *w, struct ic_peer *peer)
{
    struct ic_relay_member *m = ic_relay_member_at(w, peer);
    struct ic_relay_number key = {.relay = m->relay, .number = m->number};
    ic_map_remove(&w->by_number, &key);
    drop_member(w, m, peer->relay_member);
}

void ic_relay_member_set_source(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                                const struct ic_cmd *cmd)
{
    if (peer->role != IC_PEER_RELAY_MEMBER || cmd->slot >= peer->track_count)
        return;
    struct ic_track *track = ic_worker_track(w, peer->tracks[cmd->slot]);
    if (track->active)
        ic_assignment_remove_source(w, now, track);
    track->person = cmd->source_peer;
    track->source = cmd->source;
    track->epoch = cmd->epoch;
    track->first_seq = cmd->first_seq;
    track->is_wanted = false; /* what the other end begins with */
    if (track->person != 0)
        ic_assignment_add_source(w, now, track);
}

/* ---- what is wanted ---- */

void ic_relay_member_set_wanted(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                                const struct ic_cmd *cmd)
{
    if (peer->role != IC_PEER_RELAY_MEMBER || cmd->slot >= peer->slot_count)
        return;
    struct ic_slot *slot = ic_worker_slot(w, peer->slots[cmd->slot]);
    if (slot->epoch != cmd->epoch)
        return; /* about somebody who was in it before */
    if (cmd->is_wanted)
        ic_slot_subscribe(w, now, peer, cmd->slot);
    else
        ic_slot_unsubscribe(w, peer, slot);
}

void ic_relay_member_on_subscribers(struct ic_worker *w, struct ic_track *track)
{
    struct ic_peer *owner = ic_worker_peer(w, track->owner);
    bool is_wanted = track->subscriber_count > 0;
    if (owner->role != IC_PEER_RELAY_MEMBER || is_wanted == track->is_wanted)
        return;
    track->is_wanted = is_wanted;
    track->wanted_changed = true;
    if (!owner->wanted_announced)
        ic_peer_announce(w, owner, IC_EVT_RELAY_WANTED, IC_PEER_REASON_NONE);
    owner->wanted_announced = true;
}

bool ic_relay_member_poll_wanted(struct ic_worker *w, struct ic_peer *peer, struct ic_evt *evt)
{
    for (uint8_t i = 0; i < peer->track_count; i++) {
        struct ic_track *track = ic_worker_track(w, peer->tracks[i]);
        if (!track->wanted_changed)
            continue;
        track->wanted_changed = false;
        evt->slot = i;
        evt->epoch = track->epoch;
        evt->is_wanted = track->is_wanted;
        return true;
    }
    peer->wanted_announced = false;
    return false;
}

/* ---- media ---- */

struct ic_peer *ic_relay_member_find(const struct ic_worker *w, const struct ic_peer *relay,
                                     uint32_t ssrc)
{
    struct ic_relay_number key = {.relay = relay->ref.index,
                                  .number = ssrc >> IC_RELAY_NUMBER_SHIFT};
    uint32_t index;
    return ic_map_find(&w->by_number, &key, &index) ? ic_worker_peer(w, index) : NULL;
}

static uint32_t place_of(uint32_t ssrc)
{
    return ssrc & ((1U << IC_RELAY_NUMBER_SHIFT) - 1);
}

struct ic_track *ic_relay_member_track(const struct ic_worker *w, const struct ic_peer *peer,
                                       uint32_t ssrc, bool *rtx)
{
    uint32_t place = place_of(ssrc);
    *rtx = place >= PLACE_RTX;
    if (place < PLACE_MEDIA || place >= PLACES)
        return NULL;
    return ic_worker_track(w, peer->tracks[(place - PLACE_MEDIA) % IC_SLOTS_MAX]);
}

static struct ic_srtp *session_of(struct ic_relay_member *m, uint32_t place)
{
    if (place >= PLACE_RTX)
        return &m->in[2];
    return &m->in[place >= PLACE_MEDIA + IC_AUDIO_SLOTS ? 1 : 0];
}

void ic_relay_member_input(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                           uint8_t *bytes, uint32_t ssrc, enum ic_demux demux, size_t len)
{
    struct ic_relay_member *m = ic_relay_member_at(w, peer);
    uint8_t *rtp = ic_packet_pool_bytes(&w->packets, w->spare);
    size_t datagram_len = len;
    uint64_t ext_seq = 0;
    enum ic_err err;
    if (demux == IC_DEMUX_RTP) {
        uint32_t place = place_of(ssrc);
        err = place == PLACE_REPORTS || place >= PLACES
                  ? IC_ERR_GONE
                  : ic_srtp_unprotect_rtp_to(session_of(m, place), bytes, &len, rtp, &ext_seq);
    } else
        err = ic_srtp_unprotect_rtcp(&m->in[0], bytes, &len);
    ic_peer_count_in(peer, demux, err == IC_OK, datagram_len);
    if (err != IC_OK)
        ic_worker_count_drop(w, err);
    else if (demux == IC_DEMUX_RTP)
        ic_track_on_rtp(w, now, peer, w->spare, len, ext_seq);
    else
        ic_rtcp_in_input(w, now, peer, bytes, len);
}
