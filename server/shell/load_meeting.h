/* A meeting that goes on while it is measured (shape P of a load test): its members come and go by
 * commits that the helper makes meanwhile, its sources are switched off and on, and what the helper
 * tells of epochs and slots reaches the members. */
#ifndef IC_SHELL_LOAD_MEETING_H
#define IC_SHELL_LOAD_MEETING_H

#include "shell/load_crowd.h"
#include "shell/load_helper.h"
#include "shell/load_histogram.h"
#include "shell/load_life.h"

struct ic_load_meeting_config {
    struct ic_load_crowd *crowd;   /* kept */
    struct ic_load_helper *helper; /* kept */
    uint32_t people;               /* who are there at a time, about */
    uint32_t joins_per_min;
    size_t slots; /* of each kind, of each of them */
};

struct ic_load_meeting_counts {
    uint64_t joins, leaves;        /* connected; removed by a commit */
    uint64_t epochs;               /* that somebody heard of */
    uint64_t switches;             /* of cameras and microphones */
    struct ic_load_histogram took; /* until who came was connected */
};

struct ic_load_meeting {
    struct ic_load_meeting_config config;
    struct ic_load_life life;
    bool is_ending;           /* nobody comes or goes any more */
    struct ic_time *asked;    /* of each member of the crowd who is to come: since when */
    uint32_t coming, leaving; /* under way */
    uint64_t epoch;           /* the newest */
    struct ic_load_meeting_counts counts;
    char why[IC_LOAD_ERROR_TEXT_MAX + 32]; /* what the helper says */
};

/*  IC_ERR_FULL  no memory; it may be deinitialised */
IC_NODISCARD enum ic_err ic_load_meeting_init(struct ic_load_meeting *m,
                                              const struct ic_load_meeting_config *config,
                                              struct ic_time now);
void ic_load_meeting_deinit(struct ic_load_meeting *m);
/* Until when nothing has to be done. */
struct ic_time ic_load_meeting_deadline(const struct ic_load_meeting *m);
/* What is due, what the helper said, and who has connected. NULL: it goes on; else one line for a
 * person says why not, lent until the next call. */
const char *ic_load_meeting_turn(struct ic_load_meeting *m, struct ic_time now);

#endif
