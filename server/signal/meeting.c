#include "signal/meeting.h"

#include <string.h>

#include "base/assert.h"

static void finish(struct ic_hub *h, struct ic_ref ref, enum ic_err result)
{
    const struct ic_making *making = ic_pool_at(&h->makings, ref);
    IC_ASSERT(making != NULL);
    ic_effect_answer(&h->effects, making->conn, result, making->meeting);
    ic_heap_set(&h->deadlines, ic_hub_making_deadline_id(h, ref.index), IC_NEVER);
    ic_pool_put(&h->makings, ref);
}

void ic_meeting_request(struct ic_hub *h, struct ic_conn_id conn)
{
    struct ic_ref ref = {0};
    struct ic_making *making = NULL;
    if (!h->is_draining && ic_bucket_take(&h->makings_bucket, h->now, IC_SIGNAL_MEETINGS_PER_S,
                                          IC_SIGNAL_MEETINGS_BURST))
        making = ic_pool_get(&h->makings, &ref);
    if (making == NULL) {
        ic_effect_answer(&h->effects, conn, IC_ERR_FULL, NULL);
        return;
    }
    making->conn = conn;
    h->config.entropy.fill(h->config.entropy.context, making->meeting, sizeof making->meeting);
    struct ic_store_request request = {.kind = IC_STORE_MEETING_ADD, .token = ic_hub_token(ref)};
    memcpy(request.meeting, making->meeting, sizeof request.meeting);
    ic_effect_store(&h->effects, &request);
    ic_heap_set(&h->deadlines, ic_hub_making_deadline_id(h, ref.index),
                ic_time_add(h->now, IC_MS(IC_SIGNAL_STORE_MS)));
}

void ic_meeting_made(struct ic_hub *h, struct ic_ref ref, enum ic_err result)
{
    bool is_known = result == IC_OK || result == IC_ERR_FULL;
    if (ic_pool_at(&h->makings, ref) != NULL)
        finish(h, ref, is_known ? result : IC_ERR_SYSTEM);
}

void ic_meeting_tick(struct ic_hub *h, struct ic_ref ref)
{
    finish(h, ref, IC_ERR_FULL);
}
