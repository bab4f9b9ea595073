#include "cluster/selector.h"

#include <string.h>

static bool is_better(const struct ic_eligible *a, const struct ic_eligible *b)
{
    if (ic_eligible_is_audio_only(a) != ic_eligible_is_audio_only(b))
        return !ic_eligible_is_audio_only(a);
    return ic_eligible_room(a) > ic_eligible_room(b);
}

const struct ic_eligible *ic_select_least_load(const struct ic_eligible_list *list,
                                               struct ic_time now)
{
    const struct ic_eligible *best = NULL, *e;
    for (size_t i = 0; (e = ic_eligible_at(list, i, now)) != NULL; i++)
        if (best == NULL || is_better(e, best))
            best = e;
    return best;
}

const struct ic_eligible *ic_select_sticky(const struct ic_eligible_list *list,
                                           const uint8_t node[static IC_NODE_ID_LEN],
                                           struct ic_time now)
{
    const struct ic_eligible *best = ic_select_least_load(list, now);
    const struct ic_eligible *own = ic_eligible_find(list, node, now);
    if (own == NULL || (ic_eligible_is_audio_only(own) && !ic_eligible_is_audio_only(best)))
        return best;
    return own;
}

const struct ic_eligible *ic_select_nearest(const struct ic_eligible_list *list,
                                            const char *country, size_t country_len,
                                            struct ic_time now)
{
    const struct ic_eligible *best = NULL, *e;
    if (country_len != IC_COUNTRY_LEN)
        return ic_select_least_load(list, now);
    for (size_t i = 0; (e = ic_eligible_at(list, i, now)) != NULL; i++) {
        if (memcmp(ic_eligible_country(e), country, IC_COUNTRY_LEN) != 0 ||
            ic_eligible_is_audio_only(e))
            continue;
        if (best == NULL || is_better(e, best))
            best = e;
    }
    return best == NULL ? ic_select_least_load(list, now) : best;
}

size_t ic_select_failover(const struct ic_eligible_list *list,
                          const uint8_t except[static IC_NODE_ID_LEN], struct ic_time now,
                          const struct ic_eligible **out, size_t max)
{
    const struct ic_eligible *e;
    size_t count = 0;
    for (size_t i = 0; (e = ic_eligible_at(list, i, now)) != NULL; i++) {
        if (memcmp(ic_eligible_node(e), except, IC_NODE_ID_LEN) == 0)
            continue;
        size_t at = count;
        while (at > 0 && is_better(e, out[at - 1]))
            at--;
        if (at == max)
            continue;
        count += count < max;
        memmove(&out[at + 1], &out[at], (count - at - 1) * sizeof *out);
        out[at] = e;
    }
    return count;
}
