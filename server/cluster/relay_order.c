/* What may be said now on a channel between two nodes (relay_channel_state.h). Both ends ask it for
 * what they say and for what they hear, so what one says in order the other takes. */
#include <string.h>

#include "base/assert.h"
#include "cluster/relay_channel_state.h"

/* ---- relays between workers ---- */

/* Workers of ours, of theirs, whoever speaks. False: we have no such worker. */
static bool read_workers(const struct ic_relay_channel *c, const struct ic_relay_message *m,
                         bool is_from_us, uint8_t *own, uint8_t *other)
{
    *own = is_from_us ? m->own_worker : m->other_worker;
    *other = is_from_us ? m->other_worker : m->own_worker;
    return *own < c->config.worker_count && *other < IC_RELAY_WORKERS_MAX;
}

static struct ic_relay_pair *pair_of(const struct ic_relay_channel *c, uint8_t own, uint8_t other)
{
    return &c->pairs[(uint32_t)own * IC_RELAY_WORKERS_MAX + other];
}

struct number_key {
    uint32_t number;
    uint8_t own, other, zero[2];
};

static_assert(sizeof(struct number_key) == sizeof(uint64_t), "as by_number was made");

static struct ic_relay_span *find_span(const struct ic_relay_channel *c, uint8_t own, uint8_t other,
                                       uint32_t number, struct ic_ref *ref)
{
    struct number_key key = {.number = number, .own = own, .other = other};
    uint32_t index;
    return ic_map_find(&c->by_number, &key, &index) ? ic_pool_at_index(&c->spans, index, ref)
                                                    : NULL;
}

static void drop_span(struct ic_relay_channel *c, const struct ic_relay_span *s, struct ic_ref ref)
{
    struct number_key key = {.number = s->number, .own = s->own, .other = s->other};
    ic_map_remove(&c->by_number, &key);
    ic_pool_put(&c->spans, ref);
}

#define ANY UINT32_MAX

/* Of a relay, of a meeting, or of both. */
static void drop_spans(struct ic_relay_channel *c, uint32_t own, uint32_t other, uint32_t entry)
{
    for (uint32_t i = 0; i < c->spans.count && c->spans.used > 0; i++) {
        struct ic_ref ref;
        const struct ic_relay_span *s = ic_pool_at_index(&c->spans, i, &ref);
        if (s != NULL && (entry == ANY || s->entry == entry) &&
            (own == ANY || (s->own == own && s->other == other)))
            drop_span(c, s, ref);
    }
}

static uint32_t count_at(const struct ic_relay_channel *c, enum ic_relay_stage stage)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++)
        count += c->entries[i].stage == stage;
    return count;
}

/* Names begin a relay anew when this side has said its own before: those are void then, as are the
 * meetings on it. */
static enum ic_relay_verdict on_names(struct ic_relay_channel *c, const struct ic_relay_message *m,
                                      bool is_from_us)
{
    uint8_t own, other;
    if (!read_workers(c, m, is_from_us, &own, &other))
        return IC_RELAY_BREAK;
    if (count_at(c, IC_RELAY_AT_BOTH) == 0)
        return count_at(c, IC_RELAY_CLOSING) > 0 ? IC_RELAY_DROP : IC_RELAY_BREAK;
    struct ic_relay_pair *pair = pair_of(c, own, other);
    bool *mine = is_from_us ? &pair->is_said : &pair->is_heard;
    bool *theirs = is_from_us ? &pair->is_heard : &pair->is_said;
    if (*mine) {
        *theirs = false;
        drop_spans(c, own, other, ANY);
    }
    *mine = true;
    return IC_RELAY_TAKE;
}

static void add_span(struct ic_relay_channel *c, uint8_t own, uint8_t other, uint32_t number,
                     uint32_t entry)
{
    struct ic_ref ref;
    struct ic_relay_span *s = ic_pool_get(&c->spans, &ref);
    IC_ASSERT(s != NULL); /* whoever calls has looked */
    *s = (struct ic_relay_span){.number = number, .entry = entry, .own = own, .other = other};
    struct number_key key = {.number = number, .own = own, .other = other};
    enum ic_err e = ic_map_set(&c->by_number, &key, ref.index);
    IC_ASSERT(e == IC_OK); /* as large as the pool */
}

/* A relay that this end has begun anew meanwhile does not carry it, but its number is used up. */
static enum ic_relay_verdict on_meeting(struct ic_relay_channel *c,
                                        const struct ic_relay_message *m, bool is_from_us,
                                        const struct ic_relay_entry *entry)
{
    uint8_t own, other;
    uint32_t is_odd = m->number & 1;
    if (!read_workers(c, m, is_from_us, &own, &other) || entry->is_ours != is_from_us)
        return IC_RELAY_BREAK;
    struct ic_relay_pair *pair = pair_of(c, own, other);
    bool has_lower_id = c->config.has_lower_id == is_from_us;
    if ((is_odd != 0) != has_lower_id || m->number <= pair->last[is_odd])
        return IC_RELAY_BREAK;
    bool is_up = pair->is_said && pair->is_heard;
    if (!is_up && is_from_us)
        return IC_RELAY_DROP;
    uint32_t index = (uint32_t)(entry - c->entries);
    drop_spans(c, own, other, index); /* it has another number there from now on */
    if (c->spans.used == c->spans.count)
        return is_from_us ? IC_RELAY_DROP : IC_RELAY_BREAK;
    pair->last[is_odd] = m->number;
    if (!is_up)
        return IC_RELAY_DROP;
    add_span(c, own, other, m->number, index);
    return IC_RELAY_TAKE;
}

/* SOURCE, WANTED */
static enum ic_relay_verdict on_slot(const struct ic_relay_channel *c,
                                     const struct ic_relay_message *m, bool is_from_us)
{
    uint8_t own, other;
    struct ic_ref ref;
    if (!read_workers(c, m, is_from_us, &own, &other))
        return IC_RELAY_BREAK;
    if (find_span(c, own, other, m->number, &ref) != NULL)
        return IC_RELAY_TAKE;
    bool was = m->number <= pair_of(c, own, other)->last[m->number & 1];
    return was ? IC_RELAY_DROP : IC_RELAY_BREAK;
}

/* ---- people ---- */

static bool find_person(const struct ic_relay_channel *c, const struct ic_relay_name *name,
                        struct ic_ref *ref)
{
    uint32_t index;
    return ic_map_find(&c->by_name, name, &index) &&
           ic_pool_at_index(&c->people, index, ref) != NULL;
}

static bool add_person(struct ic_relay_channel *c, struct ic_relay_entry *entry,
                       const struct ic_relay_name *name)
{
    struct ic_ref ref;
    struct ic_relay_name *made =
        entry->people < entry->places ? ic_pool_get(&c->people, &ref) : NULL;
    if (made == NULL)
        return false;
    *made = *name;
    enum ic_err e = ic_map_set(&c->by_name, name, ref.index);
    IC_ASSERT(e == IC_OK); /* as large as the pool */
    entry->people++;
    return true;
}

static void drop_person(struct ic_relay_channel *c, const struct ic_relay_name *name,
                        struct ic_ref ref)
{
    struct ic_relay_entry *entry = &c->entries[name->entry];
    ic_map_remove(&c->by_name, name);
    ic_pool_put(&c->people, ref);
    entry->people--;
}

static enum ic_relay_verdict on_person(struct ic_relay_channel *c, const struct ic_relay_message *m,
                                       bool is_from_us, struct ic_relay_entry *entry)
{
    const struct ic_relay_name name = {.person = m->person,
                                       .entry = (uint64_t)(entry - c->entries)};
    struct ic_ref ref;
    if (entry->is_ours != is_from_us || entry->is_joint)
        return IC_RELAY_BREAK;
    if (m->act == IC_RELAY_ACT_KEY_FRAMES)
        return IC_RELAY_TAKE;
    bool is_there = find_person(c, &name, &ref);
    if (m->act == IC_RELAY_ACT_MAKE)
        return !is_there && add_person(c, entry, &name) ? IC_RELAY_TAKE : IC_RELAY_BREAK;
    if (!is_there)
        return IC_RELAY_DROP; /* he has ended meanwhile */
    if (m->act == IC_RELAY_ACT_REMOVE)
        drop_person(c, &name, ref);
    return IC_RELAY_TAKE;
}

static enum ic_relay_verdict on_transport(struct ic_relay_channel *c,
                                          const struct ic_relay_message *m, bool is_from_us,
                                          const struct ic_relay_entry *entry)
{
    const struct ic_relay_name name = {.person = m->person,
                                       .entry = (uint64_t)(entry - c->entries)};
    struct ic_ref ref;
    if (entry->is_ours == is_from_us || entry->is_joint)
        return IC_RELAY_BREAK;
    if (m->news == IC_RELAY_NEWS_RECEIPT)
        return IC_RELAY_TAKE; /* the last one comes after he was removed */
    if (!find_person(c, &name, &ref))
        return IC_RELAY_DROP; /* he was removed meanwhile */
    if (m->news == IC_RELAY_NEWS_REFUSED || m->news == IC_RELAY_NEWS_ENDED)
        drop_person(c, &name, ref);
    return IC_RELAY_TAKE;
}

/* Only the meeting's node knows who carries it. */
static enum ic_relay_verdict on_carrier(bool is_from_us, const struct ic_relay_entry *entry)
{
    return entry->is_ours == is_from_us && !entry->is_joint ? IC_RELAY_TAKE : IC_RELAY_BREAK;
}

enum ic_relay_verdict ic_relay_order_check(struct ic_relay_channel *c,
                                           const struct ic_relay_message *m, bool is_from_us)
{
    if (m->kind == IC_RELAY_NAMES)
        return on_names(c, m, is_from_us);
    if (m->kind == IC_RELAY_SOURCE || m->kind == IC_RELAY_WANTED)
        return on_slot(c, m, is_from_us);
    struct ic_relay_entry *entry = ic_relay_channel_find(c, m->meeting);
    if (entry != NULL && entry->stage == IC_RELAY_CLOSING)
        return IC_RELAY_DROP;
    if (entry == NULL || entry->stage != IC_RELAY_AT_BOTH)
        return IC_RELAY_BREAK;
    if (m->kind == IC_RELAY_MEETING)
        return on_meeting(c, m, is_from_us, entry);
    if (m->kind == IC_RELAY_PERSON)
        return on_person(c, m, is_from_us, entry);
    if (m->kind == IC_RELAY_CARRIER)
        return on_carrier(is_from_us, entry);
    return m->kind == IC_RELAY_TRANSPORT ? on_transport(c, m, is_from_us, entry) : IC_RELAY_BREAK;
}

void ic_relay_order_forget(struct ic_relay_channel *c, uint32_t entry)
{
    drop_spans(c, ANY, ANY, entry);
    for (uint32_t i = 0; i < c->people.count && c->entries[entry].people > 0; i++) {
        struct ic_ref ref;
        const struct ic_relay_name *name = ic_pool_at_index(&c->people, i, &ref);
        if (name != NULL && name->entry == entry) {
            struct ic_relay_name copy = *name;
            drop_person(c, &copy, ref);
        }
    }
}
