/* The bodies of messages about people (relay_message.h): what a client said of its transport, and
 * what a worker says of it. */
#ifndef IC_CLUSTER_RELAY_PERSON_H
#define IC_CLUSTER_RELAY_PERSON_H

#include "base/rd.h"
#include "cluster/relay_message.h"

/* False: it is none; out is spoilt then. */
bool ic_relay_person_read(struct ic_rd *r, struct ic_relay_message *out);
void ic_relay_person_write(struct ic_wr *w, const struct ic_relay_message *m);
bool ic_relay_news_read(struct ic_rd *r, struct ic_relay_message *out);
void ic_relay_news_write(struct ic_wr *w, const struct ic_relay_message *m);

/* Parts that names of relays have, too. */

/* Exactly len ice-chars (RFC 8839 5.4), terminated in out. */
bool ic_relay_read_ice(struct ic_rd *r, size_t len, char *out);
/* 16 bytes and a port that is not 0. */
bool ic_relay_read_address(struct ic_rd *r, struct ic_addr *out);
void ic_relay_write_address(struct ic_wr *w, const struct ic_addr *addr);
/* 0 or 1. */
bool ic_relay_read_flag(struct ic_rd *r, bool *out);
bool ic_relay_read_source(struct ic_rd *r, enum ic_source *out);

#endif
