#include "shell/gate.h"

#include <stdlib.h>
#include <string.h>

#include "wire/policy.h"

#define HELD_MAX IC_CLUSTER_HELD_MAX
/* A meeting that must end is told so until the hub has ended it; it looks once a second. */
#define RELEASE_MS 10000
#define COUNT_MS   1000

/* An answer of the store that waits. */
struct held {
    bool is_used;
    uint32_t round; /* with its place it makes the token */
    struct ic_store_reply reply;
};

/* A meeting that is here: as many as were told HERE and have not left. */
struct here {
    bool is_used, is_released;
    bool is_lapsed; /* placement let it go for another reason: the node's own wall decides */
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint32_t people;
    enum ic_place_reason reason; /* released: why */
    struct ic_time until;        /* released: it is told so until then */
};

struct ic_gate {
    struct ic_wall own;
    struct ic_cluster_thread *cluster;
    struct ic_hub *hub;
    struct held held[HELD_MAX];
    struct here *here;
    uint32_t here_max;
    struct ic_time next_count;
    /* While one answer of the store is with the hub: what the cluster thread said of it. */
    const struct ic_cluster_answer *verdict;
};

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
    for (uint32_t i = 0; i < HELD_MAX; i++)
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

static struct here *here_of(const struct ic_gate *g, const uint8_t *meeting)
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

/* Somebody who was looked for in the store has the verdict of that moment. Those who are in and go
 * on have what was heard since: the meeting is here, or must end. */
static struct ic_wall_answer ask(void *context, struct ic_time now,
                                 const struct ic_wall_question *question)
{
    struct ic_gate *g = context;
    struct ic_policy policy;
    struct ic_wall_answer answer = g->own.ask(g->own.context, now, question);
    if (answer.reason != NULL || g->cluster == NULL)
        return answer;
    if (g->verdict != NULL && g->verdict->verdict != IC_CLUSTER_HERE &&
        question->purpose == IC_WALL_NEW)
        return answer_of(g->verdict->reason, false);
    if (ic_policy_parse(question->policy, question->policy_len, &policy) != IC_OK)
        return answer_of(IC_PLACE_POLICY_MALFORMED, true);
    const struct here *here = here_of(g, policy.meeting_id);
    if (here == NULL)
        return answer_of(IC_PLACE_TAKEN_OVER, true);
    return here->is_released ? answer_of(here->reason, true) : answer;
}

struct ic_wall ic_gate_wall(struct ic_gate *g)
{
    return (struct ic_wall){.ask = ask, .context = g};
}

/* ---- what the store found ---- */

static void give(struct ic_gate *g, struct ic_time now, const struct ic_store_reply *reply,
                 const struct ic_cluster_answer *verdict)
{
    g->verdict = verdict;
    ic_hub_on_store(g->hub, now, reply);
    g->verdict = NULL;
    free((void *)(uintptr_t)reply->parts);
}

static void give_refused(struct ic_gate *g, struct ic_time now, const struct ic_store_reply *reply)
{
    const struct ic_cluster_answer busy = {.verdict = IC_CLUSTER_REFUSE, .reason = IC_PLACE_BUSY};
    give(g, now, reply, &busy);
}

static uint64_t token_of(const struct ic_gate *g, const struct held *h)
{
    return (uint64_t)h->round << 32 | (uint64_t)(h - g->held);
}

static bool hold(struct ic_gate *g, const struct ic_store_reply *reply,
                 const struct ic_store_part *policy)
{
    struct held *h = g->held, *end = &g->held[HELD_MAX];
    while (h < end && h->is_used)
        h++;
    if (h == end)
        return false;
    *h = (struct held){.is_used = true, .round = h->round + 1, .reply = *reply};
    struct ic_cluster_ask question = {.kind = IC_CLUSTER_OPEN,
                                      .token = token_of(g, h),
                                      .policy = policy->bytes,
                                      .policy_len = policy->len};
    memcpy(question.meeting, reply->meeting, sizeof question.meeting);
    h->is_used = ic_cluster_thread_ask(g->cluster, &question) == IC_OK;
    return h->is_used;
}

void ic_gate_reply(struct ic_gate *g, struct ic_time now, const struct ic_store_reply *reply)
{
    struct ic_store_part policy =
        ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_POLICY);
    bool is_found = reply->kind == IC_STORE_MEETING_FIND && reply->result == IC_OK;
    if (g->cluster == NULL || !is_found)
        give(g, now, reply, NULL);
    else if (policy.len == 0 || !hold(g, reply, &policy))
        give_refused(g, now, reply);
}

/* ---- what the cluster thread says ---- */

/* A place for the meeting; NULL: as many are here as can be. */
static struct here *make_here(struct ic_gate *g, const uint8_t *meeting)
{
    struct here *here = here_of(g, meeting);
    for (uint32_t i = 0; here == NULL && i < g->here_max; i++)
        if (!g->here[i].is_used)
            here = &g->here[i];
    if (here == NULL)
        return NULL;
    if (!here->is_used) {
        *here = (struct here){.is_used = true};
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
    struct held *h = at < HELD_MAX ? &g->held[at] : NULL;
    bool is_waited_for = h != NULL && h->is_used && token_of(g, h) == answer->token;
    struct ic_cluster_answer verdict = *answer;
    if (answer->verdict == IC_CLUSTER_HERE) {
        struct here *here = make_here(g, answer->meeting);
        if (here == NULL) {
            uint32_t one = 1;
            tell_left(g, answer->meeting, &one, 0);
            verdict.verdict = IC_CLUSTER_REFUSE;
            verdict.reason = IC_PLACE_BUSY;
        } else {
            here->is_released = here->is_lapsed = false;
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
    struct here *here = here_of(g, answer->meeting);
    if (here == NULL)
        return;
    here->people = 0; /* the cluster thread counts nobody there any more */
    here->is_lapsed = answer->reason != IC_PLACE_TAKEN_OVER;
    here->is_released = !here->is_lapsed;
    here->reason = answer->reason;
    here->until = ic_time_add(now, IC_MS(RELEASE_MS));
}

void ic_gate_input(struct ic_gate *g, struct ic_time now, const struct ic_cluster_answer *answer)
{
    if (answer->kind == IC_CLUSTER_OPEN)
        on_open(g, now, answer);
    else if (answer->kind == IC_CLUSTER_RELEASE)
        on_release(g, now, answer);
    g->next_count = ic_time_min(g->next_count, ic_time_add(now, IC_MS(COUNT_MS)));
}

void ic_gate_tick(struct ic_gate *g, struct ic_time now)
{
    bool is_any = false;
    if (!ic_time_reached(g->next_count, now))
        return;
    for (uint32_t i = 0; i < g->here_max; i++) {
        struct here *here = &g->here[i];
        if (!here->is_used)
            continue;
        uint32_t actual = ic_hub_people(g->hub, here->meeting);
        tell_left(g, here->meeting, &here->people, actual);
        bool is_told = here->is_released && !ic_time_reached(here->until, now);
        here->is_used = here->people > 0 || is_told || (here->is_lapsed && actual > 0);
        is_any = is_any || here->is_used;
    }
    g->next_count = is_any ? ic_time_add(now, IC_MS(COUNT_MS)) : IC_NEVER;
}

struct ic_time ic_gate_deadline(const struct ic_gate *g)
{
    return g->next_count;
}
