#include "media/packet_store.h"

#include "base/assert.h"

static const struct ic_ref NONE = {0, 0};

void ic_packet_store_init(struct ic_packet_store *s, struct ic_packet_entry *entries,
                          uint32_t capacity)
{
    IC_ASSERT(capacity > 0 && (capacity & (capacity - 1)) == 0);
    *s = (struct ic_packet_store){.entries = entries, .capacity = capacity};
    for (uint32_t i = 0; i < capacity; i++)
        entries[i] = (struct ic_packet_entry){0};
}

static bool is_old(const struct ic_packet_entry *e, struct ic_time now)
{
    return ic_time_sub(now, e->arrived).us > IC_MS(IC_RTX_WINDOW_MS).us;
}

static struct ic_packet_entry *entry_of(const struct ic_packet_store *s, uint64_t ext_seq)
{
    return &s->entries[ext_seq & (s->capacity - 1)];
}

/* Empty an entry; what it held goes to the caller. */
static struct ic_ref release(struct ic_packet_store *s, struct ic_packet_entry *e)
{
    struct ic_ref packet = e->packet;
    e->packet = NONE;
    if (!ic_ref_is_none(packet))
        s->held--;
    return packet;
}

struct ic_ref ic_packet_store_put(struct ic_packet_store *s, struct ic_time now, uint64_t ext_seq,
                                  struct ic_ref packet)
{
    IC_ASSERT(!ic_ref_is_none(packet));
    struct ic_packet_entry *e = entry_of(s, ext_seq);
    if (!ic_ref_is_none(e->packet) && e->ext_seq >= ext_seq)
        return packet;
    struct ic_ref old = release(s, e);
    if (s->held == 0)
        s->hand = (uint32_t)ext_seq & (s->capacity - 1); /* the oldest is where the run begins */
    *e = (struct ic_packet_entry){.packet = packet, .ext_seq = ext_seq, .arrived = now};
    s->held++;
    return old;
}

struct ic_ref ic_packet_store_find(const struct ic_packet_store *s, struct ic_time now,
                                   uint64_t ext_seq)
{
    const struct ic_packet_entry *e = entry_of(s, ext_seq);
    if (ic_ref_is_none(e->packet) || e->ext_seq != ext_seq || is_old(e, now))
        return NONE;
    return e->packet;
}

struct ic_ref ic_packet_store_expire(struct ic_packet_store *s, struct ic_time now)
{
    for (uint32_t i = 0; s->held > 0 && i < s->capacity; i++) {
        struct ic_packet_entry *e = &s->entries[s->hand];
        if (!ic_ref_is_none(e->packet) && !is_old(e, now))
            return NONE; /* the ring fills in order: what follows is younger */
        s->hand = (s->hand + 1) & (s->capacity - 1);
        if (!ic_ref_is_none(e->packet))
            return release(s, e);
    }
    return NONE;
}

struct ic_ref ic_packet_store_drain(struct ic_packet_store *s)
{
    for (uint32_t i = 0; s->held > 0 && i < s->capacity; i++) {
        struct ic_packet_entry *e = &s->entries[s->hand];
        s->hand = (s->hand + 1) & (s->capacity - 1);
        if (!ic_ref_is_none(e->packet))
            return release(s, e);
    }
    return NONE;
}
