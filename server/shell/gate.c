#include "shell/gate_state.h"

#include <stdlib.h>
#include <string.h>

#include "wire/policy.h"

#define COUNT_MS 1000

struct ic_gate *ic_gate_create(struct ic_wall own, uint32_t meetings_max)
{
    struct ic_gate *g = calloc(1, sizeof *g);
    if (g == NULL)
        return NULL;
    g->own = own;
    g->here_max = meetings_max;
    g->next_count = IC_NEVER;
    g->here = calloc(meetings_max, sizeof *g->here);
    if (g->here == NULL) {
        free(g);
        return NULL;
    }
    return g;
}

void ic_gate_destroy(struct ic_gate *g)
{
    for (uint32_t i = 0; i < IC_CLUSTER_HELD_MAX; i++)
        if (g->held[i].is_used)
            free((void *)(uintptr_t)g->held[i].reply.parts);
    free(g->here);
    free(g);
}

void ic_gate_set(struct ic_gate *g, struct ic_cluster_thread *cluster, struct ic_hub *hub)
{
    g->cluster = cluster;
    g->hub = hub;
}

/* ---- what the hub asks ---- */

struct ic_gate_here *ic_gate_here_of(const struct ic_gate *g,
                                     const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    for (uint32_t i = 0; i < g->here_max; i++)
        if (g->here[i].is_used && memcmp(g->here[i].meeting, meeting, IC_MEETING_ID_LEN) == 0)
            return &g->here[i];
    return NULL;
}

static struct ic_wall_answer answer_of(enum ic_place_reason reason, bool is_end)
{
    return (struct ic_wall_answer){.reason = ic_place_reason_word(reason),
                                   .retry_ms =
                                       ic_place_reason_may_pass(reason) ? IC_PLACE_RETRY_MS : 0,
                                   .is_end = is_end};
}

/* A commit may be written as long as no other node can have the meeting: to take it over it needs
 * our silence, and we know when we are not heard; and we know what we hand over. */
static struct ic_wall_answer ask_commit(const struct ic_gate *g, struct ic_time now,
                                        const struct ic_wall_question *question)
{
    struct ic_policy policy;
    if (g->cluster != NULL && ic_time_reached(ic_cluster_thread_lease_end(g->cluster), now))
        return answer_of(IC_PLACE_LEASE_EXPIRED, false);
    if (!g->is_draining)
        return (struct ic_wall_answer){.reason = NULL};
    if (ic_policy_parse(question->policy, question->policy_len, &policy) != IC_OK)
        return answer_of(IC_PLACE_POLICY_MALFORMED, false);
    const struct ic_gate_here *here = ic_gate_here_of(g, policy.meeting_id);
    if (here == NULL || here->is_handing || here->is_handed)
        return answer_of(IC_PLACE_TAKEN_OVER, false);
    return (struct ic_wall_answer){.reason = NULL};
}

/* At other nodes, of all meetings. */
static uint32_t places(const struct ic_gate *g)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < g->here_max; i++)
        sum += g->here[i].is_used ? g->here[i].places : 0;
    return sum;
}

/* Somebody who was looked for in the store has the verdict of that moment. Those who are in and go
 * on have what was heard since: the meeting is here, or must end. */
static struct ic_wall_answer ask(void *context, struct ic_time now,
                                 const struct ic_wall_question *question)
{
    struct ic_gate *g = context;
    struct ic_policy policy;
    if (question->purpose == IC_WALL_COMMIT)
        return ask_commit(g, now, question);
    struct ic_wall_question here_only = *question;
    here_only.people -= question->people < places(g) ? question->people : places(g);
    struct ic_wall_answer answer = g->own.ask(g->own.context, now, &here_only);
    if (answer.reason != NULL || g->cluster == NULL)
        return answer;
    if (g->verdict != NULL && g->verdict->verdict != IC_CLUSTER_HERE &&
        question->purpose == IC_WALL_NEW)
        return answer_of(g->verdict->reason, false);
    if (ic_policy_parse(question->policy, question->policy_len, &policy) != IC_OK)
        return answer_of(IC_PLACE_POLICY_MALFORMED, true);
    const struct ic_gate_here *here = ic_gate_here_of(g, policy.meeting_id);
    if (here == NULL)
        return answer_of(IC_PLACE_TAKEN_OVER, true);
    if (here->is_handed && question->purpose == IC_WALL_NEW)
        return answer_of(IC_PLACE_TAKEN_OVER, false);
    return here->is_released ? answer_of(here->reason, true) : answer;
}

struct ic_wall ic_gate_wall(struct ic_gate *g)
{
    return (struct ic_wall){.ask = ask, .context = g};
}

/* ---- what the store found ---- */

/* The group that the store has is the meeting's: it was written when the meeting was here with this
 * generation, or with the one before, after which this node has only started again. Any other is
 * what was left behind when another node took the meeting over. */
static bool is_current(const struct ic_store_reply *reply, const struct ic_cluster_answer *verdict)
{
    struct ic_store_part fence = ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_FENCE);
    struct ic_rd r = ic_rd_init(fence.bytes, fence.len);
    uint64_t generation = ic_rd_u64(&r);
    return verdict->verdict == IC_CLUSTER_HERE && ic_rd_done(&r) &&
           (generation == verdict->generation || generation + 1 == verdict->generation);
}

static bool is_of_group(enum ic_store_part_kind kind)
{
    return kind == IC_STORE_STATE || kind == IC_STORE_RECORD || kind == IC_STORE_FENCE;
}

/* Forget the group of an answer, in its place. */
static void strip(struct ic_store_reply *reply)
{
    uint8_t *to = (uint8_t *)(uintptr_t)reply->parts; /* the parts are ours */
    struct ic_rd r = ic_rd_init(reply->parts, reply->parts_len);
    struct ic_store_part part;
    for (const uint8_t *from = r.p; ic_store_part_next(&r, &part); from = r.p) {
        size_t len = (size_t)(r.p - from);
        if (is_of_group(part.kind))
            continue;
        memmove(to, from, len);
        to += len;
    }
    reply->parts_len = (size_t)(to - reply->parts);
}

static bool is_found(const struct ic_store_reply *reply)
{
    return (reply->kind == IC_STORE_MEETING_FIND || reply->kind == IC_STORE_MEETING_RESTORE) &&
           reply->result == IC_OK;
}

static void give(struct ic_gate *g, struct ic_time now, struct ic_store_reply *reply,
                 const struct ic_cluster_answer *verdict)
{
    g->verdict = verdict;
    if (verdict != NULL && is_found(reply) && !is_current(reply, verdict))
        strip(reply);
    ic_hub_on_store(g->hub, now, reply);
    g->verdict = NULL;
    free((void *)(uintptr_t)reply->parts);
}

static void give_refused(struct ic_gate *g, struct ic_time now, struct ic_store_reply *reply)
{
    const struct ic_cluster_answer busy = {.verdict = IC_CLUSTER_REFUSE, .reason = IC_PLACE_BUSY};
    give(g, now, reply, &busy);
}

static uint64_t token_of(const struct ic_gate *g, const struct ic_gate_held *h)
{
    return (uint64_t)h->round << 32 | (uint64_t)(h - g->held);
}

static bool hold(struct ic_gate *g, const struct ic_store_reply *reply,
                 const struct ic_store_part *policy)
{
    struct ic_gate_held *h = g->held, *end = &g->held[IC_CLUSTER_HELD_MAX];
    while (h < end && h->is_used)
        h++;
    if (h == end)
        return false;
    *h = (struct ic_gate_held){.is_used = true, .round = h->round + 1, .reply = *reply};
    struct ic_cluster_ask question = {.kind = IC_CLUSTER_OPEN,
                                      .token = token_of(g, h),
                                      .policy = policy->bytes,
                                      .policy_len = policy->len};
    memcpy(question.meeting, reply->meeting, sizeof question.meeting);
    h->is_used = ic_cluster_thread_ask(g->cluster, &question) == IC_OK;
    return h->is_used;
}

void ic_gate_reply(struct ic_gate *g, struct ic_time now, const struct ic_store_reply *taken)
{
    struct ic_store_reply reply = *taken;
    struct ic_store_part policy = ic_store_part_find(reply.parts, reply.parts_len, IC_STORE_POLICY);
    if (g->cluster == NULL || !is_found(&reply))
        give(g, now, &reply, NULL);
    else if (policy.len == 0 || !hold(g, &reply, &policy))
        give_refused(g, now, &reply);
}

bool ic_gate_fence(const struct ic_gate *g, const uint8_t meeting[static IC_MEETING_ID_LEN],
                   uint64_t *generation)
{
    const struct ic_gate_here *here = ic_gate_here_of(g, meeting);
    bool is_here = here != NULL && !here->is_released && !here->is_handed;
    *generation = g->cluster != NULL && is_here ? here->generation : 0;
    return g->cluster == NULL || is_here;
}

/* ---- what the cluster thread says ---- */

/* A place for the meeting; NULL: as many are here as can be. */
static struct ic_gate_here *make_here(struct ic_gate *g, const uint8_t *meeting)
{
    struct ic_gate_here *here = ic_gate_here_of(g, meeting);
    for (uint32_t i = 0; here == NULL && i < g->here_max; i++)
        if (!g->here[i].is_used)
            here = &g->here[i];
    if (here == NULL)
        return NULL;
    if (!here->is_used) {
        *here = (struct ic_gate_here){.is_used = true};
        memcpy(here->meeting, meeting, sizeof here->meeting);
    }
    return here;
}

static void tell_left(struct ic_gate *g, const uint8_t *meeting, uint32_t *people, uint32_t actual)
{
    struct ic_cluster_ask gone = {.kind = IC_CLUSTER_LEAVE};
    memcpy(gone.meeting, meeting, sizeof gone.meeting);
    while (*people > actual && ic_cluster_thread_ask(g->cluster, &gone) == IC_OK)
        (*people)--; /* full: the rest next time */
}

static void on_open(struct ic_gate *g, struct ic_time now, const struct ic_cluster_answer *answer)
{
    uint64_t at = answer->token & UINT32_MAX;
    struct ic_gate_held *h = at < IC_CLUSTER_HELD_MAX ? &g->held[at] : NULL;
    bool is_waited_for = h != NULL && h->is_used && token_of(g, h) == answer->token;
    struct ic_cluster_answer verdict = *answer;
    if (answer->verdict == IC_CLUSTER_HERE) {
        struct ic_gate_here *here = make_here(g, answer->meeting);
        if (here == NULL) {
            uint32_t one = 1;
            tell_left(g, answer->meeting, &one, 0);
            verdict.verdict = IC_CLUSTER_REFUSE;
            verdict.reason = IC_PLACE_BUSY;
        } else {
            here->is_released = here->is_lapsed = false;
            here->generation = answer->generation;
            here->people++;
        }
    } else if (answer->verdict == IC_CLUSTER_REDIRECT) {
        verdict.reason = IC_PLACE_TAKEN_OVER; /* the link, opened again, leads there */
    }
    if (!is_waited_for)
        return; /* whoever came in is counted out again by the next tick */
    struct ic_store_reply reply = h->reply;
    h->is_used = false;
    give(g, now, &reply, &verdict);
}

static void on_release(struct ic_gate *g, struct ic_time now,
                       const struct ic_cluster_answer *answer)
{
    struct ic_gate_here *here = ic_gate_here_of(g, answer->meeting);
    if (here == NULL)
        return;
    here->is_handing = here->is_handed = false;
    here->people = 0; /* the cluster thread counts nobody there any more */
    here->is_lapsed = answer->reason != IC_PLACE_TAKEN_OVER;
    here->is_released = !here->is_lapsed;
    here->reason = answer->reason;
    here->until = ic_time_add(now, IC_MS(IC_GATE_RELEASE_MS));
}

void ic_gate_input(struct ic_gate *g, struct ic_time now, const struct ic_cluster_answer *answer)
{
    if (answer->kind == IC_CLUSTER_OPEN)
        on_open(g, now, answer);
    else if (answer->kind == IC_CLUSTER_RELEASE)
        on_release(g, now, answer);
    else if (answer->kind == IC_CLUSTER_HANDED)
        ic_gate_on_handed(g, now, answer);
    else if (answer->kind == IC_CLUSTER_KEPT)
        ic_gate_on_kept(g, now, answer);
    g->next_count = ic_time_min(g->next_count, ic_time_add(now, IC_MS(COUNT_MS)));
}

void ic_gate_set_places(struct ic_gate *g, const uint8_t meeting[static IC_MEETING_ID_LEN],
                        uint32_t count)
{
    struct ic_gate_here *here = ic_gate_here_of(g, meeting);
    if (here != NULL)
        here->places = count;
}

/* Whether the place is still of use. */
static bool count(struct ic_gate *g, struct ic_time now, struct ic_gate_here *here)
{
    uint32_t actual = ic_hub_people(g->hub, here->meeting);
    if (here->is_handed)
        ic_gate_end_handed(here, now);
    else
        tell_left(g, here->meeting, &here->people, actual);
    bool is_told = here->is_released && !ic_time_reached(here->until, now);
    return here->people > 0 || is_told || here->is_handing ||
           ((here->is_lapsed || here->is_handed) && actual > 0);
}

void ic_gate_tick(struct ic_gate *g, struct ic_time now)
{
    bool is_any = false;
    if (!ic_time_reached(g->next_count, now))
        return;
    for (uint32_t i = 0; i < g->here_max; i++) {
        struct ic_gate_here *here = &g->here[i];
        if (!here->is_used)
            continue;
        here->is_used = count(g, now, here);
        is_any = is_any || here->is_used;
    }
    g->next_count = is_any ? ic_time_add(now, IC_MS(COUNT_MS)) : IC_NEVER;
    if (g->is_draining)
        ic_gate_hand_over(g, now);
}

struct ic_time ic_gate_deadline(const struct ic_gate *g)
{
    return g->next_count;
}
