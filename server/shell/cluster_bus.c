/* What nodes tell each other: beats to all, certificates and presence to who asks. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/node_ask.h"
#include "shell/clock.h"
#include "shell/cluster_state.h"

/* ---- who is there ---- */

static struct ic_cluster_seen *seen_of(struct ic_cluster_thread *t, const uint8_t *node)
{
    struct ic_cluster_seen *oldest = &t->seen[0];
    for (uint32_t i = 0; i < t->seen_count; i++) {
        if (memcmp(t->seen[i].node, node, IC_NODE_ID_LEN) == 0)
            return &t->seen[i];
        if (ic_time_before(t->seen[i].at, oldest->at))
            oldest = &t->seen[i];
    }
    struct ic_cluster_seen *s = t->seen_count < IC_NODES_MAX ? &t->seen[t->seen_count++] : oldest;
    memcpy(s->node, node, IC_NODE_ID_LEN);
    return s;
}

bool ic_cluster_is_alive(const struct ic_cluster_thread *t,
                         const uint8_t node[static IC_NODE_ID_LEN])
{
    for (uint32_t i = 0; i < t->seen_count; i++)
        if (memcmp(t->seen[i].node, node, IC_NODE_ID_LEN) == 0)
            return !ic_time_reached(ic_time_add(t->seen[i].at, IC_MS(IC_LEASE_EXPIRY_MS)),
                                    t->loop.now);
    return false;
}

/* ---- out ---- */

void ic_cluster_send_beat(struct ic_cluster_thread *t, const struct ic_beat *beat)
{
    uint8_t bytes[IC_BEAT_BYTES_MAX];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    ic_beat_write(&w, beat);
    if (t->book.is_proved && ic_wr_ok(&w))
        (void)!ic_bus_beat(t->bus, bytes, w.len); /* lost: counted there */
}

static bool ask(struct ic_cluster_thread *t, const uint8_t *node, uint64_t token,
                const struct ic_node_ask *what)
{
    uint8_t bytes[64];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    ic_node_ask_write(&w, what);
    return ic_wr_ok(&w) && ic_bus_ask(t->bus, node, token, bytes, w.len) == IC_OK;
}

bool ic_cluster_probe(struct ic_cluster_thread *t, const uint8_t node[static IC_NODE_ID_LEN],
                      uint64_t token, const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct ic_node_ask what = {.kind = IC_NODE_ASK_PRESENCE};
    memcpy(what.meeting, meeting, sizeof what.meeting);
    return ask(t, node, token, &what);
}

/* ---- in ---- */

static void on_beat(struct ic_cluster_thread *t, const struct ic_bus_letter *letter)
{
    struct ic_beat beat;
    struct ic_node_ask what = {.kind = IC_NODE_ASK_CERTIFICATE};
    if (ic_placement_input_beat(t->placement, t->loop.now, letter->bytes, letter->len) != IC_OK ||
        ic_beat_parse(letter->bytes, letter->len, &beat) != IC_OK)
        return;
    seen_of(t, beat.node)->at = t->loop.now;
    if (!ic_node_book_wants(&t->book, t->loop.now, beat.leaf))
        return;
    memcpy(what.leaf, beat.leaf, sizeof what.leaf);
    (void)ask(t, beat.node, 0, &what); /* lost: asked again at another beat */
}

static uint64_t generation_here(const struct ic_cluster_thread *t, const uint8_t *meeting)
{
    for (uint32_t i = 0; i < t->config->participants_max; i++) {
        const struct ic_placed *m = ic_placement_at(t->placement, i);
        if (m != NULL && m->stage == IC_PLACED_HOME &&
            memcmp(m->meeting, meeting, IC_MEETING_ID_LEN) == 0)
            return m->generation;
    }
    return 0;
}

/* What nobody should hear is not said: another certificate than ours, a proof that does not fit.
 * Who asks for presence may have taken the meeting, or be about to. */
static void on_ask(struct ic_cluster_thread *t, const struct ic_bus_letter *letter)
{
    struct ic_node_ask what;
    struct ic_node_answer answer;
    uint8_t *bytes = malloc(IC_BUS_MESSAGE_MAX);
    struct ic_wr w = ic_wr_init(bytes, bytes == NULL ? 0 : IC_BUS_MESSAGE_MAX);
    const struct ic_node_proved *proved = &t->book.proved;
    bool ok = bytes != NULL && t->book.is_proved &&
              ic_node_ask_parse(letter->bytes, letter->len, &what) == IC_OK;
    if (ok && what.kind == IC_NODE_ASK_CERTIFICATE) {
        answer = (struct ic_node_answer){
            .kind = what.kind, .cert = proved->cert, .proof = proved->cert_proof};
        ok = memcmp(what.leaf, proved->self.leaf, sizeof what.leaf) == 0;
    } else if (ok) {
        answer = (struct ic_node_answer){.kind = what.kind,
                                         .generation = generation_here(t, what.meeting)};
        memcpy(answer.meeting, what.meeting, sizeof answer.meeting);
        ic_placement_doubt(t->placement, t->loop.now, what.meeting);
    }
    if (ok)
        ic_node_answer_write(&w, &answer);
    if (ok && ic_wr_ok(&w))
        (void)!ic_bus_answer(t->bus, letter->reply, bytes, w.len); /* lost: asked again */
    free(bytes);
}

static void add_certificate(struct ic_cluster_thread *t, const struct ic_node_answer *answer)
{
    size_t before = t->book.count;
    enum ic_node_reason reason =
        ic_node_book_add(&t->book, &answer->cert, &answer->proof, (uint64_t)ic_clock_wall_s());
    if (reason != IC_NODE_GOOD) {
        ic_log_write(t->log, IC_LOG_WARN, "node_refused",
                     IC_LOG_FIELDS(IC_LOG_TEXT("reason", ic_node_reason_word(reason))));
        return;
    }
    if (t->book.count == before)
        return;
    ic_log_write(t->log, IC_LOG_INFO, "node_known",
                 IC_LOG_FIELDS(IC_LOG_NUMBER("nodes", t->book.count)));
    (void)!ic_placement_set_nodes(t->placement, t->loop.now, t->book.claims, t->book.count,
                                  &t->book.proved.set, NULL);
    ic_cluster_tell_nodes(t);
    ic_cluster_tell_peers(t);
}

static void on_answer(struct ic_cluster_thread *t, const struct ic_bus_letter *letter)
{
    struct ic_node_answer answer;
    if (ic_node_answer_parse(letter->bytes, letter->len, &answer) != IC_OK)
        return;
    if (answer.kind == IC_NODE_ASK_CERTIFICATE)
        add_certificate(t, &answer);
    else
        ic_cluster_on_presence(t, letter->token, answer.meeting);
}

void ic_cluster_on_bus(struct ic_watch *watch, uint32_t events)
{
    (void)events;
    struct ic_cluster_thread *t =
        ic_watch_owner(watch, offsetof(struct ic_cluster_thread, bus_watch));
    struct ic_bus_letter letter;
    ic_mailbox_clear_event(&t->bus_letters);
    while (ic_mailbox_take(&t->bus_letters, &letter)) {
        switch (letter.kind) {
        case IC_BUS_BEAT:
            on_beat(t, &letter);
            break;
        case IC_BUS_ASK:
            on_ask(t, &letter);
            break;
        case IC_BUS_ANSWER:
            on_answer(t, &letter);
            break;
        case IC_BUS_UP:
            ic_log_write(t->log, IC_LOG_INFO, "bus_up", NULL);
            break;
        case IC_BUS_DOWN:
            ic_log_write(t->log, IC_LOG_WARN, "bus_down", NULL);
            break;
        }
        free(letter.bytes);
        ic_cluster_drain(t);
    }
}
