#include "media/clock_map.h"

#include "media/ntp.h"

static bool is_within(int64_t a, int64_t b, int64_t limit_ms)
{
    uint64_t distance = a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
    return distance <= (uint64_t)ic_ntp_from_us(limit_ms * 1000);
}

static void start(struct ic_clock_map *m, struct ic_time now, int64_t sample)
{
    m->offset = sample;
    for (int i = 0; i < IC_CLOCK_MAP_BUCKETS; i++)
        m->minima[i] = INT64_MAX;
    m->minima[0] = sample;
    m->bucket = 0;
    m->started = now;
    m->updated = now;
    m->outliers = 0;
    m->valid = true;
}

void ic_clock_map_init(struct ic_clock_map *m)
{
    *m = (struct ic_clock_map){0};
}

/* A sample far from the map: an outlier, or the first ones of a clock that was set. */
static void on_outlier(struct ic_clock_map *m, struct ic_time now, int64_t sample)
{
    if (m->outliers > 0 && is_within(sample, m->outlier, IC_CLOCK_MAP_AGREE_MS)) {
        m->outliers++;
        m->outlier = sample < m->outlier ? sample : m->outlier;
    } else {
        m->outliers = 1;
        m->outlier = sample;
    }
    if (m->outliers < IC_CLOCK_MAP_AGREE_COUNT)
        return;
    start(m, now, m->outlier);
    m->resets++;
}

/* Put the sample in its bucket, empty those that time has passed, and return the least of all. */
static int64_t window_minimum(struct ic_clock_map *m, struct ic_time now, int64_t sample)
{
    int64_t bucket = ic_time_sub(now, m->started).us / IC_MS(IC_CLOCK_MAP_BUCKET_MS).us;
    int64_t passed = bucket - m->bucket;
    for (int64_t i = 1; i <= passed && i <= IC_CLOCK_MAP_BUCKETS; i++)
        m->minima[(m->bucket + i) % IC_CLOCK_MAP_BUCKETS] = INT64_MAX;
    m->bucket = bucket;

    int64_t *own = &m->minima[bucket % IC_CLOCK_MAP_BUCKETS];
    *own = sample < *own ? sample : *own;
    int64_t least = *own;
    for (int i = 0; i < IC_CLOCK_MAP_BUCKETS; i++)
        least = m->minima[i] < least ? m->minima[i] : least;
    return least;
}

static int64_t clamp(int64_t v, int64_t limit)
{
    return v > limit ? limit : v < -limit ? -limit : v;
}

void ic_clock_map_input(struct ic_clock_map *m, struct ic_time now, uint64_t server_ntp,
                        uint64_t publisher_ntp)
{
    int64_t sample = (int64_t)(server_ntp - publisher_ntp);
    if (!m->valid) {
        start(m, now, sample);
        return;
    }
    if (ic_time_before(now, m->updated))
        now = m->updated;
    if (!is_within(sample, m->offset, IC_CLOCK_MAP_JUMP_MS)) {
        on_outlier(m, now, sample);
        return;
    }
    m->outliers = 0;
    int64_t target = window_minimum(m, now, sample);
    int64_t passed_us = ic_time_sub(now, m->updated).us;
    bool settling = ic_time_sub(now, m->started).us < IC_MS(IC_CLOCK_MAP_SETTLE_MS).us;
    m->updated = now;
    if (settling && target < m->offset)
        m->offset = target;
    else
        m->offset +=
            clamp(target - m->offset, ic_ntp_from_us(passed_us * IC_CLOCK_MAP_SLEW_PPM / 1000000));
}

bool ic_clock_map_is_valid(const struct ic_clock_map *m)
{
    return m->valid;
}

uint64_t ic_clock_map_to_server(const struct ic_clock_map *m, uint64_t publisher_ntp)
{
    return publisher_ntp + (uint64_t)m->offset;
}

uint64_t ic_clock_map_to_publisher(const struct ic_clock_map *m, uint64_t server_ntp)
{
    return server_ntp - (uint64_t)m->offset;
}
