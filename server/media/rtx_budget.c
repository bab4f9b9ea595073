#include "media/rtx_budget.h"

#include <string.h>

#define STEP_MS 100

static_assert(STEP_MS * IC_RTX_BUDGET_STEPS == IC_RTX_WINDOW_MS, "the steps cover the window");

void ic_rtx_budget_init(struct ic_rtx_budget *b)
{
    memset(b, 0, sizeof *b);
}

/* Forget what is older than the window. */
static void advance(struct ic_rtx_budget *b, struct ic_time now)
{
    int64_t step = now.us / IC_MS(STEP_MS).us;
    if (step - b->step >= IC_RTX_BUDGET_STEPS) {
        ic_rtx_budget_init(b);
        b->step = step;
    }
    while (b->step < step) {
        size_t at = (size_t)(++b->step % IC_RTX_BUDGET_STEPS);
        b->media_sum -= b->media[at];
        b->rtx_sum -= b->rtx[at];
        b->media[at] = 0;
        b->rtx[at] = 0;
    }
}

void ic_rtx_budget_on_media(struct ic_rtx_budget *b, struct ic_time now, size_t n)
{
    advance(b, now);
    b->media[b->step % IC_RTX_BUDGET_STEPS] += (uint32_t)n;
    b->media_sum += (uint32_t)n;
}

bool ic_rtx_budget_take(struct ic_rtx_budget *b, struct ic_time now, size_t n)
{
    advance(b, now);
    if (((uint64_t)b->rtx_sum + n) * 100 > (uint64_t)b->media_sum * IC_RTX_RATE_PERCENT)
        return false;
    b->rtx[b->step % IC_RTX_BUDGET_STEPS] += (uint32_t)n;
    b->rtx_sum += (uint32_t)n;
    return true;
}
