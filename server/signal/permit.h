/* What the node's own wall says of a meeting (msg/wall.h), and how people hear of it. */
#ifndef IC_SIGNAL_PERMIT_H
#define IC_SIGNAL_PERMIT_H

#include "signal/hub_state.h"

/* people: on this node, without the one who would come in. */
struct ic_wall_answer ic_permit_ask(const struct ic_hub *h, const struct ic_room *room,
                                    enum ic_wall_purpose purpose, uint32_t people);
/* Whether a commit may be written: not while another node may have taken the meeting over without
 * this one's knowledge. Whether people may stay is another question. */
bool ic_permit_may_commit(const struct ic_hub *h, const struct ic_room *room);
/* Tell the client the reason, close, forget it. What it leaves behind is the caller's business. */
void ic_permit_expel(struct ic_hub *h, struct ic_ref client, const struct ic_room *room,
                     const struct ic_wall_answer *answer);
/* What the wall would say if it were asked now: there is no room for one more person, here or at
 * the node that carries others' media. Its own answer was a moment older. */
struct ic_wall_answer ic_permit_full(void);

#endif
