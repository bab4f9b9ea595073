/* The bus and the directory of a simulated deployment: late, lossy, repeating, altering, lying. */
#include <string.h>

#include "base/assert.h"
#include "sim/region_state.h"

static struct ic_region_flight *launch(struct ic_region *r, uint32_t to,
                                       enum ic_region_flight_kind kind)
{
    for (uint32_t i = 0; i < IC_REGION_FLIGHTS; i++) {
        uint32_t at = r->flight_next++ % IC_REGION_FLIGHTS;
        struct ic_region_flight *f = &r->flights[at];
        if (f->is_used)
            continue;
        f->is_used = true;
        f->is_altered = false;
        f->to = to;
        f->kind = kind;
        f->life = r->nodes[to].start;
        f->made = r->now;
        f->len = 0;
        f->at = ic_time_add(r->now, IC_US(500 + ic_region_below(r, 1000 * (2 + r->delay_ms))));
        ic_heap_set(&r->arrivals, at, f->at);
        return f;
    }
    return NULL; /* the bus is full: lost */
}

static bool is_lost(struct ic_region *r, uint32_t a, uint32_t b)
{
    return (a != b && (r->nodes[a].is_cut || r->nodes[b].is_cut)) ||
           ic_region_chance(r, r->loss_ppm);
}

/* Bytes are changed, cut, or lengthened. */
static void alter(struct ic_region *r, struct ic_region_flight *f)
{
    f->is_altered = true;
    switch (ic_region_below(r, 4)) {
    case 0:
        f->len = ic_region_below(r, (uint32_t)f->len + 1);
        break;
    case 1:
        f->len += f->len < IC_REGION_BYTES_MAX;
        break;
    default:
        if (f->len > 0)
            f->bytes[ic_region_below(r, (uint32_t)f->len)] ^=
                (uint8_t)(1 + ic_region_below(r, 255));
        break;
    }
}

/* A lie in a beat: empty, of another country, or of another node. */
static void lie_in_beat(struct ic_region *r, struct ic_region_flight *f)
{
    static struct ic_beat beat;
    if (ic_beat_parse(f->bytes, f->len, &beat) != IC_OK)
        return;
    f->is_altered = true;
    switch (ic_region_below(r, 4)) {
    case 0:
        beat.load = (struct ic_node_load){.people_max = UINT16_MAX, .videos_max = UINT16_MAX};
        break;
    case 1:
        memcpy(beat.country, "DE", 2);
        break;
    case 2:
        memset(beat.country, 0, 2);
        break;
    default:
        memcpy(beat.node, r->nodes[ic_region_below(r, IC_REGION_NODES)].id, sizeof beat.node);
        break;
    }
    struct ic_wr w = ic_wr_init(f->bytes, sizeof f->bytes);
    ic_beat_write(&w, &beat);
    f->len = w.len;
}

void ic_region_send_beat(struct ic_region *r, uint32_t node, const struct ic_beat *beat)
{
    struct ic_region_node *n = &r->nodes[node];
    uint32_t slot = n->beat_next++ % 4;
    struct ic_wr w = ic_wr_init(n->beats[slot], sizeof n->beats[slot]);
    ic_beat_write(&w, beat);
    IC_ASSERT(!w.bad);
    n->beat_len[slot] = w.len;
    n->beat_made[slot] = r->now;
    for (uint32_t to = 0; to < IC_REGION_NODES; to++) {
        if (is_lost(r, node, to))
            continue;
        struct ic_region_flight *f = launch(r, to, IC_REGION_BEAT);
        uint32_t which = slot;
        if (f == NULL)
            continue;
        if (ic_region_chance(r, r->stale_ppm)) /* an old one, as if it were new */
            which = ic_region_below(r, n->beat_next < 4 ? n->beat_next : 4);
        f->from = node;
        f->len = n->beat_len[which];
        f->made = n->beat_made[which];
        memcpy(f->bytes, n->beats[which], f->len);
        if (ic_region_chance(r, r->alter_ppm))
            alter(r, f);
        if (ic_region_chance(r, r->lie_ppm))
            lie_in_beat(r, f);
    }
}

/* What the directory says is not what it has. */
static void lie_in_entry(struct ic_region *r, struct ic_region_flight *f)
{
    struct ic_directory_entry e;
    if (ic_directory_entry_parse(f->bytes, f->len, &e) != IC_OK)
        return;
    switch (ic_region_below(r, 6)) {
    case 0:
    case 1:
        memcpy(e.node, r->nodes[ic_region_below(r, IC_REGION_NODES)].id, sizeof e.node);
        break;
    case 2:
        memcpy(e.meeting, r->meetings[ic_region_below(r, IC_REGION_MEETINGS)].id, sizeof e.meeting);
        break;
    case 3:
        e.generation += ic_region_below(r, 3);
        break;
    case 4:
        e.generation = ic_region_below(r, 2) == 0 ? 1 : UINT64_MAX;
        break;
    default:
        memcpy(e.policy_sha256, r->meetings[ic_region_below(r, IC_REGION_MEETINGS)].sha256,
               sizeof e.policy_sha256);
        break;
    }
    struct ic_wr w = ic_wr_init(f->bytes, sizeof f->bytes);
    ic_directory_entry_write(&w, &e);
    f->len = w.len;
}

void ic_region_send_doubt(struct ic_region *r, uint32_t from, uint32_t to, uint32_t meeting)
{
    struct ic_region_flight *f;
    if (!is_lost(r, from, to) && (f = launch(r, to, IC_REGION_DOUBT)) != NULL)
        f->meeting = meeting;
}

void ic_region_send_request(struct ic_region *r, uint32_t node,
                            const struct ic_directory_request *request)
{
    struct ic_directory_reply reply = {.token = request->token, .result = IC_ERR_SYSTEM};
    if (is_lost(r, node, node) || r->nodes[node].is_cut || r->is_directory_cut) {
        if (ic_region_below(r, 2) == 0)
            return; /* nobody answers */
    } else {
        reply = ic_directory_run(&r->directory, request);
        if (request->kind == IC_DIRECTORY_SWAP && reply.result == IC_OK)
            r->nodes[node].set_in[ic_region_meeting(r, request->entry.meeting)] = r->empties;
    }
    if (ic_region_chance(r, r->lie_ppm)) /* of nothing that has happened */
        ic_region_send_doubt(r, node, ic_region_below(r, IC_REGION_NODES),
                             ic_region_below(r, IC_REGION_MEETINGS));
    if (is_lost(r, node, node))
        return; /* done, and the answer is lost */
    struct ic_region_flight *f = launch(r, node, IC_REGION_REPLY);
    if (f == NULL)
        return;
    if (ic_region_chance(r, r->lie_ppm) && request->kind == IC_DIRECTORY_SWAP &&
        reply.result == IC_OK)
        reply.result = IC_ERR_STATE;
    f->reply = reply;
    f->meeting = ic_region_meeting(r, request->entry.meeting);
    f->len = reply.len;
    if (reply.len > 0)
        memcpy(f->bytes, reply.bytes, reply.len);
    if (request->kind == IC_DIRECTORY_SWAP)
        return;
    if (ic_region_chance(r, r->stale_ppm) && f->len > 0) { /* of this node's taking, long ago */
        struct ic_wr w = ic_wr_init(f->bytes, sizeof f->bytes);
        ic_directory_entry_write(&w, &r->meetings[ic_region_below(r, IC_REGION_MEETINGS)].before);
        f->len = w.len;
    }
    if (ic_region_chance(r, r->lie_ppm))
        lie_in_entry(r, f);
    if (ic_region_chance(r, r->alter_ppm))
        alter(r, f);
    if (ic_region_chance(r, r->lie_ppm))
        f->reply.result = IC_ERR_GONE;
}

void ic_region_send_version(struct ic_region *r, uint32_t node, uint32_t version)
{
    struct ic_region_flight *f;
    if (is_lost(r, node, node) || r->nodes[node].is_cut ||
        (f = launch(r, node, IC_REGION_NODES_SET)) == NULL)
        return;
    f->version = version;
    f->serial = r->versions[version].set.serial;
}

static void arrive_beat(struct ic_region *r, struct ic_region_flight *f)
{
    struct ic_region_node *n = &r->nodes[f->to], *from = &r->nodes[f->from];
    struct ic_time made = f->is_altered ? r->now : f->made; /* who forges can say "now" */
    if (ic_placement_input_beat(n->placement, ic_region_local(r, f->to), f->bytes, f->len) != IC_OK)
        return;
    ic_region_note_lapse(r, f->from);
    ic_region_note_lapse(r, f->to);
    if (ic_time_before(from->renewed, made))
        from->renewed = made;
    for (uint32_t i = 0; i < IC_REGION_NODES && f->is_altered; i++) {
        n->heard[i] = r->now; /* of whomever it spoke, whatever it acknowledged */
        n->renewed = r->now;
    }
    if (ic_time_before(n->heard[f->from], made))
        n->heard[f->from] = made;
}

static void arrive_reply(struct ic_region *r, struct ic_region_flight *f)
{
    struct ic_region_node *n = &r->nodes[f->to];
    struct ic_directory_entry e;
    f->reply.bytes = f->bytes;
    f->reply.len = f->len;
    if (ic_time_before(n->asked[f->meeting], f->made)) /* answers overtake each other */
        n->asked[f->meeting] = f->made;
    n->told[f->meeting] = IC_REGION_NODES;
    for (uint32_t i = 0; i < IC_REGION_NODES; i++)
        if (f->reply.result == IC_OK && ic_directory_entry_parse(f->bytes, f->len, &e) == IC_OK &&
            memcmp(e.node, r->nodes[i].id, IC_NODE_ID_LEN) == 0)
            n->told[f->meeting] = i;
    ic_placement_input_reply(n->placement, ic_region_local(r, f->to), &f->reply);
}

void ic_region_deliver(struct ic_region *r)
{
    uint32_t at;
    while (r->problem[0] == '\0' && ic_heap_pop(&r->arrivals, r->now, &at)) {
        struct ic_region_flight *f = &r->flights[at];
        struct ic_region_node *n = &r->nodes[f->to];
        f->is_used = false;
        if (n->placement == NULL || n->start.us != f->life.us)
            continue;
        r->events++;
        if (f->kind == IC_REGION_BEAT) {
            arrive_beat(r, f);
        } else if (f->kind == IC_REGION_REPLY) {
            arrive_reply(r, f);
        } else if (f->kind == IC_REGION_DOUBT) {
            ic_placement_doubt(n->placement, ic_region_local(r, f->to), r->meetings[f->meeting].id);
        } else if (r->versions[f->version].set.serial == f->serial) {
            ic_region_tell(r, f->to, f->version, ic_region_below(r, 8) > 0);
        }
        ic_region_settle(r);
        ic_region_check_node(r, f->to);
    }
}
