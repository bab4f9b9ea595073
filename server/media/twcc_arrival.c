#include "media/twcc_arrival.h"

#include "base/seq.h"
#include "wire/twcc.h"

static_assert(IC_TWCC_ARRIVALS % 64 == 0, "whole words");
static_assert(IC_TWCC_LEADING_MAX < IC_TWCC_STATUSES_MAX, "the first arrival fits a feedback");

/* Numbers begin one lap up, so that those just before the first are not negative. */
#define FIRST_LAP 0x10000U

void ic_twcc_arrival_init(struct ic_twcc_arrival *a, uint32_t sender_ssrc)
{
    *a = (struct ic_twcc_arrival){.due = IC_NEVER, .sender_ssrc = sender_ssrc};
}

static bool has_arrived(const struct ic_twcc_arrival *a, uint64_t number)
{
    return (a->arrived[number / 64 % (IC_TWCC_ARRIVALS / 64)] >> (number % 64) & 1) != 0;
}

static void set_arrived(struct ic_twcc_arrival *a, uint64_t number)
{
    a->arrived[number / 64 % (IC_TWCC_ARRIVALS / 64)] |= UINT64_C(1) << (number % 64);
}

static void clear_arrived(struct ic_twcc_arrival *a, uint64_t number)
{
    a->arrived[number / 64 % (IC_TWCC_ARRIVALS / 64)] &= ~(UINT64_C(1) << (number % 64));
}

/* A jump that the ring does not span, in either direction: nobody can tell what was between. */
static void restart(struct ic_twcc_arrival *a, uint64_t number)
{
    memset(a->arrived, 0, sizeof a->arrived);
    a->next = number;
    a->highest = number;
}

static void advance(struct ic_twcc_arrival *a, uint64_t number)
{
    if (number - a->highest >= IC_TWCC_ARRIVALS) {
        restart(a, number);
    } else {
        for (uint64_t n = a->highest + 1; n <= number; n++)
            clear_arrived(a, n);
    }
    a->highest = number;
    if (number - a->next >= IC_TWCC_ARRIVALS)
        a->next = number - IC_TWCC_ARRIVALS + 1;
}

enum ic_err ic_twcc_arrival_input(struct ic_twcc_arrival *a, struct ic_time now,
                                  uint32_t media_ssrc, uint16_t seq)
{
    if (!a->started) {
        a->started = true;
        a->highest = FIRST_LAP + seq;
        a->next = a->highest;
    }
    uint64_t number = ic_seq16_extend(a->highest, seq);
    if (number > a->highest) {
        advance(a, number);
    } else if (a->highest - number >= IC_TWCC_ARRIVALS) {
        restart(a, number);
    } else if (number < a->next) {
        if (a->has_told)
            return IC_ERR_REPLAY;
        a->next = number; /* the first to arrive was not the first sent */
    }
    if (has_arrived(a, number))
        return IC_ERR_REPLAY;
    set_arrived(a, number);
    a->ticks[number % IC_TWCC_ARRIVALS] = (uint32_t)(now.us / IC_TWCC_TICK_US);
    a->media_ssrc = media_ssrc;
    if (ic_time_is_never(a->due)) {
        struct ic_time from = a->has_told ? a->told : now;
        a->due = ic_time_add(from, IC_MS(IC_TWCC_INTERVAL_MS));
    }
    return IC_OK;
}

/* Arrivals from first on, as ticks on the loop clock. Returns how many numbers. */
static size_t collect(const struct ic_twcc_arrival *a, struct ic_time now, uint64_t first,
                      int64_t out[static IC_TWCC_STATUSES_MAX])
{
    int64_t now_ticks = now.us / IC_TWCC_TICK_US;
    size_t count = 0;
    for (uint64_t n = first; n <= a->highest && count < IC_TWCC_STATUSES_MAX; n++) {
        uint32_t age = (uint32_t)now_ticks - a->ticks[n % IC_TWCC_ARRIVALS];
        out[count++] = has_arrived(a, n) ? now_ticks - (int64_t)age : IC_TWCC_LOST;
    }
    return count;
}

/* Where the next feedback begins: at the losses in front of the first arrival, not too many. */
static uint64_t first_to_tell(const struct ic_twcc_arrival *a)
{
    uint64_t arrival = a->next;
    while (arrival < a->highest && !has_arrived(a, arrival))
        arrival++;
    return arrival - a->next > IC_TWCC_LEADING_MAX ? arrival - IC_TWCC_LEADING_MAX : a->next;
}

bool ic_twcc_arrival_poll(struct ic_twcc_arrival *a, struct ic_time now, struct ic_wr *w)
{
    if (!ic_time_reached(a->due, now))
        return false;
    int64_t ticks[IC_TWCC_STATUSES_MAX];
    uint64_t first = first_to_tell(a);
    size_t count = collect(a, now, first, ticks);
    struct ic_twcc_head head = {
        .sender_ssrc = a->sender_ssrc,
        .media_ssrc = a->media_ssrc,
        .base_seq = (uint16_t)first,
        .feedback_count = a->feedback_count,
    };
    size_t told = ic_twcc_write(w, &head, ticks, count);
    if (told == 0)
        return false;
    a->feedback_count++;
    a->has_told = true;
    a->told = now;
    a->next = first + told;
    if (a->next > a->highest)
        a->due = IC_NEVER;
    return true;
}

struct ic_time ic_twcc_arrival_deadline(const struct ic_twcc_arrival *a)
{
    return a->due;
}
