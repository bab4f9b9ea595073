#include "cluster/relay_channel.h"

#include <string.h>

#include "base/assert.h"
#include "cluster/relay_channel_state.h"

#define SPANS_MAX (IC_RELAY_CHANNEL_MEETINGS * IC_ROOM_RELAYS_MAX)

/* ---- life ---- */

static enum ic_err init(struct ic_relay_channel *c)
{
    const uint64_t *seed = c->config.seed;
    c->entries = ic_array_alloc(IC_RELAY_CHANNEL_MEETINGS, sizeof *c->entries);
    c->pairs =
        ic_array_alloc((size_t)c->config.worker_count * IC_RELAY_WORKERS_MAX, sizeof *c->pairs);
    c->in = ic_array_alloc(IC_RELAY_MESSAGE_MAX, 1);
    c->out = ic_array_alloc(IC_RELAY_CHANNEL_QUEUE, 1);
    if (c->entries == NULL || c->pairs == NULL || c->in == NULL || c->out == NULL ||
        ic_pool_init(&c->people, sizeof(struct ic_relay_name), IC_RELAY_CHANNEL_PEOPLE) != IC_OK ||
        ic_pool_init(&c->spans, sizeof(struct ic_relay_span), SPANS_MAX) != IC_OK ||
        ic_map_init(&c->by_name, sizeof(struct ic_relay_name), IC_RELAY_CHANNEL_PEOPLE, seed) !=
            IC_OK ||
        ic_map_init(&c->by_number, sizeof(uint64_t), SPANS_MAX, seed) != IC_OK)
        return IC_ERR_FULL;
    return IC_OK;
}

struct ic_relay_channel *ic_relay_channel_create(const struct ic_relay_channel_config *config)
{
    IC_ASSERT(config->worker_count > 0 && config->worker_count <= IC_RELAY_WORKERS_MAX);
    struct ic_relay_channel *c = ic_array_alloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->config = *config;
    c->asks = config->seed[0]; /* not those of the channel before */
    if (init(c) == IC_OK)
        return c;
    ic_relay_channel_destroy(c);
    return NULL;
}

void ic_relay_channel_destroy(struct ic_relay_channel *c)
{
    ic_pool_deinit(&c->people);
    ic_pool_deinit(&c->spans);
    ic_map_deinit(&c->by_name);
    ic_map_deinit(&c->by_number);
    ic_array_free(c->entries);
    ic_array_free(c->pairs);
    ic_array_free(c->in);
    ic_array_free(c->out);
    ic_array_free(c);
}

/* ---- meetings ---- */

struct ic_relay_entry *ic_relay_channel_find(const struct ic_relay_channel *c,
                                             const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++)
        if (c->entries[i].stage != IC_RELAY_FREE &&
            memcmp(c->entries[i].meeting, meeting, IC_MEETING_ID_LEN) == 0)
            return &c->entries[i];
    return NULL;
}

static bool may_be_forgotten(const struct ic_relay_entry *e)
{
    return e->stage == IC_RELAY_FREE ||
           (e->stage == IC_RELAY_PAST && e->void_answers == 0 && !e->is_answered && !e->is_closed);
}

/* The place that the meeting had, else a free one, else that of one that is past. */
static struct ic_relay_entry *place_for(struct ic_relay_channel *c,
                                        const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct ic_relay_entry *e = ic_relay_channel_find(c, meeting);
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS && e == NULL; i++)
        if (c->entries[i].stage == IC_RELAY_FREE)
            e = &c->entries[i];
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS && e == NULL; i++) {
        struct ic_relay_entry *past = &c->entries[c->next_past];
        c->next_past = (c->next_past + 1) % IC_RELAY_CHANNEL_MEETINGS;
        if (may_be_forgotten(past))
            e = past;
    }
    if (e == NULL ||
        (e->stage != IC_RELAY_FREE && memcmp(e->meeting, meeting, sizeof e->meeting) == 0))
        return e;
    *e = (struct ic_relay_entry){.stage = IC_RELAY_FREE};
    memcpy(e->meeting, meeting, sizeof e->meeting);
    return e;
}

static void leave(struct ic_relay_channel *c, struct ic_relay_entry *e, enum ic_relay_stage stage)
{
    if (e->stage == IC_RELAY_AT_BOTH)
        ic_relay_order_forget(c, (uint32_t)(e - c->entries));
    e->stage = stage;
    e->places = 0;
}

/* Poll tells whoever has asked, or had it; what nobody has been told yet is not taken back. */
static void tell_end(struct ic_relay_entry *e, enum ic_place_reason reason)
{
    if (e->stage == IC_RELAY_ASKING || e->is_answered) {
        e->is_answered = true;
        e->reason = reason;
    } else if ((e->stage == IC_RELAY_ASKED && !e->is_asked) || e->stage == IC_RELAY_AT_BOTH) {
        e->is_closed = true;
    }
    e->is_asked = false;
}

static void die(struct ic_relay_channel *c)
{
    if (c->is_dead)
        return;
    c->is_dead = true;
    c->out_len = 0;
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++) {
        tell_end(&c->entries[i], IC_PLACE_NO_CAPACITY_IN_REGION);
        leave(c, &c->entries[i],
              c->entries[i].stage == IC_RELAY_FREE ? IC_RELAY_FREE : IC_RELAY_PAST);
    }
}

void ic_relay_channel_end(struct ic_relay_channel *c)
{
    die(c);
}

/* ---- bytes out ---- */

/* An end that does not take what is said is no end to go on with. */
static void send(struct ic_relay_channel *c, const struct ic_relay_message *m)
{
    if (c->is_dead)
        return;
    struct ic_wr w = ic_wr_init(c->out, IC_RELAY_CHANNEL_QUEUE);
    w.len = c->out_len;
    ic_relay_message_write(&w, m);
    if (ic_wr_ok(&w))
        c->out_len = w.len;
    else
        die(c);
}

static void send_about(struct ic_relay_channel *c, enum ic_relay_message_kind kind,
                       const uint8_t *meeting, enum ic_place_reason reason, uint16_t places,
                       uint8_t worker)
{
    struct ic_relay_message m = {
        .kind = kind, .reason = reason, .places = places, .own_worker = worker};
    memcpy(m.meeting, meeting, sizeof m.meeting);
    send(c, &m);
}

const uint8_t *ic_relay_channel_bytes(const struct ic_relay_channel *c, size_t *len)
{
    *len = c->out_len;
    return c->out;
}

void ic_relay_channel_sent(struct ic_relay_channel *c, size_t len)
{
    IC_ASSERT(len <= c->out_len || c->is_dead);
    if (c->is_dead)
        return;
    memmove(c->out, &c->out[len], c->out_len - len);
    c->out_len -= len;
}

/* ---- what this node wants ---- */

enum ic_err ic_relay_channel_open(struct ic_relay_channel *c, struct ic_time now,
                                  const struct ic_relay_message *open)
{
    bool is_joint = open->kind == IC_RELAY_JOIN;
    IC_ASSERT(is_joint || (open->kind == IC_RELAY_OPEN && open->places > 0));
    if (c->is_dead)
        return IC_ERR_STATE;
    struct ic_relay_entry *e = place_for(c, open->meeting);
    if (e == NULL)
        return IC_ERR_FULL;
    if ((e->stage != IC_RELAY_FREE && e->stage != IC_RELAY_PAST) || e->is_answered ||
        e->is_closed || open->generation < e->generation)
        return IC_ERR_STATE;
    e->stage = IC_RELAY_ASKING;
    e->is_ours = true;
    e->is_joint = is_joint;
    e->generation = open->generation;
    e->until = ic_time_add(now, IC_MS(IC_RELAY_ANSWER_MS));
    send(c, open);
    return IC_OK;
}

/* What may be given beside what was given. */
static uint16_t places_left(const struct ic_relay_channel *c)
{
    uint32_t given = 0;
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++)
        if (c->entries[i].stage == IC_RELAY_AT_BOTH)
            given += c->entries[i].places;
    return (uint16_t)(given < IC_RELAY_CHANNEL_PEOPLE ? IC_RELAY_CHANNEL_PEOPLE - given : 0);
}

uint64_t ic_relay_channel_ask(const struct ic_relay_channel *c,
                              const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    const struct ic_relay_entry *e = ic_relay_channel_find(c, meeting);
    return e == NULL || e->stage != IC_RELAY_ASKED ? 0 : e->ask;
}

void ic_relay_channel_answer(struct ic_relay_channel *c,
                             const uint8_t meeting[static IC_MEETING_ID_LEN],
                             enum ic_place_reason reason, uint16_t places, uint8_t worker)
{
    struct ic_relay_entry *e = ic_relay_channel_find(c, meeting);
    IC_ASSERT(worker < c->config.worker_count);
    if (e == NULL || e->stage != IC_RELAY_ASKED)
        return;
    uint16_t left = e->is_joint ? 0 : places_left(c);
    places = places < left ? places : left;
    if (reason == IC_PLACE_GOOD && places == 0 && !e->is_joint)
        reason = IC_PLACE_BUSY;
    bool is_good = reason == IC_PLACE_GOOD;
    leave(c, e, is_good ? IC_RELAY_AT_BOTH : IC_RELAY_PAST);
    e->places = is_good ? places : 0;
    send_about(c, e->is_joint ? IC_RELAY_JOINED : IC_RELAY_OPENED, meeting, reason, e->places,
               is_good ? worker : 0);
}

enum ic_err ic_relay_channel_say(struct ic_relay_channel *c, const struct ic_relay_message *m)
{
    if (c->is_dead || ic_relay_order_check(c, m, true) != IC_RELAY_TAKE)
        return IC_ERR_STATE;
    send(c, m);
    return IC_OK;
}

static void start_close(struct ic_relay_channel *c, struct ic_time now, struct ic_relay_entry *e)
{
    leave(c, e, IC_RELAY_CLOSING);
    e->is_asked = false;
    e->until = ic_time_add(now, IC_MS(IC_RELAY_CLOSE_MS));
    send_about(c, IC_RELAY_CLOSE, e->meeting, IC_PLACE_GOOD, 0, 0);
}

void ic_relay_channel_close(struct ic_relay_channel *c, struct ic_time now,
                            const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct ic_relay_entry *e = ic_relay_channel_find(c, meeting);
    if (e == NULL)
        return;
    e->is_asked = e->is_answered = e->is_closed = false;
    if (e->stage == IC_RELAY_ASKED) /* each ask has its answer */
        ic_relay_channel_answer(c, meeting, IC_PLACE_BUSY, 0, 0);
    else if (e->stage == IC_RELAY_ASKING || e->stage == IC_RELAY_AT_BOTH)
        start_close(c, now, e);
}

void ic_relay_channel_policy(const struct ic_relay_channel *c,
                             const uint8_t meeting[static IC_MEETING_ID_LEN],
                             uint8_t sha256[static IC_SHA256_LEN])
{
    const struct ic_relay_entry *e = ic_relay_channel_find(c, meeting);
    IC_ASSERT(e != NULL && !e->is_ours);
    memcpy(sha256, e->policy_sha256, IC_SHA256_LEN);
}

/* ---- what the other node says ---- */

static void refuse(struct ic_relay_channel *c, const struct ic_relay_message *m,
                   enum ic_place_reason reason)
{
    send_about(c, m->kind == IC_RELAY_JOIN ? IC_RELAY_JOINED : IC_RELAY_OPENED, m->meeting, reason,
               0, 0);
}

/* Both ask about one meeting at once: the higher generation has it. */
static bool give_way(struct ic_relay_entry *e, const struct ic_relay_message *m)
{
    if (m->generation <= e->generation)
        return false;
    tell_end(e, IC_PLACE_TAKEN_OVER);
    e->void_answers++; /* the other node refuses ours, before all that it answers later */
    return true;
}

/* What the policy is called from now on. */
static bool note_policy(struct ic_relay_entry *e, const struct ic_relay_message *m)
{
    const struct ic_part policy = {m->policy, m->policy_len};
    if (m->kind == IC_RELAY_OPEN)
        return ic_hash_sha256(&policy, 1, e->policy_sha256) == IC_OK;
    memcpy(e->policy_sha256, m->policy_sha256, sizeof e->policy_sha256);
    return true;
}

/* OPEN, JOIN */
static void on_open(struct ic_relay_channel *c, const struct ic_relay_message *m)
{
    struct ic_relay_entry *e = place_for(c, m->meeting);
    if (e != NULL && (e->stage == IC_RELAY_ASKED || e->stage == IC_RELAY_AT_BOTH)) {
        die(c);
        return;
    }
    if (e == NULL || e->stage == IC_RELAY_CLOSING) {
        refuse(c, m, IC_PLACE_BUSY);
        return;
    }
    bool is_crossed = e->stage == IC_RELAY_ASKING;
    if (is_crossed ? !give_way(e, m) : m->generation < e->generation) {
        refuse(c, m, IC_PLACE_TAKEN_OVER);
        return;
    }
    if (!note_policy(e, m)) {
        die(c);
        return;
    }
    c->asks += c->asks == UINT64_MAX ? 2 : 1;
    e->ask = c->asks;
    e->stage = IC_RELAY_ASKED;
    e->is_ours = false;
    e->is_joint = m->kind == IC_RELAY_JOIN;
    e->is_asked = true;
    e->generation = m->generation;
}

/* OPENED, JOINED */
static void on_opened(struct ic_relay_channel *c, const struct ic_relay_message *m)
{
    struct ic_relay_entry *e = ic_relay_channel_find(c, m->meeting);
    if (e == NULL)
        return;
    if (e->void_answers > 0) {
        e->void_answers--;
        return;
    }
    if (e->stage != IC_RELAY_ASKING)
        return; /* it was given up meanwhile */
    if ((m->kind == IC_RELAY_JOINED) != e->is_joint) {
        die(c);
        return;
    }
    e->is_answered = true;
    e->reason = m->reason;
    e->stage = m->reason == IC_PLACE_GOOD ? IC_RELAY_AT_BOTH : IC_RELAY_PAST;
    e->places = m->places;
    e->worker = m->own_worker;
}

/* Each CLOSE has its own in return. Where we ask it is of what the other node had asked: ours is
 * still to be answered. */
static void on_close(struct ic_relay_channel *c, const struct ic_relay_message *m)
{
    struct ic_relay_entry *e = ic_relay_channel_find(c, m->meeting);
    if (e != NULL && e->stage == IC_RELAY_CLOSING) {
        leave(c, e, IC_RELAY_PAST);
        return;
    }
    if (e != NULL && (e->stage == IC_RELAY_ASKED || e->stage == IC_RELAY_AT_BOTH)) {
        tell_end(e, IC_PLACE_GOOD);
        leave(c, e, IC_RELAY_PAST);
    }
    send_about(c, IC_RELAY_CLOSE, m->meeting, IC_PLACE_GOOD, 0, 0);
}

/* True: out tells something. */
static bool on_message(struct ic_relay_channel *c, struct ic_relay_channel_out *out)
{
    const struct ic_relay_message *m = &c->message;
    switch (m->kind) {
    case IC_RELAY_OPEN:
    case IC_RELAY_JOIN:
        on_open(c, m);
        return false;
    case IC_RELAY_OPENED:
    case IC_RELAY_JOINED:
        on_opened(c, m);
        return false;
    case IC_RELAY_CLOSE:
        on_close(c, m);
        return false;
    case IC_RELAY_NAMES:
    case IC_RELAY_MEETING:
    case IC_RELAY_SOURCE:
    case IC_RELAY_WANTED:
    case IC_RELAY_PERSON:
    case IC_RELAY_TRANSPORT:
    case IC_RELAY_CARRIER:
        break;
    }
    enum ic_relay_verdict verdict = ic_relay_order_check(c, m, false);
    if (verdict == IC_RELAY_BREAK)
        die(c);
    out->kind = IC_RELAY_CHANNEL_SAID;
    return verdict == IC_RELAY_TAKE;
}

/* ---- bytes in ---- */

size_t ic_relay_channel_input(struct ic_relay_channel *c, const uint8_t *bytes, size_t len)
{
    if (c->is_dead)
        return len;
    if (c->in_used > 0) {
        memmove(c->in, &c->in[c->in_used], c->in_len - c->in_used);
        c->in_len -= c->in_used;
        c->in_used = 0;
    }
    size_t room = IC_RELAY_MESSAGE_MAX - c->in_len;
    size_t taken = len < room ? len : room;
    if (taken > 0)
        memcpy(&c->in[c->in_len], bytes, taken);
    c->in_len += taken;
    return taken;
}

/* The next message is in c->message; false: it is not whole yet, or was none. */
static bool next_message(struct ic_relay_channel *c)
{
    const uint8_t *at = &c->in[c->in_used];
    size_t left = c->in_len - c->in_used, len = 0;
    if (c->is_dead)
        return false;
    enum ic_err e = ic_relay_message_len(at, left, &len);
    if (e == IC_ERR_STATE || (e == IC_OK && len > left))
        return false;
    if (e == IC_OK)
        e = ic_relay_message_parse(at, len, &c->message);
    if (e != IC_OK) {
        die(c);
        return false;
    }
    c->in_used += len;
    return true;
}

/* One thing at a time, in the order in which it was so. */
static bool poll_entry(struct ic_relay_entry *e, struct ic_relay_channel_out *out)
{
    memcpy(out->meeting, e->meeting, sizeof out->meeting);
    if (e->is_answered) {
        e->is_answered = false;
        out->kind = IC_RELAY_CHANNEL_ANSWERED;
        out->reason = e->reason;
        out->places = e->reason == IC_PLACE_GOOD ? e->places : 0;
        out->worker = e->worker;
    } else if (e->is_asked) {
        e->is_asked = false;
        out->kind = IC_RELAY_CHANNEL_ASKED;
    } else if (e->is_closed) {
        e->is_closed = false;
        out->kind = IC_RELAY_CHANNEL_CLOSED;
    } else {
        return false;
    }
    return true;
}

static bool poll_entries(struct ic_relay_channel *c, struct ic_relay_channel_out *out)
{
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++)
        if (poll_entry(&c->entries[i], out))
            return true;
    return false;
}

bool ic_relay_channel_poll(struct ic_relay_channel *c, struct ic_relay_channel_out *out)
{
    memset(out, 0, sizeof *out);
    out->message = &c->message;
    if (poll_entries(c, out))
        return true;
    while (next_message(c))
        if (on_message(c, out) || poll_entries(c, out))
            return true;
    if (poll_entries(c, out)) /* it has just ended */
        return true;
    if (!c->is_dead || c->is_dead_told)
        return false;
    c->is_dead_told = true;
    out->kind = IC_RELAY_CHANNEL_DEAD;
    return true;
}

/* ---- time ---- */

void ic_relay_channel_tick(struct ic_relay_channel *c, struct ic_time now)
{
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS && !c->is_dead; i++) {
        struct ic_relay_entry *e = &c->entries[i];
        if (e->stage == IC_RELAY_CLOSING && ic_time_reached(e->until, now)) {
            die(c);
        } else if (e->stage == IC_RELAY_ASKING && ic_time_reached(e->until, now)) {
            tell_end(e, IC_PLACE_NO_CAPACITY_IN_REGION);
            start_close(c, now, e);
        }
    }
}

struct ic_time ic_relay_channel_deadline(const struct ic_relay_channel *c)
{
    struct ic_time next = IC_NEVER;
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++) {
        const struct ic_relay_entry *e = &c->entries[i];
        if (e->stage == IC_RELAY_CLOSING || e->stage == IC_RELAY_ASKING)
            next = ic_time_min(next, e->until);
    }
    return next;
}

/* ---- what there is ---- */

bool ic_relay_channel_has(const struct ic_relay_channel *c,
                          const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    const struct ic_relay_entry *e = ic_relay_channel_find(c, meeting);
    return e != NULL && e->stage == IC_RELAY_AT_BOTH;
}

bool ic_relay_channel_is_dead(const struct ic_relay_channel *c)
{
    return c->is_dead;
}

uint32_t ic_relay_channel_meetings(const struct ic_relay_channel *c)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++)
        count += c->entries[i].stage == IC_RELAY_AT_BOTH;
    return count;
}

uint32_t ic_relay_channel_people(const struct ic_relay_channel *c)
{
    return c->people.used;
}
