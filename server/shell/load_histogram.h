/* How often which delay occurred. A bucket is a microsecond wide up to 64 us, and above at most a
 * 32nd of what it stands for. */
#ifndef IC_SHELL_LOAD_HISTOGRAM_H
#define IC_SHELL_LOAD_HISTOGRAM_H

#include <stdint.h>

#define IC_LOAD_HISTOGRAM_BUCKETS 768 /* up to 2^28 us; what is longer counts as that */

struct ic_load_histogram {
    uint64_t count;
    int64_t max_us;
    uint64_t buckets[IC_LOAD_HISTOGRAM_BUCKETS];
};

/* Below zero counts as zero. */
void ic_load_histogram_add(struct ic_load_histogram *h, int64_t us);
/* The delay that this part of all of them did not exceed, rounded up to the end of its bucket; 0
 * when there is none.
 *  permille  0..1000 */
int64_t ic_load_histogram_at(const struct ic_load_histogram *h, uint32_t permille);

#endif
