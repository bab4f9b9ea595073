#include "signal/permit.h"

#include "signal/client.h"

struct ic_wall_answer ic_permit_ask(const struct ic_hub *h, const struct ic_room *room,
                                    enum ic_wall_purpose purpose, uint32_t people)
{
    const struct ic_wall_question question = {.purpose = purpose,
                                              .policy = room->policy_bytes,
                                              .policy_len = room->policy_len,
                                              .people = people};
    return h->config.wall.ask(h->config.wall.context, h->now, &question);
}

bool ic_permit_may_commit(const struct ic_hub *h, const struct ic_room *room)
{
    return ic_permit_ask(h, room, IC_WALL_COMMIT, 0).reason == NULL;
}

void ic_permit_expel(struct ic_hub *h, struct ic_ref client, const struct ic_room *room,
                     const struct ic_wall_answer *answer)
{
    const struct ic_sig_node_refused refused = {.reason = answer->reason,
                                                .countries = room->policy.countries,
                                                .country_count = room->policy.country_count,
                                                .retry_s = (answer->retry_ms + 999) / 1000};
    ic_client_expel_node_refused(h, client, &refused);
}

struct ic_wall_answer ic_permit_full(void)
{
    return (struct ic_wall_answer){.reason = "no_capacity_in_region", /* cluster.md 3 */
                                   .retry_ms = IC_PLACE_RETRY_MS};
}
