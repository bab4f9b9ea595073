/* What always holds of placement, I1 to I8, written down a second time and without the filter: the
 * simulator asks at each event with what is true in its world, a server with what it knows, and
 * counts (metric incamera_region_violations_total). The count stays 0. */
#ifndef IC_CLUSTER_INVARIANT_H
#define IC_CLUSTER_INVARIANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "cluster/node_cert.h"

enum ic_invariant {
    IC_I1, /* who carries a meeting is in its policy, with a valid certificate of the set */
    IC_I2, /* and says which country that is */
    IC_I3, /* there is a policy */
    IC_I4, /* new work goes to a node whose lease is at most 3 s old */
    IC_I5, /* a relay joins two nodes of the policy that showed their keys, within max_hops */
    IC_I6, /* nobody is taken beyond the capacity; who is refused for it hears when to ask again */
    IC_I7, /* a node counts after signatures, log and delay, and not once it is removed */
    IC_I8, /* packets of a meeting go to nodes of that meeting */
    IC_INVARIANTS,
};

enum ic_invariant_event_kind {
    IC_EVENT_JOIN,   /* the node takes somebody new */
    IC_EVENT_NAME,   /* the node is told to a client, or asked to relay */
    IC_EVENT_CARRY,  /* the node goes on with a meeting */
    IC_EVENT_RELAY,  /* the node is at one end of a relay */
    IC_EVENT_PACKET, /* the node is sent a packet of the meeting */
    IC_EVENT_REFUSE, /* somebody is refused because nodes are full */
};

/* One event, about one node and one meeting, as flat facts. */
struct ic_invariant_event {
    enum ic_invariant_event_kind kind;
    const uint8_t *policy; /* bytes, borrowed */
    size_t policy_len;
    char country[IC_COUNTRY_LEN]; /* of the certificate; zeros: none */
    uint64_t not_before_s, not_after_s, effective_s, date_s;
    bool is_in_set, is_conflicting, is_signed, is_logged, is_removed;
    struct ic_dur lease_age;
    uint16_t people, people_max;
    uint8_t hops;
    bool is_key_shown; /* the peer's DTLS key is that of its certificate */
    bool is_assigned;  /* the node is one of those that carry the meeting */
    uint32_t retry_ms;
};

/* Clocks that run 500 ppm apart make 3 s of one a little more of the other. */
#define IC_INVARIANT_LEASE_US (IC_LEASE_EXPIRY_MS * 1000 + IC_LEASE_EXPIRY_MS)

struct ic_invariants {
    uint64_t checked[IC_INVARIANTS], violated[IC_INVARIANTS];
};

/* Count the event. Returns whether all that it is about holds; *first is set to the first that does
 * not. */
bool ic_invariant_check(struct ic_invariants *counts, const struct ic_invariant_event *event,
                        enum ic_invariant *first);
/* All that were violated. */
uint64_t ic_invariants_total(const struct ic_invariants *counts);

#endif
