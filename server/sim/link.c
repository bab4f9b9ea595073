#include "sim/link.h"

#define MILLION 1000000

void ic_link_init(struct ic_link *link, struct ic_dur delay)
{
    *link = (struct ic_link){.delay = delay, .queue = IC_MS(200)};
}

static bool happens(struct ic_prng *prng, uint32_t ppm)
{
    return ppm > 0 && ic_prng_below(prng, MILLION) < ppm;
}

static struct ic_time later(struct ic_time a, struct ic_time b)
{
    return ic_time_before(a, b) ? b : a;
}

/* When the last bit has left; false: the queue is full. */
static bool pass_rate(struct ic_link *link, struct ic_time now, size_t len, struct ic_time *out)
{
    *out = now;
    if (link->rate_bps == 0)
        return true;
    struct ic_time start = later(link->free_at, now);
    if (ic_time_sub(start, now).us > link->queue.us)
        return false;
    *out = ic_time_add(start, IC_US((int64_t)len * 8 * MILLION / link->rate_bps));
    link->free_at = *out;
    return true;
}

static struct ic_time arrival(struct ic_link *link, struct ic_prng *prng, struct ic_time from)
{
    struct ic_time at = ic_time_add(from, link->delay);
    if (link->jitter.us > 0)
        at = ic_time_add(at, IC_US(ic_prng_below(prng, (uint32_t)link->jitter.us)));
    if (happens(prng, link->reorder_ppm))
        return ic_time_add(at, link->reorder_delay);
    link->last = later(link->last, at);
    return link->last;
}

size_t ic_link_send(struct ic_link *link, struct ic_prng *prng, struct ic_time now, size_t len,
                    struct ic_time arrivals[static IC_LINK_COPIES_MAX])
{
    struct ic_time left;
    link->sent++;
    if (link->down || happens(prng, link->loss_ppm) || !pass_rate(link, now, len, &left)) {
        link->lost++;
        return 0;
    }
    arrivals[0] = arrival(link, prng, left);
    if (!happens(prng, link->duplicate_ppm))
        return 1;
    arrivals[1] = arrival(link, prng, left);
    return 2;
}
