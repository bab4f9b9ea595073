#include "sfu/tx_queue.h"

#include <string.h>

#include "base/assert.h"

#define NONE UINT32_MAX

enum ic_err ic_tx_queue_init(struct ic_tx_queue *q, struct ic_packet_pool *packets,
                             uint32_t entries, uint32_t receivers)
{
    IC_ASSERT(entries > 0 && entries < NONE && receivers > 0);
    memset(q, 0, sizeof *q);
    q->entries_block = ic_array_alloc((size_t)entries + 1, sizeof *q->entries);
    q->lines = ic_array_alloc(receivers, sizeof *q->lines);
    if (q->entries_block == NULL || q->lines == NULL) {
        ic_tx_queue_deinit(q);
        return IC_ERR_FULL;
    }
    q->entries = ic_line_align(q->entries_block);
    q->packets = packets;
    q->entry_count = q->free_count = entries;
    q->line_count = receivers;
    q->first_line = q->last_line = NONE;
    for (uint32_t i = 0; i < entries; i++)
        q->entries[i].next = i + 1 < entries ? i + 1 : NONE;
    return IC_OK;
}

void ic_tx_queue_deinit(struct ic_tx_queue *q)
{
    uint32_t receiver;
    while (q->packets != NULL && ic_tx_queue_receiver(q, &receiver)) {
        const struct ic_tx_entry *entry;
        while ((entry = ic_tx_queue_take(q, receiver)) != NULL)
            ic_packet_pool_release(q->packets, entry->packet);
    }
    ic_array_free(q->entries_block);
    ic_array_free(q->lines);
    memset(q, 0, sizeof *q);
}

/* Put the receiver at the end of those to be served. */
static void open_line(struct ic_tx_queue *q, uint32_t receiver, uint32_t entry)
{
    struct ic_tx_line *line = &q->lines[receiver];
    line->first = line->last = entry;
    line->count = 1;
    line->next = NONE;
    if (q->last_line == NONE)
        q->first_line = receiver;
    else
        q->lines[q->last_line].next = receiver;
    q->last_line = receiver;
}

struct ic_tx_entry *ic_tx_queue_add(struct ic_tx_queue *q, uint32_t receiver, enum ic_tx_kind kind,
                                    struct ic_ref packet)
{
    IC_ASSERT(receiver < q->line_count);
    if (q->free_count == 0)
        return NULL;
    uint32_t index = q->free_first;
    struct ic_tx_entry *entry = &q->entries[index];
    struct ic_tx_line *line = &q->lines[receiver];
    q->free_first = entry->next;
    q->free_count--;
    if (line->count == 0) {
        open_line(q, receiver, index);
    } else {
        q->entries[line->last].next = index;
        line->last = index;
        line->count++;
    }
    entry->next = NONE;
    entry->kind = kind;
    entry->packet = packet;
    ic_packet_pool_hold(q->packets, packet);
    return entry;
}

bool ic_tx_queue_receiver(const struct ic_tx_queue *q, uint32_t *receiver)
{
    *receiver = q->first_line;
    return q->first_line != NONE;
}

static void free_entry(struct ic_tx_queue *q, uint32_t index)
{
    q->entries[index].next = q->free_first;
    q->free_first = index;
    q->free_count++;
}

const struct ic_tx_entry *ic_tx_queue_take(struct ic_tx_queue *q, uint32_t receiver)
{
    if (q->first_line != receiver)
        return NULL;
    struct ic_tx_line *line = &q->lines[receiver];
    IC_ASSERT(line->count > 0);
    uint32_t index = line->first;
    line->first = q->entries[index].next;
    line->count--;
    free_entry(q, index);
    if (line->count == 0) {
        q->first_line = line->next;
        if (q->first_line == NONE)
            q->last_line = NONE;
    }
    return &q->entries[index];
}

/* Take the receiver out of those to be served. */
static void close_line(struct ic_tx_queue *q, uint32_t receiver)
{
    uint32_t before = NONE;
    for (uint32_t i = q->first_line; i != receiver; i = q->lines[i].next)
        before = i;
    uint32_t next = q->lines[receiver].next;
    if (before == NONE)
        q->first_line = next;
    else
        q->lines[before].next = next;
    if (q->last_line == receiver)
        q->last_line = before;
}

static bool is_of(const struct ic_tx_queue *q, const struct ic_tx_entry *entry, struct ic_ref track)
{
    return ic_ref_is_none(track) ||
           ic_ref_eq(ic_packet_pool_at(q->packets, entry->packet)->track, track);
}

/* Forget the receiver's media packets of this track (none: of all). */
static void drop(struct ic_tx_queue *q, uint32_t receiver, struct ic_ref track)
{
    struct ic_tx_line *line = &q->lines[receiver];
    uint32_t index = line->first, kept_last = NONE;
    line->first = NONE;
    line->count = 0;
    while (index != NONE) {
        struct ic_tx_entry *entry = &q->entries[index];
        uint32_t next = entry->next;
        entry->next = NONE;
        if (entry->kind != IC_TX_READY && is_of(q, entry, track)) {
            ic_packet_pool_release(q->packets, entry->packet);
            free_entry(q, index);
        } else {
            if (kept_last == NONE)
                line->first = index;
            else
                q->entries[kept_last].next = index;
            kept_last = index;
            line->count++;
        }
        index = next;
    }
    line->last = kept_last;
    if (line->count == 0)
        close_line(q, receiver);
}

void ic_tx_queue_drop_track(struct ic_tx_queue *q, struct ic_ref track)
{
    IC_ASSERT(!ic_ref_is_none(track));
    for (uint32_t receiver = q->first_line; receiver != NONE;) {
        uint32_t next = q->lines[receiver].next;
        drop(q, receiver, track);
        receiver = next;
    }
}

void ic_tx_queue_drop_media(struct ic_tx_queue *q, uint32_t receiver)
{
    IC_ASSERT(receiver < q->line_count);
    if (q->lines[receiver].count > 0)
        drop(q, receiver, (struct ic_ref){0});
}
