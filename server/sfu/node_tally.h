/* What crosses between this node and others because of a participant, for receipts
 * (docs/protocol/receipts.md 1): media of the participant that a slot at the end of a relay sends
 * on to another node, and media from such a relay that the participant's slots send to it.
 *
 * Nothing is counted for it on the packet path. A slot counts its packets and octets for sender
 * reports anyway; what it sent while one source was in it is told apart when the source goes, and
 * whenever the counts of somebody whom it concerns are asked for. Those numbers hold each packet
 * once, without retransmissions. LIMIT: they are modulo 2^32, so a source that is in a slot for
 * longer has to be asked for within 4 GB; receipts ask each minute. */
#ifndef IC_SFU_NODE_TALLY_H
#define IC_SFU_NODE_TALLY_H

struct ic_peer;
struct ic_slot;
struct ic_worker;

/* A source was put in the slot of the peer: what was sent before is not of it. */
void ic_node_tally_begin(struct ic_worker *w, struct ic_peer *peer, struct ic_slot *slot);
/* What the slot of the peer has sent of the source in it, since it was last told apart. Nothing
 * for a slot in which nobody is. */
void ic_node_tally_slot(struct ic_worker *w, struct ic_peer *peer, struct ic_slot *slot);
/* Bring peer->nodes up to date: its slots, and the slots that its sources are in. */
void ic_node_tally_peer(struct ic_worker *w, struct ic_peer *peer);

#endif
