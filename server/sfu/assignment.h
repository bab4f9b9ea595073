/* Which source stands in which slot. Sources get slots in the order in which they appear and keep
 * them until they are switched off; nobody gets its own; when there are more sources than slots the
 * rest waits, and a freed slot takes the first of them in the order of joining. The n-th slot for
 * sound and the n-th for picture belong together in the browser (lip sync): a person's microphone
 * and camera go to slots of one number where they can. */
#ifndef IC_SFU_ASSIGNMENT_H
#define IC_SFU_ASSIGNMENT_H

#include "base/time.h"

struct ic_peer;
struct ic_track;
struct ic_worker;

/* The track is sent from now on: it takes a free slot of its kind at every other member. */
void ic_assignment_add_source(struct ic_worker *w, struct ic_time now, struct ic_track *track);
/* The track is not sent any more: its slots go to who waits. */
void ic_assignment_remove_source(struct ic_worker *w, struct ic_time now, struct ic_track *track);
/* A new member: fill its slots. */
void ic_assignment_add_receiver(struct ic_worker *w, struct ic_time now, struct ic_peer *peer);

#endif
