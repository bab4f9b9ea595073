#include "shell/mailbox.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/pool.h"

enum ic_err ic_mailbox_init(struct ic_mailbox *m, size_t item_size, uint32_t capacity)
{
    IC_ASSERT(capacity >= 2 && (capacity & (capacity - 1)) == 0);
    memset(m, 0, sizeof *m);
    m->items = ic_array_alloc(capacity, item_size);
    m->turns = ic_array_alloc(capacity, sizeof *m->turns);
    m->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    m->item_size = item_size;
    m->mask = capacity - 1;
    if (m->items == NULL || m->turns == NULL || m->event_fd < 0) {
        ic_mailbox_deinit(m);
        return IC_ERR_SYSTEM;
    }
    for (uint64_t i = 0; i < capacity; i++)
        atomic_init(&m->turns[i], i);
    atomic_init(&m->head, 0);
    return IC_OK;
}

void ic_mailbox_deinit(struct ic_mailbox *m)
{
    ic_array_free(m->items);
    ic_array_free((void *)m->turns);
    if (m->event_fd > 0)
        close(m->event_fd);
    m->items = NULL;
    m->turns = NULL;
    m->event_fd = -1;
}

static uint8_t *place_of(struct ic_mailbox *m, uint64_t position)
{
    return m->items + (size_t)(position & m->mask) * m->item_size;
}

static void wake(struct ic_mailbox *m)
{
    uint64_t one = 1;
    ssize_t written = write(m->event_fd, &one, sizeof one);
    (void)written; /* a saturated counter wakes as well */
}

enum ic_err ic_mailbox_put(struct ic_mailbox *m, const void *item)
{
    uint64_t head = atomic_load_explicit(&m->head, memory_order_relaxed);
    for (;;) {
        _Atomic uint64_t *turn = &m->turns[head & m->mask];
        int64_t ahead = (int64_t)(atomic_load_explicit(turn, memory_order_acquire) - head);
        if (ahead < 0)
            return IC_ERR_FULL;
        if (ahead > 0) {
            head = atomic_load_explicit(&m->head, memory_order_relaxed);
            continue;
        }
        if (atomic_compare_exchange_weak_explicit(&m->head, &head, head + 1, memory_order_relaxed,
                                                  memory_order_relaxed))
            break;
    }
    memcpy(place_of(m, head), item, m->item_size);
    atomic_store_explicit(&m->turns[head & m->mask], head + 1, memory_order_release);
    wake(m);
    return IC_OK;
}

bool ic_mailbox_take(struct ic_mailbox *m, void *item)
{
    _Atomic uint64_t *turn = &m->turns[m->tail & m->mask];
    if (atomic_load_explicit(turn, memory_order_acquire) != m->tail + 1)
        return false;
    memcpy(item, place_of(m, m->tail), m->item_size);
    atomic_store_explicit(turn, m->tail + m->mask + 1, memory_order_release);
    m->tail++;
    return true;
}

void ic_mailbox_clear_event(struct ic_mailbox *m)
{
    uint64_t count;
    ssize_t got = read(m->event_fd, &count, sizeof count);
    (void)got; /* EAGAIN: nothing to clear */
}
