/* People of our meetings at the other node, and people of its meetings here (relay_bridge.h). */
#include <string.h>

#include "base/assert.h"
#include "cluster/relay_bridge_state.h"

/* ---- tables ---- */

static struct ic_bridge_person *find_key(const struct ic_relay_bridge *b, uint64_t key,
                                         uint32_t *index)
{
    struct ic_ref ref;
    return ic_map_find(&b->by_key, &key, index) ? ic_pool_at_index(&b->people, *index, &ref) : NULL;
}

static struct ic_bridge_person *find_number(const struct ic_relay_bridge *b, uint32_t meeting,
                                            uint64_t number, uint32_t *index)
{
    for (uint32_t i = 0; i < b->people.count; i++) {
        struct ic_ref ref;
        struct ic_bridge_person *p = ic_pool_at_index(&b->people, i, &ref);
        *index = i;
        if (p != NULL && p->meeting == meeting && p->number == number && !p->is_over && !p->is_gone)
            return p;
    }
    return NULL;
}

/* NULL: the tables are full, or the name is taken. */
static struct ic_bridge_person *add_person(struct ic_relay_bridge *b, uint64_t key, uint64_t number,
                                           uint32_t meeting, bool is_guest)
{
    uint32_t index;
    struct ic_ref ref;
    if (find_key(b, key, &index) != NULL)
        return NULL;
    struct ic_bridge_person *p = ic_pool_get(&b->people, &ref);
    if (p == NULL)
        return NULL;
    *p = (struct ic_bridge_person){
        .key = key, .number = number, .meeting = meeting, .is_guest = is_guest};
    enum ic_err e = ic_map_set(&b->by_key, &key, ref.index);
    IC_ASSERT(e == IC_OK); /* as large as the pool */
    b->meetings[meeting].people++;
    b->guests += is_guest;
    return p;
}

/* He has his place no more. */
static void discount(struct ic_relay_bridge *b, const struct ic_bridge_person *p)
{
    b->meetings[p->meeting].people--;
    b->guests -= p->is_guest;
}

void ic_bridge_drop_person(struct ic_relay_bridge *b, uint32_t index)
{
    struct ic_ref ref;
    const struct ic_bridge_person *p = ic_pool_at_index(&b->people, index, &ref);
    IC_ASSERT(p != NULL);
    if (!p->is_gone)
        discount(b, p);
    ic_map_remove(&b->by_key, &p->key);
    ic_pool_put(&b->people, ref);
}

void ic_bridge_let_person(struct ic_relay_bridge *b, uint32_t index)
{
    struct ic_ref ref;
    struct ic_bridge_person *p = ic_pool_at_index(&b->people, index, &ref);
    IC_ASSERT(p != NULL);
    if (!p->is_guest || !p->meter.is_on || p->meter.end == IC_METER_GOES_ON) {
        ic_bridge_drop_person(b, index);
        return;
    }
    discount(b, p); /* our worker counts before it removes him, and that is not heard yet */
    p->is_over = false;
    p->is_gone = true;
}

/* Our worker, or the hub, hears of it; then he is dropped. */
static void end_person(struct ic_relay_bridge *b, struct ic_bridge_person *p)
{
    b->over[IC_BRIDGE_OVER_PEOPLE] += !p->is_over;
    p->is_over = true;
}

void ic_bridge_end_people(struct ic_relay_bridge *b, uint32_t meeting)
{
    for (uint32_t i = 0; i < b->people.count && b->people.used > 0; i++) {
        struct ic_ref ref;
        struct ic_bridge_person *p = ic_pool_at_index(&b->people, i, &ref);
        if (p == NULL || p->meeting != meeting)
            continue;
        p->meter.is_on = false; /* nobody is there to get a receipt */
        if (p->is_gone)
            ic_bridge_drop_person(b, i);
        else
            end_person(b, p);
    }
}

uint64_t ic_bridge_number_of(const struct ic_relay_bridge *b, uint64_t key)
{
    uint32_t index;
    const struct ic_bridge_person *p = find_key(b, key, &index);
    return p == NULL ? key : p->number;
}

bool ic_relay_bridge_number(const struct ic_relay_bridge *b, uint64_t key, uint64_t *number)
{
    uint32_t index;
    const struct ic_bridge_person *p = find_key(b, key, &index);
    if (p == NULL || !p->is_guest)
        return false;
    *number = p->number;
    return true;
}

/* ---- our people, at the other node ---- */

static struct ic_relay_message about(const struct ic_relay_bridge *b, uint32_t meeting,
                                     enum ic_relay_message_kind kind, uint64_t number)
{
    struct ic_relay_message m = {.kind = kind, .person = number};
    memcpy(m.meeting, b->meetings[meeting].meeting, sizeof m.meeting);
    return m;
}

static enum ic_err say_act(struct ic_relay_bridge *b, uint32_t meeting, enum ic_relay_act act,
                           const struct ic_cmd *cmd)
{
    struct ic_relay_message m = about(b, meeting, IC_RELAY_PERSON, cmd->peer);
    m.act = act;
    m.microphone = cmd->microphone;
    m.camera = cmd->camera;
    if (act == IC_RELAY_ACT_MAKE)
        m.client = cmd->transport;
    if (act == IC_RELAY_ACT_KEY_FRAMES)
        m.person = 0;
    m.chain = cmd->chain;
    m.end = cmd->end;
    return ic_relay_channel_say(b->config.channel, &m);
}

static struct ic_bridge_meeting *our_room(const struct ic_relay_bridge *b, uint64_t room)
{
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++) {
        struct ic_bridge_meeting *m = &b->meetings[i];
        if (m->is_used && m->is_ours && m->is_at_both && !m->is_joint && m->room == room)
            return m;
    }
    return NULL;
}

static enum ic_err make(struct ic_relay_bridge *b, const struct ic_cmd *cmd)
{
    struct ic_bridge_meeting *m = our_room(b, cmd->room);
    if (m == NULL)
        return IC_ERR_GONE;
    uint32_t meeting = (uint32_t)(m - b->meetings), index;
    if (m->people >= m->places || !ic_time_is_never(m->full_until) ||
        add_person(b, cmd->peer, cmd->peer, meeting, false) == NULL)
        return IC_ERR_FULL;
    if (say_act(b, meeting, IC_RELAY_ACT_MAKE, cmd) == IC_OK)
        return IC_OK;
    if (find_key(b, cmd->peer, &index) != NULL)
        ic_bridge_drop_person(b, index);
    return IC_ERR_FULL;
}

/* What a command about somebody is called on the channel. */
static enum ic_relay_act act_of(enum ic_cmd_kind kind)
{
    if (kind == IC_CMD_PEER_REMOVE)
        return IC_RELAY_ACT_REMOVE;
    if (kind == IC_CMD_PEER_MEDIA)
        return IC_RELAY_ACT_MEDIA;
    return kind == IC_CMD_PEER_RECEIPTS ? IC_RELAY_ACT_RECEIPTS : IC_RELAY_ACT_RECEIPT_END;
}

static enum ic_err change(struct ic_relay_bridge *b, const struct ic_cmd *cmd)
{
    uint32_t index;
    struct ic_bridge_person *p = find_key(b, cmd->peer, &index);
    if (p == NULL || p->is_guest)
        return IC_ERR_GONE;
    if (p->is_over && cmd->kind == IC_CMD_PEER_REMOVE)
        b->over[IC_BRIDGE_OVER_PEOPLE]--; /* the hub need not hear it any more */
    else if (p->is_over)
        return IC_OK;
    else
        (void)!say_act(b, p->meeting, act_of(cmd->kind), cmd);
    if (cmd->kind == IC_CMD_PEER_REMOVE)
        ic_bridge_drop_person(b, index);
    return IC_OK;
}

enum ic_err ic_relay_bridge_cmd(struct ic_relay_bridge *b, const struct ic_cmd *cmd)
{
    struct ic_bridge_meeting *m;
    switch (cmd->kind) {
    case IC_CMD_PEER_ADD:
        return make(b, cmd);
    case IC_CMD_PEER_REMOVE:
    case IC_CMD_PEER_MEDIA:
    case IC_CMD_PEER_RECEIPTS:
    case IC_CMD_PEER_RECEIPT_END:
        return change(b, cmd);
    case IC_CMD_ROOM_KEY_FRAMES:
        m = our_room(b, cmd->room);
        return m == NULL ? IC_ERR_GONE
                         : say_act(b, (uint32_t)(m - b->meetings), IC_RELAY_ACT_KEY_FRAMES, cmd);
    case IC_CMD_PEER_COUNT:
    case IC_CMD_SHUTDOWN:
    case IC_CMD_RELAY_ADD:
    case IC_CMD_RELAY_CONNECT:
    case IC_CMD_RELAY_MEETING:
    case IC_CMD_RELAY_SOURCE:
    case IC_CMD_RELAY_WANTED:
        break;
    }
    return IC_ERR_GONE;
}

static void on_ready(struct ic_relay_bridge *b, struct ic_evt *evt,
                     const struct ic_relay_message *m)
{
    evt->kind = IC_EVT_PEER_READY;
    evt->transport = m->server;
    evt->node = b->config.name;
    evt->writes_receipts = m->writes_receipts;
    memcpy(evt->transport.fingerprint, b->config.fingerprint, sizeof evt->transport.fingerprint);
    for (size_t i = 0; i < m->server.candidate_count; i++)
        if (!ic_bridge_has_address(b, &m->server.candidates[i]))
            b->is_broken = true; /* it sends people to somebody else */
}

/* LIMIT: places are no reservation. Who has no room for one is not asked for the next one at once:
 * perhaps a third node has. */
static void note_full(struct ic_bridge_meeting *meeting, struct ic_time now,
                      enum ic_peer_reason why)
{
    if (why == IC_PEER_REASON_FULL)
        meeting->full_until = ic_time_add(now, IC_MS(IC_RELAY_FULL_MS));
}

void ic_bridge_people_tick(struct ic_relay_bridge *b, struct ic_time now)
{
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++)
        if (ic_time_reached(b->meetings[i].full_until, now))
            b->meetings[i].full_until = IC_NEVER;
}

void ic_bridge_hear_transport(struct ic_relay_bridge *b, struct ic_time now,
                              const struct ic_relay_message *m)
{
    struct ic_bridge_meeting *meeting = ic_bridge_meeting_find(b, m->meeting);
    uint32_t index;
    struct ic_bridge_person *p = find_key(b, m->person, &index);
    if (meeting == NULL || p == NULL || p->is_guest || p->is_over ||
        &b->meetings[p->meeting] != meeting || m->news == IC_RELAY_NEWS_RECEIPT)
        return; /* receipts: ic_relay_bridge_receipt */
    struct ic_relay_bridge_out *out = ic_bridge_push(b, IC_RELAY_BRIDGE_EVT);
    if (out == NULL)
        return;
    struct ic_evt *evt = &out->evt;
    evt->peer = p->key;
    evt->reason = m->why;
    evt->counts = m->counts;
    switch (m->news) {
    case IC_RELAY_NEWS_READY:
        on_ready(b, evt, m);
        return;
    case IC_RELAY_NEWS_CONNECTED:
        evt->kind = IC_EVT_PEER_CONNECTED;
        return;
    case IC_RELAY_NEWS_SLOT:
        evt->kind = IC_EVT_SLOT;
        memcpy(evt->mid, m->mid, sizeof evt->mid);
        evt->source_peer = m->source_person;
        evt->source = m->source;
        return;
    case IC_RELAY_NEWS_RECEIPT:
        return;
    case IC_RELAY_NEWS_REFUSED:
        evt->kind = IC_EVT_PEER_REFUSED;
        note_full(meeting, now, m->why);
        break;
    case IC_RELAY_NEWS_ENDED:
        evt->kind = IC_EVT_PEER_CLOSED;
        break;
    }
    ic_bridge_drop_person(b, index);
}

uint64_t ic_relay_bridge_next_person(const struct ic_relay_bridge *b,
                                     const uint8_t meeting[static IC_MEETING_ID_LEN], uint32_t *at)
{
    const struct ic_bridge_meeting *m = ic_bridge_meeting_find(b, meeting);
    while (m != NULL && *at < b->people.count) {
        struct ic_ref ref;
        const struct ic_bridge_person *p = ic_pool_at_index(&b->people, (*at)++, &ref);
        if (p != NULL && !p->is_guest && !p->is_over && &b->meetings[p->meeting] == m)
            return p->key;
    }
    return 0;
}

bool ic_relay_bridge_has(const struct ic_relay_bridge *b, uint64_t peer)
{
    uint32_t index;
    const struct ic_bridge_person *p = find_key(b, peer, &index);
    return p != NULL && !p->is_guest && !p->is_over;
}

uint32_t ic_relay_bridge_free_places(const struct ic_relay_bridge *b,
                                     const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    const struct ic_bridge_meeting *m = ic_bridge_meeting_find(b, meeting);
    bool is_ours = m != NULL && m->is_ours && m->is_at_both && !m->is_joint;
    bool has_room = is_ours && ic_time_is_never(m->full_until);
    return has_room && m->people < m->places ? (uint32_t)(m->places - m->people) : 0;
}

/* ---- the other node's people, here ---- */

static void say_news(struct ic_relay_bridge *b, const struct ic_bridge_person *p,
                     struct ic_relay_message *m)
{
    struct ic_relay_message begun = about(b, p->meeting, IC_RELAY_TRANSPORT, p->number);
    memcpy(m->meeting, begun.meeting, sizeof m->meeting);
    m->kind = IC_RELAY_TRANSPORT;
    m->person = p->number;
    (void)!ic_relay_channel_say(b->config.channel, m); /* he was removed meanwhile */
}

static void make_guest(struct ic_relay_bridge *b, uint32_t meeting,
                       const struct ic_relay_message *m)
{
    struct ic_relay_message refused = {.news = IC_RELAY_NEWS_REFUSED, .why = IC_PEER_REASON_FULL};
    const struct ic_bridge_person nobody = {.meeting = meeting, .number = m->person};
    bool has_room = b->guests < b->guests_max;
    struct ic_bridge_person *p =
        has_room ? add_person(b, ic_bridge_key(b), m->person, meeting, true) : NULL;
    if (p == NULL) {
        say_news(b, &nobody, &refused);
        return;
    }
    struct ic_cmd *cmd = ic_bridge_command(b, b->meetings[meeting].worker, IC_CMD_PEER_ADD, p->key);
    if (cmd == NULL)
        return;
    cmd->room = b->meetings[meeting].room;
    cmd->microphone = m->microphone;
    cmd->camera = m->camera;
    cmd->transport = m->client;
}

static void change_guest(struct ic_relay_bridge *b, struct ic_time now, uint32_t meeting,
                         const struct ic_relay_message *m)
{
    uint32_t index;
    struct ic_bridge_person *p = find_number(b, meeting, m->person, &index);
    if (p == NULL)
        return;
    switch (m->act) {
    case IC_RELAY_ACT_REMOVE:
        end_person(b, p);
        return;
    case IC_RELAY_ACT_RECEIPTS:
        ic_bridge_meter_begin(b, now, p, &m->chain);
        return;
    case IC_RELAY_ACT_RECEIPT_END:
        ic_bridge_meter_end(b, now, p, m->end);
        return;
    case IC_RELAY_ACT_MEDIA:
    case IC_RELAY_ACT_MAKE:
    case IC_RELAY_ACT_KEY_FRAMES:
        break;
    }
    struct ic_cmd *cmd =
        ic_bridge_command(b, b->meetings[meeting].worker, IC_CMD_PEER_MEDIA, p->key);
    if (cmd == NULL)
        return;
    cmd->room = b->meetings[meeting].room;
    cmd->microphone = m->microphone;
    cmd->camera = m->camera;
}

void ic_bridge_hear_person(struct ic_relay_bridge *b, struct ic_time now,
                           const struct ic_relay_message *m)
{
    struct ic_bridge_meeting *meeting = ic_bridge_meeting_find(b, m->meeting);
    if (meeting == NULL || meeting->is_ours)
        return;
    uint32_t index = (uint32_t)(meeting - b->meetings);
    if (m->act == IC_RELAY_ACT_MAKE) {
        make_guest(b, index, m);
    } else if (m->act == IC_RELAY_ACT_KEY_FRAMES) {
        struct ic_cmd *cmd = ic_bridge_command(b, meeting->worker, IC_CMD_ROOM_KEY_FRAMES, 0);
        if (cmd != NULL)
            cmd->room = meeting->room;
    } else {
        change_guest(b, now, index, m);
    }
}

/* What our worker gives up without a reason of the list was closed. */
static enum ic_peer_reason ended_why(enum ic_peer_reason reason)
{
    return reason < IC_PEER_REASON_ICE_TIMEOUT ? IC_PEER_REASON_CLOSED_BY_PEER : reason;
}

/* True: he was gone already, and this was his last. */
static bool count_guest(struct ic_relay_bridge *b, struct ic_time now, struct ic_bridge_person *p,
                        uint32_t index, const struct ic_evt *evt)
{
    bool has_counts = evt->kind == IC_EVT_PEER_COUNTS || evt->kind == IC_EVT_PEER_CLOSED;
    bool goes_on = has_counts && ic_bridge_meter_counted(b, now, p, evt);
    if (!p->is_gone)
        return false;
    if (has_counts && !goes_on)
        ic_bridge_drop_person(b, index);
    return true;
}

bool ic_bridge_on_person_evt(struct ic_relay_bridge *b, struct ic_time now,
                             const struct ic_evt *evt)
{
    uint32_t index;
    struct ic_bridge_person *p = find_key(b, evt->peer, &index);
    if (p == NULL || !p->is_guest)
        return false;
    struct ic_relay_message m = {.counts = evt->counts};
    if (count_guest(b, now, p, index, evt) || p->is_over)
        return true;
    switch (evt->kind) {
    case IC_EVT_PEER_READY:
        m.news = IC_RELAY_NEWS_READY;
        m.server = evt->transport;
        m.writes_receipts = ic_bridge_writes_receipts(b);
        break;
    case IC_EVT_PEER_CONNECTED:
        m.news = IC_RELAY_NEWS_CONNECTED;
        break;
    case IC_EVT_SLOT:
        m.news = IC_RELAY_NEWS_SLOT;
        memcpy(m.mid, evt->mid, sizeof m.mid);
        m.source_person = ic_bridge_number_of(b, evt->source_peer);
        m.source = evt->source;
        break;
    case IC_EVT_PEER_REFUSED:
        m.news = IC_RELAY_NEWS_REFUSED;
        m.why = evt->reason == IC_PEER_REASON_UNFIT ? evt->reason : IC_PEER_REASON_FULL;
        break;
    case IC_EVT_PEER_CLOSED:
        m.news = IC_RELAY_NEWS_ENDED;
        m.why = ended_why(evt->reason);
        break;
    case IC_EVT_PEER_COUNTS:
    case IC_EVT_STATS:
    case IC_EVT_RELAY_WANTED:
        return true;
    }
    say_news(b, p, &m);
    if (evt->kind == IC_EVT_PEER_REFUSED || evt->kind == IC_EVT_PEER_CLOSED)
        ic_bridge_drop_person(b, index);
    return true;
}
