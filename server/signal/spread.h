/* Which media worker has whom, and the relays between workers. It stands between the hub, to which
 * a meeting has one worker, and the workers: a meeting that outgrows its worker goes on at another
 * one, and a relay joins the two (docs/protocol/cluster.md 5). Pure: commands for workers come out
 * by poll, and stay until they are taken.
 *
 * A worker is full for a meeting's newcomer when it has people_max people. Then he goes to the
 * least busy worker of his meeting that is not full, else to the least busy of all; where no relay
 * can be had he stays with his meeting, however full its worker is: nobody is refused here.
 *
 * Timer: what was lost is opened again after a second. */
#ifndef IC_SIGNAL_SPREAD_H
#define IC_SIGNAL_SPREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "msg/cmd.h"
#include "msg/evt.h"

#define IC_SPREAD_WORKERS_MAX 64 /* bits of a mask */

struct ic_spread_config {
    uint32_t worker_count;
    uint32_t people_max;           /* of a worker, then meetings go on at another one */
    uint32_t peers_max, rooms_max; /* of all */
    uint32_t relay_meetings_max;   /* of one worker, as it was configured */
    uint64_t seed[2];              /* of tables */
};

struct ic_spread;

/* The caller takes it. NULL when there is no memory. */
struct ic_spread *ic_spread_create(const struct ic_spread_config *config);
void ic_spread_destroy(struct ic_spread *s);

/* A command of the hub about people or a meeting: the workers that it is for (a bit each).
 *  home  the worker that the hub thinks of */
uint64_t ic_spread_route(struct ic_spread *s, struct ic_time now, uint32_t home,
                         const struct ic_cmd *cmd);
/* The worker could not take a PEER_ADD: as if it had never been. */
void ic_spread_forget(struct ic_spread *s, uint64_t peer);
/* An event of a worker. True: it is for the hub, too. */
bool ic_spread_on_evt(struct ic_spread *s, struct ic_time now, uint32_t worker,
                      const struct ic_evt *evt);
void ic_spread_tick(struct ic_spread *s, struct ic_time now);
struct ic_time ic_spread_deadline(const struct ic_spread *s);

/* The next command for a worker, lent until the next call; NULL: none. It stays the next one until
 * ic_spread_taken. */
const struct ic_cmd *ic_spread_next(struct ic_spread *s, uint32_t *worker);
void ic_spread_taken(struct ic_spread *s);

/* For tests and statistics. */
uint32_t ic_spread_worker_of(const struct ic_spread *s, uint64_t peer); /* UINT32_MAX: none */
uint32_t ic_spread_people(const struct ic_spread *s, uint32_t worker);
/* Where people of this meeting are, a bit each. */
uint64_t ic_spread_workers(const struct ic_spread *s, uint64_t room);
uint32_t ic_spread_relayed(const struct ic_spread *s); /* meetings on relays */

#endif
