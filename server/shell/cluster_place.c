/* What the control loop asks, what placement decides, and the directory between them. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "shell/clock.h"
#include "shell/cluster_state.h"

bool ic_cluster_say(struct ic_cluster_thread *t, const struct ic_cluster_answer *answer)
{
    /* Full: the control loop is far behind. Whoever asked gives up by itself; that a meeting is not
     * here any more, or stays, is said again by nobody, so it must not be lost. */
    bool may_be_lost = answer->kind == IC_CLUSTER_PAGE || answer->kind == IC_CLUSTER_OPEN ||
                       answer->kind == IC_CLUSTER_NODES || answer->kind == IC_CLUSTER_PEERS;
    while (ic_mailbox_put(t->answers, answer) != IC_OK) {
        static const struct timespec pause = {.tv_nsec = 1000000};
        if (may_be_lost || atomic_load(&t->is_stopping))
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

/* ---- policies that placement keeps ---- */

static void drop_policy(struct ic_cluster_policy *p)
{
    if (p->bytes == NULL || p->asks > 0 || p->is_placed)
        return;
    free(p->bytes);
    p->bytes = NULL;
}

uint32_t ic_cluster_keep_policy(struct ic_cluster_thread *t, const uint8_t *meeting, uint8_t *bytes,
                                size_t len)
{
    uint32_t free_at = t->policies_max;
    for (uint32_t i = 0; i < t->policies_max; i++) {
        struct ic_cluster_policy *p = &t->policies[i];
        if (p->bytes == NULL) {
            free_at = free_at == t->policies_max ? i : free_at;
        } else if (memcmp(p->meeting, meeting, IC_MEETING_ID_LEN) == 0 && p->len == len &&
                   memcmp(p->bytes, bytes, len) == 0) {
            free(bytes);
            p->asks++;
            return i;
        }
    }
    if (free_at == t->policies_max) {
        free(bytes);
        return free_at;
    }
    t->policies[free_at] = (struct ic_cluster_policy){.bytes = bytes, .len = len, .asks = 1};
    memcpy(t->policies[free_at].meeting, meeting, IC_MEETING_ID_LEN);
    return free_at;
}

void ic_cluster_let_policy(struct ic_cluster_thread *t, uint32_t policy, bool is_placed)
{
    struct ic_cluster_policy *p = &t->policies[policy];
    p->asks--;
    p->is_placed = p->is_placed || is_placed;
    drop_policy(p);
}

/* ---- people who want in ---- */

static uint64_t token_of(const struct ic_cluster_thread *t, const struct ic_cluster_open *o)
{
    return (uint64_t)o->round << 32 | (uint64_t)(o - t->opens + 1);
}

static struct ic_cluster_open *open_of(struct ic_cluster_thread *t, uint64_t token)
{
    uint64_t at = (token & UINT32_MAX) - 1;
    if (at >= IC_CLUSTER_OPENS_MAX)
        return NULL;
    struct ic_cluster_open *o = &t->opens[at];
    return o->is_used && token_of(t, o) == token ? o : NULL;
}

static void finish(struct ic_cluster_thread *t, struct ic_cluster_open *o,
                   struct ic_cluster_answer *answer)
{
    answer->kind = IC_CLUSTER_OPEN;
    answer->token = o->token;
    memcpy(answer->meeting, o->ask.meeting, sizeof answer->meeting);
    (void)ic_cluster_say(t, answer);
    o->is_used = false;
    ic_cluster_let_policy(t, o->policy, answer->verdict == IC_CLUSTER_HERE);
}

static void refuse(struct ic_cluster_thread *t, struct ic_cluster_open *o,
                   enum ic_place_reason reason)
{
    struct ic_cluster_answer answer = {
        .verdict = IC_CLUSTER_REFUSE,
        .reason = reason,
        .retry_ms = ic_place_reason_may_pass(reason) ? IC_PLACE_RETRY_MS : 0};
    finish(t, o, &answer);
}

static void redirect(struct ic_cluster_thread *t, struct ic_cluster_open *o)
{
    struct ic_cluster_answer answer = {.verdict = IC_CLUSTER_REDIRECT,
                                       .has_video = o->redirect.has_video};
    const char *host = ic_node_book_name(&t->book, o->redirect.node, (uint64_t)ic_clock_wall_s());
    if (host == NULL) { /* it was in the book a moment ago: its certificate has ended */
        refuse(t, o, IC_PLACE_CERTIFICATE_EXPIRED);
        return;
    }
    memcpy(answer.host, host, strlen(host) + 1);
    finish(t, o, &answer);
}

static void refuse_unasked(struct ic_cluster_thread *t, const struct ic_cluster_ask *ask)
{
    struct ic_cluster_answer answer = {.kind = IC_CLUSTER_OPEN,
                                       .verdict = IC_CLUSTER_REFUSE,
                                       .token = ask->token,
                                       .reason = IC_PLACE_BUSY,
                                       .retry_ms = IC_PLACE_RETRY_MS};
    memcpy(answer.meeting, ask->meeting, sizeof answer.meeting);
    (void)ic_cluster_say(t, &answer);
}

void ic_cluster_open(struct ic_cluster_thread *t, const struct ic_cluster_item *item)
{
    struct ic_cluster_open *o = t->opens, *end = &t->opens[IC_CLUSTER_OPENS_MAX];
    while (o < end && o->is_used)
        o++;
    if (o == end) {
        free(item->policy);
        refuse_unasked(t, &item->ask);
        return;
    }
    uint32_t policy =
        ic_cluster_keep_policy(t, item->ask.meeting, item->policy, item->ask.policy_len);
    if (policy == t->policies_max) {
        refuse_unasked(t, &item->ask);
        return;
    }
    *o = (struct ic_cluster_open){.is_used = true,
                                  .round = o->round + 1,
                                  .token = item->ask.token,
                                  .policy = policy,
                                  .probe_until = IC_NEVER};
    o->ask = (struct ic_place_ask){
        .token = token_of(t, o), .wants_video = item->ask.has_video, .is_known_here = true};
    o->ask.policy = (struct ic_place_policy){.bytes = t->policies[policy].bytes,
                                             .len = t->policies[policy].len};
    memcpy(o->ask.meeting, item->ask.meeting, sizeof o->ask.meeting);
    ic_placement_ask(t->placement, t->loop.now, &o->ask);
    ic_cluster_drain(t);
}

/* ---- links that are opened ---- */

static void answer_page(struct ic_cluster_thread *t, struct ic_cluster_page *page, const char *host)
{
    struct ic_cluster_answer answer = {.kind = IC_CLUSTER_PAGE,
                                       .token = page->token,
                                       .verdict =
                                           host == NULL ? IC_CLUSTER_HERE : IC_CLUSTER_REDIRECT};
    memcpy(answer.meeting, page->meeting, sizeof answer.meeting);
    if (host != NULL)
        memcpy(answer.host, host, strlen(host) + 1);
    page->is_used = false;
    (void)ic_cluster_say(t, &answer);
}

/* Where the directory says that the meeting is, if that node is proved and alive, and says so
 * itself; else here: this node says what is the matter when somebody wants in. */
static void on_page_entry(struct ic_cluster_thread *t, struct ic_cluster_page *page,
                          const struct ic_directory_letter *letter)
{
    struct ic_directory_entry entry;
    bool is_there = letter->reply.result == IC_OK &&
                    ic_directory_entry_parse(letter->bytes, letter->len, &entry) == IC_OK &&
                    memcmp(entry.meeting, page->meeting, IC_MEETING_ID_LEN) == 0 &&
                    memcmp(entry.node, t->node, IC_NODE_ID_LEN) != 0 &&
                    ic_cluster_is_alive(t, entry.node);
    if (!is_there || !ic_cluster_probe(t, entry.node, page->request, page->meeting)) {
        answer_page(t, page, NULL);
        return;
    }
    memcpy(page->node, entry.node, IC_NODE_ID_LEN);
    page->is_probed = true;
    page->until = ic_time_add(t->loop.now, IC_MS(IC_PLACE_PROBE_MS));
}

static void on_page_presence(struct ic_cluster_thread *t, uint64_t token)
{
    for (uint32_t i = 0; i < IC_PLACE_ASKS_MAX; i++) {
        struct ic_cluster_page *page = &t->pages[i];
        if (!page->is_used || !page->is_probed || page->request != token)
            continue;
        answer_page(t, page, ic_node_book_name(&t->book, page->node, (uint64_t)ic_clock_wall_s()));
    }
}

void ic_cluster_on_presence(struct ic_cluster_thread *t, uint64_t token,
                            const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct ic_cluster_open *o = open_of(t, token);
    if ((token & IC_CLUSTER_OWN_TOKEN) != 0)
        on_page_presence(t, token);
    else if (o != NULL && !ic_time_is_never(o->probe_until) &&
             memcmp(o->ask.meeting, meeting, IC_MEETING_ID_LEN) == 0)
        redirect(t, o);
}

void ic_cluster_page(struct ic_cluster_thread *t, const struct ic_cluster_ask *ask)
{
    struct ic_cluster_page *page = t->pages, *end = &t->pages[IC_PLACE_ASKS_MAX];
    struct ic_cluster_page none;
    while (page < end && page->is_used)
        page++;
    page = page == end ? &none : page;
    *page = (struct ic_cluster_page){
        .is_used = true, .token = ask->token, .request = IC_CLUSTER_OWN_TOKEN | ++t->requests};
    page->until = ic_time_add(t->loop.now, IC_MS(IC_PLACE_DIRECTORY_MS));
    memcpy(page->meeting, ask->meeting, sizeof page->meeting);
    struct ic_directory_request request = {.kind = IC_DIRECTORY_GET, .token = page->request};
    memcpy(request.entry.meeting, ask->meeting, IC_MEETING_ID_LEN);
    if (page == &none || ic_directory_thread_ask(t->directory, &request) != IC_OK)
        answer_page(t, page, NULL);
}

/* ---- what placement says ---- */

static void on_here(struct ic_cluster_thread *t, const struct ic_place_out *out)
{
    struct ic_cluster_open *o = open_of(t, out->token);
    struct ic_cluster_answer answer = {
        .verdict = IC_CLUSTER_HERE, .generation = out->generation, .has_video = out->has_video};
    if (o == NULL) /* nobody waits */
        ic_placement_leave(t->placement, out->meeting, out->has_video);
    if (o != NULL)
        finish(t, o, &answer);
}

/* The node that is named is asked first whether it is there: what is dead is known sooner so than
 * by its lease. */
static void on_redirect(struct ic_cluster_thread *t, const struct ic_place_out *out)
{
    struct ic_cluster_open *o = open_of(t, out->token);
    if (o == NULL)
        return;
    o->redirect = *out;
    if (o->is_probed || !ic_cluster_probe(t, out->node, out->token, out->meeting)) {
        redirect(t, o);
        return;
    }
    o->is_probed = true;
    o->probe_until = ic_time_add(t->loop.now, IC_MS(IC_PLACE_PROBE_MS));
}

/* The meeting may be here twice for a moment: as ours, and as one that was another node's. */
static bool is_in_use(const struct ic_cluster_thread *t, const struct ic_cluster_policy *p)
{
    for (uint32_t i = 0; i < t->config->participants_max; i++) {
        const struct ic_placed *m = ic_placement_at(t->placement, i);
        if (m != NULL && m->policy == p->bytes)
            return true;
    }
    return false;
}

/* Placement does not need the meeting's policy any more; false: nobody was told that it is here. */
static bool unplace(struct ic_cluster_thread *t, const struct ic_place_out *out)
{
    bool was_placed = false;
    for (uint32_t i = 0; i < t->policies_max; i++) {
        struct ic_cluster_policy *p = &t->policies[i];
        if (p->bytes == NULL || memcmp(p->meeting, out->meeting, IC_MEETING_ID_LEN) != 0)
            continue;
        was_placed = was_placed || p->is_placed;
        p->is_placed = is_in_use(t, p);
        drop_policy(p);
    }
    return was_placed;
}

static void on_release(struct ic_cluster_thread *t, const struct ic_place_out *out)
{
    struct ic_cluster_answer answer = {
        .kind = IC_CLUSTER_RELEASE, .generation = out->generation, .reason = out->reason};
    memcpy(answer.meeting, out->meeting, sizeof answer.meeting);
    bool was_placed = unplace(t, out);
    /* Good: the last one has left. What was a guest here may be this node's own by now. */
    if (was_placed && out->reason != IC_PLACE_GOOD && !out->is_guest)
        (void)ic_cluster_say(t, &answer);
}

static void on_handed(struct ic_cluster_thread *t, const struct ic_place_out *out)
{
    struct ic_cluster_answer answer = {.kind = IC_CLUSTER_HANDED, .generation = out->generation};
    memcpy(answer.meeting, out->meeting, sizeof answer.meeting);
    const char *host = ic_node_book_name(&t->book, out->node, (uint64_t)ic_clock_wall_s());
    (void)unplace(t, out);
    if (host == NULL) { /* its certificate has just ended: members look for a node themselves */
        answer.kind = IC_CLUSTER_RELEASE;
        answer.reason = IC_PLACE_TAKEN_OVER;
    } else {
        memcpy(answer.host, host, strlen(host) + 1);
    }
    (void)ic_cluster_say(t, &answer);
}

static void on_kept(struct ic_cluster_thread *t, const struct ic_place_out *out)
{
    struct ic_cluster_answer answer = {
        .kind = IC_CLUSTER_KEPT, .generation = out->generation, .reason = out->reason};
    memcpy(answer.meeting, out->meeting, sizeof answer.meeting);
    (void)ic_cluster_say(t, &answer);
}

static void ask_directory(struct ic_cluster_thread *t, const struct ic_directory_request *request)
{
    struct ic_directory_reply busy = {.token = request->token, .result = IC_ERR_SYSTEM};
    if (ic_directory_thread_ask(t->directory, request) != IC_OK)
        ic_placement_input_reply(t->placement, t->loop.now, &busy);
}

static void do_out(struct ic_cluster_thread *t, const struct ic_place_out *out)
{
    struct ic_cluster_open *o;
    switch (out->kind) {
    case IC_PLACE_OUT_BEAT:
        ic_cluster_send_beat(t, out->beat);
        return;
    case IC_PLACE_OUT_DIRECTORY:
        ask_directory(t, &out->request);
        return;
    case IC_PLACE_OUT_HERE:
        on_here(t, out);
        return;
    case IC_PLACE_OUT_REDIRECT:
        on_redirect(t, out);
        return;
    case IC_PLACE_OUT_REFUSE:
        o = open_of(t, out->token);
        if (o != NULL)
            refuse(t, o, out->reason);
        return;
    case IC_PLACE_OUT_RELAY_OPEN:
    case IC_PLACE_OUT_RELAY_CLOSE:
    case IC_PLACE_OUT_RELAY_DRAINS:
    case IC_PLACE_OUT_CARRIER:
    case IC_PLACE_OUT_JOIN:
        ic_cluster_on_relay(t, out);
        return;
    case IC_PLACE_OUT_RELEASE:
        on_release(t, out);
        return;
    case IC_PLACE_OUT_TAKEN: /* an ask for presence makes it look; lost: it looks by itself */
        (void)ic_cluster_probe(t, out->node, 0, out->meeting);
        return;
    case IC_PLACE_OUT_HANDED:
        on_handed(t, out);
        return;
    case IC_PLACE_OUT_KEPT:
        on_kept(t, out);
        return;
    }
    IC_ASSERT(false); /* every kind is above */
}

void ic_cluster_drain(struct ic_cluster_thread *t)
{
    struct ic_place_out out;
    while (ic_placement_poll(t->placement, &out))
        do_out(t, &out);
}

/* ---- the directory answers, and time passes ---- */

static void on_letter(struct ic_cluster_thread *t, struct ic_directory_letter *letter)
{
    letter->reply.bytes = letter->bytes;
    letter->reply.len = letter->len;
    if (letter->kind == IC_DIRECTORY_MISSED) {
        for (uint32_t i = 0; i < t->config->participants_max; i++) {
            const struct ic_placed *m = ic_placement_at(t->placement, i);
            if (m != NULL)
                ic_placement_doubt(t->placement, t->loop.now, m->meeting);
        }
    } else if ((letter->reply.token & IC_CLUSTER_OWN_TOKEN) == 0) {
        ic_placement_input_reply(t->placement, t->loop.now, &letter->reply);
    } else {
        for (uint32_t i = 0; i < IC_PLACE_ASKS_MAX; i++)
            if (t->pages[i].is_used && t->pages[i].request == letter->reply.token)
                on_page_entry(t, &t->pages[i], letter);
    }
    ic_cluster_drain(t);
}

void ic_cluster_on_directory(struct ic_watch *watch, uint32_t events)
{
    (void)events;
    struct ic_cluster_thread *t =
        ic_watch_owner(watch, offsetof(struct ic_cluster_thread, directory_watch));
    struct ic_directory_letter letter;
    ic_mailbox_clear_event(&t->directory_letters);
    while (ic_mailbox_take(&t->directory_letters, &letter))
        on_letter(t, &letter);
}

void ic_cluster_expire(struct ic_cluster_thread *t)
{
    for (uint32_t i = 0; i < IC_PLACE_ASKS_MAX; i++)
        if (t->pages[i].is_used && ic_time_reached(t->pages[i].until, t->loop.now))
            answer_page(t, &t->pages[i], NULL);
    for (uint32_t i = 0; i < IC_CLUSTER_OPENS_MAX; i++) {
        struct ic_cluster_open *o = &t->opens[i];
        if (!o->is_used || !ic_time_reached(o->probe_until, t->loop.now))
            continue;
        o->probe_until = IC_NEVER;
        o->ask.is_home_silent = true; /* the compare-and-set decides all the same */
        ic_placement_ask(t->placement, t->loop.now, &o->ask);
        ic_cluster_drain(t);
    }
}

struct ic_time ic_cluster_deadline(const struct ic_cluster_thread *t)
{
    struct ic_time next = IC_NEVER;
    for (uint32_t i = 0; i < IC_PLACE_ASKS_MAX; i++)
        if (t->pages[i].is_used)
            next = ic_time_min(next, t->pages[i].until);
    for (uint32_t i = 0; i < IC_CLUSTER_OPENS_MAX; i++)
        if (t->opens[i].is_used)
            next = ic_time_min(next, t->opens[i].probe_until);
    return next;
}

void ic_cluster_forget_all(struct ic_cluster_thread *t)
{
    for (uint32_t i = 0; t->policies != NULL && i < t->policies_max; i++)
        free(t->policies[i].bytes);
    free(t->policies);
    free(t->opens);
    free(t->pages);
}
