#include "sfu/address_book.h"

#include "base/assert.h"
#include "sfu/worker_state.h"

bool ic_address_book_has(const struct ic_peer *peer, const struct ic_addr *addr)
{
    for (uint32_t i = 0; i < peer->address_count; i++)
        if (ic_addr_eq(&peer->addresses[i], addr))
            return true;
    return false;
}

static void forget(struct ic_worker *w, struct ic_peer *peer, uint32_t i)
{
    uint8_t key[IC_ADDRESS_KEY_LEN];
    uint32_t owner;
    ic_worker_address_key(&peer->addresses[i], key);
    /* It may belong to somebody else by now: a NAT gives ports anew. */
    if (ic_map_find(&w->by_address, key, &owner) && owner == peer->ref.index)
        ic_map_remove(&w->by_address, key);
    peer->address_count--;
    for (uint32_t k = i; k < peer->address_count; k++)
        peer->addresses[k] = peer->addresses[k + 1];
}

/* Its transport sends there. A check from another peer is no reason to give it up: whoever can
 * forge the source of one would draw this peer's media to himself, where it is thrown away. When a
 * NAT gives the port anew, the path has moved or its consent is about to end. */
static bool is_in_use(const struct ic_worker *w, uint32_t owner, const struct ic_addr *addr)
{
    const struct ic_peer *peer = ic_worker_peer(w, owner);
    const struct ic_path *path = ic_peer_io_path(&peer->io);
    if (peer->role == IC_PEER_RELAY && ic_addr_eq(&peer->addresses[0], addr))
        return true; /* claimed */
    return path != NULL && ic_addr_eq(&path->remote, addr);
}

void ic_address_book_learn(struct ic_worker *w, struct ic_peer *peer, const struct ic_addr *addr)
{
    uint8_t key[IC_ADDRESS_KEY_LEN];
    uint32_t owner;
    ic_worker_address_key(addr, key);
    if (ic_map_find(&w->by_address, key, &owner) &&
        (owner == peer->ref.index || is_in_use(w, owner, addr)))
        return;
    if (!ic_address_book_has(peer, addr)) {
        const struct ic_path *path = ic_peer_io_path(&peer->io);
        bool is_oldest_used = path != NULL && ic_addr_eq(&path->remote, &peer->addresses[0]);
        if (peer->address_count == IC_PEER_ADDRESSES_MAX)
            forget(w, peer, is_oldest_used ? 1 : 0);
        peer->addresses[peer->address_count++] = *addr;
    }
    enum ic_err err = ic_map_set(&w->by_address, key, peer->ref.index);
    IC_ASSERT(err == IC_OK); /* the map has a place for each address of each peer */
}

void ic_address_book_claim(struct ic_worker *w, struct ic_peer *peer, const struct ic_addr *addr)
{
    uint8_t key[IC_ADDRESS_KEY_LEN];
    IC_ASSERT(peer->address_count == 0);
    ic_worker_address_key(addr, key);
    peer->addresses[peer->address_count++] = *addr;
    enum ic_err err = ic_map_set(&w->by_address, key, peer->ref.index);
    IC_ASSERT(err == IC_OK); /* the map has a place for each address of each peer */
}

void ic_address_book_forget_all(struct ic_worker *w, struct ic_peer *peer)
{
    while (peer->address_count > 0)
        forget(w, peer, 0);
}
