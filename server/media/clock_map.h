/* One publisher's NTP clock seen from the server's: server = publisher + offset. Each sender report
 * of any of its streams gives a sample, offset + network delay; the least of the last 60 s is
 * taken (six minima of 10 s each) and followed at 500 ppm at most. All streams of a publisher share
 * one map, so that their relative timing is kept as it is: whatever error the offset has, they
 * have it in common. A clock that is set gives samples far away: three that agree replace the map.
 * No timers. */
#ifndef IC_MEDIA_CLOCK_MAP_H
#define IC_MEDIA_CLOCK_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

#define IC_CLOCK_MAP_BUCKETS     6
#define IC_CLOCK_MAP_BUCKET_MS   10000
#define IC_CLOCK_MAP_SLEW_PPM    500
#define IC_CLOCK_MAP_SETTLE_MS   10000 /* at first, a lower sample is taken over at once */
#define IC_CLOCK_MAP_JUMP_MS     1000  /* a sample this far away is another clock or an outlier */
#define IC_CLOCK_MAP_AGREE_MS    500   /* outliers this close to each other agree */
#define IC_CLOCK_MAP_AGREE_COUNT 3

struct ic_clock_map {
    int64_t offset;                       /* 32.32, server minus publisher */
    int64_t minima[IC_CLOCK_MAP_BUCKETS]; /* INT64_MAX: no sample */
    int64_t outlier;                      /* least of the agreeing outliers */
    struct ic_time started;               /* of the map at hand */
    struct ic_time updated;
    int64_t bucket;  /* number of the newest bucket since started */
    uint32_t resets; /* how often the map was replaced */
    uint8_t outliers;
    bool valid;
};

void ic_clock_map_init(struct ic_clock_map *m);
/* A sender report said publisher_ntp when the server's clock stood at server_ntp.
 *  now  must not run backwards (an earlier one counts as the last) */
void ic_clock_map_input(struct ic_clock_map *m, struct ic_time now, uint64_t server_ntp,
                        uint64_t publisher_ntp);
/* False until the first report. */
bool ic_clock_map_is_valid(const struct ic_clock_map *m);
/* The two directions; valid maps only (else the argument comes back). */
uint64_t ic_clock_map_to_server(const struct ic_clock_map *m, uint64_t publisher_ntp);
uint64_t ic_clock_map_to_publisher(const struct ic_clock_map *m, uint64_t server_ntp);

#endif
