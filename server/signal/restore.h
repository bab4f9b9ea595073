/* A meeting moves here (docs/protocol/signalling.md 4.4): a member of it brings group and log
 * along, because the node that had it is lost. What is brought is written down by the store first;
 * or the meeting is here already, and the member gets its seat.
 *
 * Above catch_up, below request, which ends those who are refused. */
#ifndef IC_SIGNAL_RESTORE_H
#define IC_SIGNAL_RESTORE_H

#include "signal/hub_state.h"

/* What becomes of a client that restores. */
enum ic_restored {
    IC_RESTORED,         /* it has its seat, and was told so */
    IC_RESTORED_WAITING, /* the store is asked */
    IC_RESTORED_BARRED,  /* the wall says why */
    IC_RESTORED_REFUSED, /* by error */
};

struct ic_restoring {
    enum ic_restored result;
    enum ic_sig_error error;    /* REFUSED */
    struct ic_wall_answer wall; /* BARRED */
};

/* A message of a client that has said nothing yet: what costs little is checked, and the meeting is
 * looked for. REFUSED, or WAITING for MEETING_RESTORE. */
struct ic_restoring ic_restore_ask(struct ic_hub *h, struct ic_ref client,
                                   const struct ic_sig_restore *msg);
/* The store has the meeting; room is that of it, made just now if is_opened. */
struct ic_restoring ic_restore_enter(struct ic_hub *h, struct ic_ref client, struct ic_ref room,
                                     const struct ic_store_reply *reply, bool is_opened);
/* The store's answer to GROUP_RESTORE, with the parts of the request.
 * The room stays pinned: the caller lets it go.
 *  client, room  set; the client may be stale */
struct ic_restoring ic_restore_written(struct ic_hub *h, const struct ic_store_reply *reply,
                                       struct ic_ref *client, struct ic_ref *room);

/* The group was brought a moment ago, and a higher epoch may still take its place. */
static inline bool ic_restore_is_settling(const struct ic_hub *h, const struct ic_room *room)
{
    return !ic_time_reached(room->settled_at, h->now);
}

#endif
