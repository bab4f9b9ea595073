#include "cluster/lease.h"

#include <string.h>

static_assert(IC_LEASE_EXPIRY_MS > IC_LEASE_BEAT_MS,
              "a lease outlives the pause between two beats");

void ic_leases_init(struct ic_leases *l, const struct ic_lease_config *config)
{
    *l = (struct ic_leases){0};
    memcpy(l->self.node, config->node, sizeof l->self.node);
    l->self.incarnation = config->incarnation;
    l->self.seq = config->first_seq - 1;
    ic_leases_set_certificate(l, config->leaf, config->country);
}

void ic_leases_set_certificate(struct ic_leases *l, const uint8_t leaf[static IC_SHA256_LEN],
                               const char country[static IC_COUNTRY_LEN])
{
    memcpy(l->self.leaf, leaf, sizeof l->self.leaf);
    memcpy(l->self.country, country, sizeof l->self.country);
}

void ic_leases_set_load(struct ic_leases *l, struct ic_node_load load)
{
    l->self.load = load;
}

void ic_leases_beat(struct ic_leases *l, struct ic_time now, struct ic_beat *out)
{
    l->self.seq++;
    l->beats++;
    l->sent_at[l->self.seq % IC_LEASE_BEATS_KEPT] = now;
    *out = l->self;
    for (uint32_t i = 0; i < l->count; i++) {
        const struct ic_lease *lease = &l->at[i];
        out->acks[out->ack_count++] =
            (struct ic_beat_ack){.node = ic_beat_key(lease->node), .seq = lease->seq};
    }
}

/* When our beat of this number was sent; false when it is none of the last ones. */
static bool was_sent(const struct ic_leases *l, uint64_t seq, struct ic_time *at)
{
    uint64_t kept = l->beats < IC_LEASE_BEATS_KEPT ? l->beats : IC_LEASE_BEATS_KEPT;
    if (l->self.seq - seq >= kept) /* also one that we have not sent yet */
        return false;
    *at = l->sent_at[seq % IC_LEASE_BEATS_KEPT];
    return true;
}

/* The newest of our beats that this one answers. */
static bool is_answer(const struct ic_leases *l, const struct ic_beat *beat, struct ic_time *at)
{
    uint64_t own = ic_beat_key(l->self.node);
    bool found = false;
    for (size_t i = 0; i < beat->ack_count; i++) {
        struct ic_time sent;
        if (beat->acks[i].node != own || !was_sent(l, beat->acks[i].seq, &sent))
            continue;
        if (!found || ic_time_before(*at, sent))
            *at = sent;
        found = true;
    }
    return found;
}

static void prove_own(struct ic_leases *l, struct ic_time at)
{
    if (!l->is_proved || ic_time_before(l->proved, at))
        l->proved = at;
    l->is_proved = true;
}

/* One of our own beats came back, or that of an earlier incarnation: that one proves nothing. */
static enum ic_err own_input(struct ic_leases *l, const struct ic_beat *beat)
{
    struct ic_time sent;
    if (beat->incarnation != l->self.incarnation || !was_sent(l, beat->seq, &sent))
        return IC_ERR_REPLAY;
    prove_own(l, sent);
    return IC_OK;
}

static struct ic_lease *find(struct ic_leases *l, const uint8_t node[static IC_NODE_ID_LEN])
{
    for (uint32_t i = 0; i < l->count; i++)
        if (memcmp(l->at[i].node, node, IC_NODE_ID_LEN) == 0)
            return &l->at[i];
    return NULL;
}

/* A place for a node that was not heard before: a free one, or that of one that is long gone. */
static struct ic_lease *new_place(struct ic_leases *l, struct ic_time now)
{
    if (l->count < IC_NODES_MAX)
        return &l->at[l->count++];
    for (uint32_t i = 0; i < l->count; i++)
        if (ic_time_reached(ic_time_add(ic_lease_end(&l->at[i]), IC_MS(IC_LEASE_WARM_MS)), now))
            return &l->at[i];
    return NULL;
}

static void on_restart(struct ic_lease *lease, struct ic_time now)
{
    struct ic_node_load before = ic_lease_load(lease, now);
    lease->warm_until = ic_time_add(now, IC_MS(IC_LEASE_WARM_MS));
    lease->people_before = before.people;
    lease->videos_before = before.videos;
}

static void take_over_beat(struct ic_lease *lease, const struct ic_beat *beat)
{
    memcpy(lease->node, beat->node, sizeof lease->node);
    memcpy(lease->leaf, beat->leaf, sizeof lease->leaf);
    memcpy(lease->country, beat->country, sizeof lease->country);
    lease->incarnation = beat->incarnation;
    lease->seq = beat->seq;
    lease->load = beat->load;
    if (!beat->load.is_draining)
        lease->draining_beats = 0;
    else if (lease->draining_beats < UINT8_MAX)
        lease->draining_beats++;
    lease->people_sent[1] = lease->people_sent[0];
    lease->videos_sent[1] = lease->videos_sent[0];
    lease->people_sent[0] = lease->videos_sent[0] = 0;
}

enum ic_err ic_leases_input(struct ic_leases *l, struct ic_time now, const struct ic_beat *beat)
{
    if (memcmp(beat->node, l->self.node, sizeof beat->node) == 0)
        return own_input(l, beat);
    struct ic_time at = {0};
    bool answers = is_answer(l, beat, &at);
    struct ic_lease *lease = find(l, beat->node);
    if (lease == NULL) {
        lease = new_place(l, now);
        if (lease == NULL)
            return IC_ERR_FULL;
        *lease = (struct ic_lease){.warm_until = now, .silent_until = now};
    } else {
        bool is_newer = answers && (!lease->is_proved || ic_time_before(lease->proved, at));
        bool is_next = beat->incarnation == lease->incarnation &&
                       beat->seq - lease->seq - 1 < INT64_MAX; /* numbers pass the end */
        if (!is_newer && !is_next && lease->is_proved)
            return IC_ERR_REPLAY; /* also of another incarnation: only an answer tells the order */
        if (beat->incarnation != lease->incarnation)
            on_restart(lease, now);
    }
    take_over_beat(lease, beat);
    if (answers && (!lease->is_proved || ic_time_before(lease->proved, at))) {
        lease->proved = at;
        lease->is_proved = true;
    }
    if (answers)
        prove_own(l, at);
    return IC_OK;
}

static uint16_t sum(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t n = a + b + c;
    return (uint16_t)(n < UINT16_MAX ? n : UINT16_MAX);
}

void ic_leases_reserve(struct ic_leases *l, const uint8_t node[static IC_NODE_ID_LEN],
                       bool has_video)
{
    struct ic_lease *lease = find(l, node);
    if (lease == NULL)
        return;
    lease->people_sent[0] = sum(lease->people_sent[0], 1, 0);
    lease->videos_sent[0] = sum(lease->videos_sent[0], has_video, 0);
}

void ic_leases_silence(struct ic_leases *l, const uint8_t node[static IC_NODE_ID_LEN],
                       struct ic_time until)
{
    struct ic_lease *lease = find(l, node);
    if (lease != NULL)
        lease->silent_until = until;
}

const struct ic_lease *ic_leases_find(const struct ic_leases *l,
                                      const uint8_t node[static IC_NODE_ID_LEN])
{
    for (uint32_t i = 0; i < l->count; i++)
        if (memcmp(l->at[i].node, node, IC_NODE_ID_LEN) == 0)
            return &l->at[i];
    return NULL;
}

static struct ic_time end_of(bool is_proved, struct ic_time proved)
{
    return is_proved ? ic_time_add(proved, IC_MS(IC_LEASE_EXPIRY_MS)) : (struct ic_time){INT64_MIN};
}

struct ic_time ic_lease_end(const struct ic_lease *lease)
{
    return end_of(lease->is_proved, lease->proved);
}

struct ic_time ic_leases_own_end(const struct ic_leases *l)
{
    return end_of(l->is_proved, l->proved);
}

struct ic_node_load ic_lease_load(const struct ic_lease *lease, struct ic_time now)
{
    struct ic_node_load load = lease->load;
    if (!ic_time_reached(lease->warm_until, now)) {
        load.people = load.people > lease->people_before ? load.people : lease->people_before;
        load.videos = load.videos > lease->videos_before ? load.videos : lease->videos_before;
    }
    load.people = sum(load.people, lease->people_sent[0], lease->people_sent[1]);
    load.videos = sum(load.videos, lease->videos_sent[0], lease->videos_sent[1]);
    return load;
}
