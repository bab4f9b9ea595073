/* The remote addresses whose datagrams are a peer's: learned from authenticated checks alone, a few
 * for each peer; the worker's map leads from an address to its peer. */
#ifndef IC_SFU_ADDRESS_BOOK_H
#define IC_SFU_ADDRESS_BOOK_H

#include <stdbool.h>

#include "base/addr.h"

struct ic_peer;
struct ic_worker;

/* An authenticated check came from there: what comes from there is this peer's, unless another
 * one's transport sends there. When it has too many, the oldest that is not in use is forgotten. */
void ic_address_book_learn(struct ic_worker *w, struct ic_peer *peer, const struct ic_addr *addr);
bool ic_address_book_has(const struct ic_peer *peer, const struct ic_addr *addr);
/* The peer goes. */
/* The control plane says that the address is this peer's: no check has to come first, and whoever
 * had it gives it up. */
void ic_address_book_claim(struct ic_worker *w, struct ic_peer *peer, const struct ic_addr *addr);
void ic_address_book_forget_all(struct ic_worker *w, struct ic_peer *peer);

#endif
