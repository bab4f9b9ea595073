/* What all members of a group are told: commits, messages, who knocks, when all have the keys. */
#ifndef IC_SIGNAL_DELIVERY_H
#define IC_SIGNAL_DELIVERY_H

#include "signal/hub_state.h"

/* One text to all who are in the group and have a socket.
 *  except  a client that does not get it, or none */
void ic_delivery_tell(struct ic_hub *h, const struct ic_room *room, struct ic_text text,
                      struct ic_ref except);
/* A knock, to those who may let it in; or to one of them.
 *  to  a seat of the room, or NULL */
void ic_delivery_knock(struct ic_hub *h, const struct ic_room *room, const struct ic_knock *knock,
                       const struct ic_seat *to);
/* The seat's client gets the knocks that it may let in. */
bool ic_delivery_hears_of(const struct ic_room *room, const struct ic_knock *knock,
                          const struct ic_seat *seat);
/* An application message of the group, or why not. */
void ic_delivery_message(struct ic_hub *h, struct ic_ref client, struct ic_mls_span message);
/* Somebody has keys, or somebody went: if all who are there have those of this epoch, all are told,
 * and every camera makes a key frame. */
void ic_delivery_check_ready(struct ic_hub *h, struct ic_room *room);
/* Somebody with authority is there. */
bool ic_delivery_has_host(const struct ic_hub *h, const struct ic_room *room);
/* Those who wait are told, in ticks, when that or the group is otherwise than they know. */
void ic_delivery_check_host(struct ic_hub *h, struct ic_room *room, bool is_group_news);

#endif
