/* What the files of the simulated deployment share; nobody else includes it. */
#ifndef IC_SIM_REGION_STATE_H
#define IC_SIM_REGION_STATE_H

#include "sim/region.h"

static inline uint32_t ic_region_below(struct ic_region *r, uint32_t n)
{
    return ic_prng_below(&r->prng, n);
}

static inline bool ic_region_chance(struct ic_region *r, uint32_t ppm)
{
    return ppm > 0 && ic_prng_below(&r->prng, 1000000) < ppm;
}

/* What a node's own clocks say. */
struct ic_time ic_region_local(const struct ic_region *r, uint32_t node);
uint64_t ic_region_wall(const struct ic_region *r, uint32_t node);
uint64_t ic_region_date(const struct ic_region *r);
/* The node of this id; IC_REGION_NODES: none. */
uint32_t ic_region_find(const struct ic_region *r, const uint8_t id[static IC_NODE_ID_LEN]);
/* jump_s: how wrong its clock is when it starts. */
void ic_region_start(struct ic_region *r, uint32_t node, int64_t jump_s);
void ic_region_crash(struct ic_region *r, uint32_t node);
void ic_region_hash(struct ic_region *r, const void *bytes, size_t n);
void ic_region_ask(struct ic_region *r, uint32_t node, uint32_t meeting, uint32_t hops,
                   bool wants_video);

uint32_t ic_region_meeting(const struct ic_region *r, const uint8_t id[static IC_MEETING_ID_LEN]);
/* Of a meeting that the node carries; NULL: it does not. */
const struct ic_placed *ic_region_placed(const struct ic_region *r, uint32_t node,
                                         uint32_t meeting);
/* A little time passes: what is due arrives, nodes do what is due. */
void ic_region_step(struct ic_region *r);

/* region_quiet.c: all is put right, nobody comes or goes, and when everybody can have heard
 * everything: is each meeting at one node, and does a node that starts again take its own? */
void ic_region_quiet(struct ic_region *r);
void ic_region_quiet_restart(struct ic_region *r);
/* Who has the meeting, as the directory says; IC_REGION_NODES: nobody. */
uint32_t ic_region_entered(struct ic_region *r, uint32_t meeting, uint64_t *generation);
/* Somebody asks with all that is right. True: they are taken within a second. */
bool ic_region_is_taken(struct ic_region *r, uint32_t node, uint32_t meeting);
void ic_region_wait_s(struct ic_region *r, int64_t s);

/* region_drain.c: a node takes nobody new, and hands over what it has, until it is started anew. */
void ic_region_drain(struct ic_region *r, uint32_t node);
/* Nodes that drain try again. */
void ic_region_drain_step(struct ic_region *r);
void ic_region_on_handed(struct ic_region *r, uint32_t node, const struct ic_place_out *out);
/* All is right, and a node that has meetings drains: each one for which there is another node goes
 * there, and people are taken there at once. */
void ic_region_quiet_drain(struct ic_region *r);

/* region_join.c */
void ic_region_on_carrier(struct ic_region *r, uint32_t node, const struct ic_place_out *out);
void ic_region_on_join(struct ic_region *r, uint32_t node, const struct ic_place_out *out);
/* The node does not carry the meeting of another one any more. */
void ic_region_forget_said(struct ic_region *r, uint32_t node, uint32_t meeting);

/* region_operator.c */
void ic_region_publish_first(struct ic_region *r);
void ic_region_publish(struct ic_region *r);
/* One in which all is right, which everybody knows at once. */
void ic_region_publish_good(struct ic_region *r);
bool ic_region_is_allowed(const struct ic_region *r, uint32_t node, uint32_t meeting);
/* A node takes this version, as far as it lets itself be told; without its new certificate: it goes
 * on serving with the one before. */
void ic_region_tell(struct ic_region *r, uint32_t node, uint32_t version, bool has_cert);
void ic_region_make_meetings(struct ic_region *r);

/* region_bus.c */
void ic_region_send_beat(struct ic_region *r, uint32_t node, const struct ic_beat *beat);
/* "Do you have this meeting?" */
void ic_region_send_doubt(struct ic_region *r, uint32_t from, uint32_t to, uint32_t meeting);
void ic_region_send_request(struct ic_region *r, uint32_t node,
                            const struct ic_directory_request *request);
void ic_region_send_version(struct ic_region *r, uint32_t node, uint32_t version);
void ic_region_deliver(struct ic_region *r);

/* region_answer.c: do what nodes say, until nobody says anything any more. */
void ic_region_settle(struct ic_region *r);

/* region_check.c */
void ic_region_blame(struct ic_region *r, const char *what, uint32_t node, uint32_t meeting);
/* Something is said by node about who, whose certificate has this fingerprint (NULL: its own). */
void ic_region_check(struct ic_region *r, enum ic_invariant_event_kind kind, uint32_t node,
                     uint32_t who, uint32_t meeting, const uint8_t *fingerprint, uint8_t hops,
                     bool is_assigned);
/* The lease of a node was over, as far as anybody can know, before its next beat is heard. */
void ic_region_note_lapse(struct ic_region *r, uint32_t node);
/* Somebody was taken into a meeting that is here; was it asked whether it still is? */
void ic_region_check_asked(struct ic_region *r, uint32_t node, uint32_t meeting);
/* Somebody was taken or sent on without the right policy. */
void ic_region_check_no_policy(struct ic_region *r, uint32_t node, uint32_t meeting);
void ic_region_check_refusal(struct ic_region *r, uint32_t node, uint32_t meeting,
                             uint32_t retry_ms);
void ic_region_check_generation(struct ic_region *r, uint32_t node, uint32_t meeting,
                                uint64_t generation);
/* All that a node carries. */
void ic_region_check_node(struct ic_region *r, uint32_t node);
/* A packet on each relay. */
void ic_region_check_packets(struct ic_region *r, uint32_t node);

#endif
