/* Datagrams that a bot wants to send, handed to its link by the world. */
#ifndef IC_SIM_OUTBOX_H
#define IC_SIM_OUTBOX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/limits.h"

#define IC_OUTBOX_MAX 1024

struct ic_outbox_item {
    size_t len;
    uint8_t bytes[IC_PACKET_CAP];
};

struct ic_outbox {
    size_t count;
    struct ic_outbox_item items[IC_OUTBOX_MAX];
};

/* A further item, lent for filling in. */
static inline struct ic_outbox_item *ic_outbox_add(struct ic_outbox *o)
{
    IC_ASSERT(o->count < IC_OUTBOX_MAX);
    struct ic_outbox_item *item = &o->items[o->count++];
    item->len = 0;
    return item;
}

#endif
