/* Bounded queue of plain structs from many threads to one, with an eventfd that wakes the reader.
 * Full means busy: the writer is told and never waits. Each place carries a sequence number that
 * says whose turn it is (the bounded queue of D. Vyukov), so no lock is taken. */
#ifndef IC_SHELL_MAILBOX_H
#define IC_SHELL_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct ic_mailbox {
    uint8_t *items;
    _Atomic uint64_t *turns;
    size_t item_size;
    uint64_t mask;
    int event_fd;          /* readable when something was put */
    uint8_t apart[64];     /* head and tail on lines of their own, wherever the struct lies */
    _Atomic uint64_t head; /* next place to write */
    uint8_t apart_too[64];
    uint64_t tail; /* next place to read: the reader's own */
};

/* capacity: a power of two (asserted).
 *  IC_ERR_SYSTEM  no memory or no descriptor */
IC_NODISCARD enum ic_err ic_mailbox_init(struct ic_mailbox *m, size_t item_size, uint32_t capacity);
void ic_mailbox_deinit(struct ic_mailbox *m);
/* From any thread: copy item in and wake the reader.
 *  IC_ERR_FULL  say busy */
IC_NODISCARD enum ic_err ic_mailbox_put(struct ic_mailbox *m, const void *item);
/* Reader: the next item, copied out; false when empty. */
bool ic_mailbox_take(struct ic_mailbox *m, void *item);
/* Reader: reset the eventfd; call before taking. */
void ic_mailbox_clear_event(struct ic_mailbox *m);

#endif
