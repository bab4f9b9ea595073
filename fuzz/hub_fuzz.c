/* The control plane under any order of inputs. Each record of the input is one event: a byte that
 * chooses it, a byte that chooses whom, and sometimes more. People have real keys, and what the
 * store holds is a real group, so that the fuzzer can play honest members, too; sessions, knocks
 * and the keys of workers are remembered for the same reason. room: signal */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "signal/hub.h"
#include "signal/message.h"
#include "signal/message_text.h"
#include "support/mls_forge.h"
#include "unit/signal_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CONNS  12
#define KNOWN  16
#define PEOPLE 16
#define QUEUE  64

struct held {
    struct ic_store_request request;
    uint8_t *bytes;
};

struct stage {
    struct ic_hub *hub;
    struct ic_time now;
    struct ic_prng prng;
    struct ic_rd rd;
    bool is_open[CONNS];
    struct store store;
    struct held queue[QUEUE];
    unsigned queue_len;
    uint64_t keys[KNOWN];
    char sessions[KNOWN][IC_SESSION_TEXT_LEN + 1];
    char knocks[KNOWN][IC_SESSION_TEXT_LEN + 1];
    unsigned key_count, session_count, knock_count;
    struct ic_mlsgroup group; /* as the store holds it */
    bool is_running;
    uint64_t counted;
    struct ic_wall_answer wall;
    char text[IC_WS_MESSAGE_MAX];
};

/* Made once: keys cost more than everything else. */
struct cast {
    bool is_made;
    struct forge_person people[PEOPLE];
    uint8_t authority[PEOPLE][IC_AUTHORITY_LEN];
    struct ic_ed25519 log_private;
    struct ic_note_key log_key;
};

static struct cast cast;
static const uint8_t meeting[IC_MEETING_ID_LEN] = {0, 1, 2, 3, 4, 5, 6, 7};
#define MEETING "AAECAwQFBgcAAAAAAAAAAA"

static void make_cast(void)
{
    static const uint8_t seed[32] = {1};
    if (cast.is_made)
        return;
    for (unsigned i = 0; i < PEOPLE; i++) {
        forge_person_init(&cast.people[i], i, FORGE_DATE);
        forge_authority(meeting, &cast.people[i], cast.authority[i]);
    }
    enum ic_err e = ic_ed25519_init(&cast.log_private, seed);
    IC_ASSERT(e == IC_OK);
    e = ic_note_key_init(&cast.log_key, "localhost", 9, cast.log_private.public_key);
    IC_ASSERT(e == IC_OK);
    cast.is_made = true;
}

static void fill(void *context, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)ic_prng_u32(context);
}

static struct ic_wall_answer ask_wall(void *context, struct ic_time now,
                                      const struct ic_wall_question *question)
{
    const struct stage *s = context;
    IC_ASSERT(now.us == s->now.us && question->policy_len > 0);
    return s->wall;
}

/* ---- what comes out ---- */

static void remember(const char *text, size_t len, const char *key, char out[KNOWN][23],
                     unsigned *count)
{
    size_t n = strlen(key);
    for (size_t i = 0; i + n + IC_SESSION_TEXT_LEN < len; i++) {
        if (memcmp(text + i, key, n) != 0)
            continue;
        memcpy(out[(*count)++ % KNOWN], text + i + n, IC_SESSION_TEXT_LEN);
        return;
    }
}

static void keep_request(struct stage *s, const struct ic_store_request *request)
{
    IC_ASSERT(s->queue_len < QUEUE);
    struct held *held = &s->queue[s->queue_len++];
    held->request = *request;
    held->bytes = malloc(request->parts_len + 1);
    IC_ASSERT(held->bytes != NULL);
    if (request->parts_len > 0)
        memcpy(held->bytes, request->parts, request->parts_len);
    held->request.parts = held->bytes;
}

static void take_cmd(struct stage *s, const struct ic_hub_out *out)
{
    IC_ASSERT(out->worker < 2 && out->cmd->room != 0);
    IC_ASSERT(out->cmd->peer != 0 || out->cmd->kind == IC_CMD_ROOM_KEY_FRAMES);
    if (out->cmd->kind != IC_CMD_PEER_ADD)
        return;
    IC_ASSERT(out->cmd->transport.section_count > 0);
    s->keys[s->key_count++ % KNOWN] = out->cmd->peer;
}

static void sign_receipt(struct stage *s, const struct ic_receipt_facts *facts)
{
    static const uint8_t note[700] = {'n'}, sha256[IC_SHA256_LEN] = {1};
    uint64_t token = facts->token;
    size_t len = facts->chain.seq % 7 == 0 ? 0 : sizeof note;
    IC_ASSERT(facts->length_s >= 1 && facts->length_s <= IC_RECEIPT_INTERVAL_S);
    IC_ASSERT(facts->start_s > 0);
    ic_hub_on_receipt(s->hub, s->now, token, note, len, sha256);
}

static void take(struct stage *s, const struct ic_hub_out *out)
{
    switch (out->kind) {
    case IC_HUB_SEND:
        IC_ASSERT(out->conn.value < CONNS && s->is_open[out->conn.value]);
        IC_ASSERT(ic_message_text_check(out->text, out->text_len) == IC_OK);
        remember(out->text, out->text_len, "\"session\":\"", s->sessions, &s->session_count);
        remember(out->text, out->text_len, "\"knock\":\"", s->knocks, &s->knock_count);
        return;
    case IC_HUB_CLOSE:
        IC_ASSERT(out->conn.value < CONNS && s->is_open[out->conn.value]);
        IC_ASSERT(out->close_code >= 1000 && out->close_code <= 1013);
        s->is_open[out->conn.value] = false;
        return;
    case IC_HUB_CMD:
        take_cmd(s, out);
        return;
    case IC_HUB_STORE:
        keep_request(s, &out->store);
        return;
    case IC_HUB_ANSWER:
        IC_ASSERT((out->answer == IC_HUB_MADE) == (out->meeting[0] != '\0'));
        return;
    case IC_HUB_BLOB:
        IC_ASSERT((out->result == IC_OK) == (out->blob_len > 0));
        return;
    case IC_HUB_RECEIPT:
        sign_receipt(s, out->receipt);
        return;
    case IC_HUB_LOG:
        IC_ASSERT(out->text != NULL && out->log_room != 0);
        return;
    }
}

static void drain(struct stage *s)
{
    struct ic_hub_out out;
    unsigned n = 0;
    while (ic_hub_poll(s->hub, &out)) {
        take(s, &out);
        IC_ASSERT(++n < 8192);
    }
}

/* ---- the store ---- */

static void follow(struct stage *s, const struct ic_store_request *request)
{
    static struct forge_bytes entry;
    struct ic_store_part part =
        ic_store_part_find(request->parts, request->parts_len, IC_STORE_COMMIT);
    enum ic_mlsgroup_fault fault;
    memcpy(entry.at, part.bytes, part.len);
    entry.len = part.len;
    if (request->kind == IC_STORE_GROUP_COMMIT) {
        forge_step_on(&s->group, &entry, FORGE_DATE); /* what the hub took, everybody takes */
        return;
    }
    enum ic_err e = ic_mlsgroup_create(&s->group, meeting, entry.at, entry.len, &fault);
    IC_ASSERT(e == IC_OK);
    s->is_running = true;
}

static void answer_store(struct stage *s, unsigned how)
{
    if (s->queue_len == 0)
        return;
    struct held held = s->queue[0];
    memmove(&s->queue[0], &s->queue[1], --s->queue_len * sizeof s->queue[0]);
    struct ic_store_reply reply = {.kind = held.request.kind,
                                   .token = held.request.token,
                                   .n = held.request.n,
                                   .result = how % 2 == 0 ? IC_ERR_FULL : IC_ERR_SYSTEM};
    memcpy(reply.meeting, held.request.meeting, sizeof reply.meeting);
    if (held.request.kind == IC_STORE_GROUP_END)
        s->is_running = false;
    if (how < 230) {
        reply = store_run(&s->store, &held.request);
        bool is_write =
            held.request.kind == IC_STORE_GROUP_BEGIN || held.request.kind == IC_STORE_GROUP_COMMIT;
        if (is_write && reply.result == IC_OK)
            follow(s, &held.request);
    }
    ic_hub_on_store(s->hub, s->now, &reply);
    drain(s);
    free(held.bytes);
}

/* ---- what clients say ---- */

static size_t add_bytes(char *text, size_t n, const char *key, const uint8_t *bytes, size_t len)
{
    n += (size_t)sprintf(text + n, "%c\"%s\":\"", text[n - 1] == '{' ? ' ' : ',', key);
    ic_base64url_encode(bytes, len, text + n);
    n += IC_BASE64URL_LEN(len);
    text[n++] = '"';
    text[n] = '\0';
    return n;
}

static size_t compose_knock(struct stage *s, unsigned flags)
{
    const struct forge_person *p = &cast.people[flags % PEOPLE];
    size_t n = (size_t)sprintf(s->text, "{\"type\":\"knock\",\"version\":2,\"meeting\":\"%s\"",
                               flags == 255 ? "?" : MEETING);
    n = add_bytes(s->text, n, "key_package", p->package, p->package_len);
    n = add_bytes(s->text, n, "identity", p->identity, sizeof p->identity);
    unsigned more = ic_rd_u8(&s->rd);
    if (more % 2 == 1)
        n = add_bytes(s->text, n, "authority", cast.authority[flags % PEOPLE], IC_AUTHORITY_LEN);
    if (more % 4 > 1)
        n += (size_t)sprintf(s->text + n, ",\"replaces\":\"%s\"", s->sessions[more / 4 % KNOWN]);
    return n + (size_t)sprintf(s->text + n, "}");
}

static size_t compose_create(struct stage *s, unsigned flags)
{
    static struct ic_mlsgroup draft;
    static struct forge_bytes info;
    const struct store_meeting *m = s->store.meetings[0];
    forge_begin(&draft, meeting, m->policy.at, m->policy.len, &cast.people[flags % PEOPLE], &info);
    size_t n = (size_t)sprintf(s->text, "{\"type\":\"create\"");
    n = add_bytes(s->text, n, "group_info", info.at, info.len);
    return n + (size_t)sprintf(s->text + n, "}");
}

/* A commit of a member: adds those whom a mask names, removes the leaves that another one does. */
static size_t compose_commit(struct stage *s, unsigned flags)
{
    static struct forge_bytes commit, welcome;
    const struct forge_person *added[PEOPLE];
    uint32_t removed[PEOPLE], at;
    const struct forge_person *by = &cast.people[flags % PEOPLE];
    unsigned adds = (unsigned)ic_rd_u16(&s->rd), removes = (unsigned)ic_rd_u16(&s->rd);
    struct forge_commit c = {.person = by, .added = added, .removed = removed, .salt = adds};
    if (!s->is_running || !ic_mlsgroup_find(&s->group, by->key.public_key, &c.committer))
        return 0;
    for (unsigned i = 0; i < PEOPLE; i++) {
        if ((adds >> i & 1) == 1 &&
            !ic_mlsgroup_find(&s->group, cast.people[i].key.public_key, &at))
            added[c.added_count++] = &cast.people[i];
        if ((removes >> i & 1) == 1 && i != c.committer && ic_mlstree_has_leaf(&s->group.tree, i))
            removed[c.removed_count++] = i;
    }
    if (flags >= 128)
        c.authority = cast.authority[flags % PEOPLE];
    if (flags / PEOPLE % 8 == 7)
        c.acts[c.act_count++] = (struct ic_act){.type = IC_ACT_LOCK, .is_locked = flags >= 192};
    forge_commit(&s->group, &c, &commit);
    size_t n = (size_t)sprintf(s->text, "{\"type\":\"commit\"");
    n = add_bytes(s->text, n, "message", commit.at, commit.len);
    if (c.added_count > 0) {
        forge_welcome(&c, &welcome);
        n = add_bytes(s->text, n, "welcome", welcome.at, welcome.len);
    }
    return n + (size_t)sprintf(s->text + n, "}");
}

static size_t compose_message(struct stage *s, unsigned flags)
{
    static struct forge_bytes message;
    if (!s->is_running)
        return 0;
    forge_message(&s->group, s->group.epoch + flags % 4 - 1, flags, &message);
    size_t n = (size_t)sprintf(s->text, "{\"type\":\"message\"");
    n = add_bytes(s->text, n, "message", message.at, message.len);
    return n + (size_t)sprintf(s->text + n, "}");
}

static size_t compose_join(struct stage *s)
{
    int n = snprintf(s->text, sizeof s->text,
                     "{\"type\":\"join\",\"transport\":{\"ufrag\":\"Zx4+\","
                     "\"pwd\":\"hY7/cLm2Qw9RtB3kVn5PsD\","
                     "\"fingerprint\":\"A0:A1:A2:A3:A4:A5:A6:A7:A8:A9:AA:AB:AC:AD:AE:AF:"
                     "B0:B1:B2:B3:B4:B5:B6:B7:B8:B9:BA:BB:BC:BD:BE:BF\"},\"sections\":["
                     "{\"mid\":\"2\",\"kind\":\"audio\",\"direction\":\"receive\",\"codecs\":["
                     "{\"name\":\"opus\",\"payload_type\":111}],\"extensions\":{}}],"
                     "\"media\":{\"microphone\":true,\"camera\":false}}");
    return n < 0 ? 0 : (size_t)n;
}

static size_t compose_raw(struct stage *s)
{
    size_t n = ic_rd_u8(&s->rd);
    const uint8_t *bytes = ic_rd_take(&s->rd, n);
    if (bytes == NULL)
        return 0;
    memcpy(s->text, bytes, n);
    return n;
}

static size_t compose_short(struct stage *s, unsigned what, unsigned flags)
{
    int n = 0;
    unsigned size = (unsigned)(s->is_running ? s->group.epoch + 1 : 1);
    if (what == 0)
        n = snprintf(s->text, sizeof s->text,
                     "{\"type\":\"resume\",\"version\":2,\"meeting\":\"" MEETING
                     "\",\"session\":\"%s\",\"log_size\":%u}",
                     s->sessions[flags % KNOWN], size - flags / KNOWN % size);
    else if (what == 1)
        n = snprintf(s->text, sizeof s->text,
                     "{\"type\":\"media\",\"microphone\":%s,\"camera\":%s}",
                     flags % 2 == 0 ? "true" : "false", flags / 2 % 2 == 0 ? "true" : "false");
    else if (what == 2)
        n = snprintf(s->text, sizeof s->text, "{\"type\":\"leave\"}");
    else if (what == 3)
        n = snprintf(s->text, sizeof s->text, "{\"type\":\"ready\",\"epoch\":%u}",
                     size - flags % 2);
    else if (what == 4)
        n = snprintf(s->text, sizeof s->text,
                     "{\"type\":\"decline\",\"knock\":\"%s\",\"reason\":\"%s\"}",
                     s->knocks[flags % KNOWN], flags >= 128 ? "declined" : "link_expired");
    else if (flags % 4 == 1)
        n = snprintf(s->text, sizeof s->text,
                     "{\"type\":\"receipt_ids\",\"meeting\":\"" MEETING "\",\"member\":\"" MEETING
                     "\",\"seq\":0}");
    else if (flags % 4 == 3)
        n = snprintf(s->text, sizeof s->text, "{\"type\":\"receipt_end\"}");
    else
        n = snprintf(s->text, sizeof s->text, "{\"type\":\"ping\",\"id\":%u}", flags);
    return n < 0 ? 0 : (size_t)n;
}

static void say(struct stage *s, unsigned what, uint64_t conn)
{
    unsigned flags = ic_rd_u8(&s->rd);
    size_t n;
    if (what == 0)
        n = compose_knock(s, flags);
    else if (what == 1)
        n = compose_create(s, flags);
    else if (what == 2)
        n = compose_commit(s, flags);
    else if (what == 3)
        n = compose_message(s, flags);
    else if (what == 4)
        n = compose_join(s);
    else if (what == 5)
        n = compose_raw(s);
    else
        n = compose_short(s, what - 6, flags);
    if (s->is_open[conn])
        ic_hub_on_message(s->hub, s->now, (struct ic_conn_id){conn}, s->text, n);
}

/* ---- everything else ---- */

static void tell_evt(struct stage *s, unsigned kind, unsigned whom)
{
    struct ic_evt evt = {.kind = (enum ic_evt_kind)(kind % 7), .peer = s->keys[whom % KNOWN]};
    unsigned other = ic_rd_u8(&s->rd);
    evt.reason = (enum ic_peer_reason)(other % 7);
    evt.counts =
        (struct ic_peer_counts){.packets_in = s->counted += other, .bytes_in = s->counted * 100};
    evt.source_peer = other > 200 ? 0 : s->keys[other % KNOWN];
    evt.source = other % 2 == 0 ? IC_SOURCE_CAMERA : IC_SOURCE_MICROPHONE;
    (void)snprintf(evt.mid, sizeof evt.mid, "%u", other % 4);
    (void)snprintf(evt.transport.ufrag, sizeof evt.transport.ufrag, "h7QpZk2xLm00");
    (void)snprintf(evt.transport.pwd, sizeof evt.transport.pwd, "Kp3vQ1pX9sLw2TbA7YmR5c00");
    (void)snprintf(evt.transport.slots[0].mid, sizeof evt.transport.slots[0].mid, "2");
    evt.transport.slots[0].ssrc = 1;
    evt.transport.slot_count = other % 2;
    ic_hub_on_evt(s->hub, s->now, &evt);
}

static void step(struct stage *s)
{
    static const int64_t spans_ms[] = {0, 1, 20, 250, 1000, 5000, 10000, 30000};
    unsigned what = ic_rd_u8(&s->rd), whom = ic_rd_u8(&s->rd);
    uint64_t conn = whom % CONNS;
    if (s->queue_len > QUEUE / 2 || (what >= 130 && what < 170)) {
        answer_store(s, whom);
    } else if (what < 24) {
        bool was_open = s->is_open[conn];
        enum ic_err e = ic_hub_on_open(s->hub, s->now, (struct ic_conn_id){conn});
        s->is_open[conn] = was_open || e == IC_OK;
    } else if (what < 130) {
        say(s, what % 12, conn);
    } else if (what < 205) {
        tell_evt(s, what, whom);
    } else if (what < 220) {
        s->is_open[conn] = false;
        ic_hub_on_close(s->hub, s->now, (struct ic_conn_id){conn}, (enum ic_hub_end)(what % 3));
    } else if (what < 248) {
        s->now = ic_time_add(s->now, IC_MS(spans_ms[whom % 8]));
        ic_hub_tick(s->hub, s->now);
    } else if (what < 249) {
        ic_hub_on_policy_request(s->hub, s->now, (struct ic_conn_id){1000},
                                 whom % 2 == 0 ? meeting : cast.people[0].identity_hash);
    } else if (what == 249) { /* the node may carry the meeting no longer, or again */
        s->wall.reason = whom % 4 == 0 ? NULL : "no_capacity_in_region";
        s->wall.is_end = whom % 4 == 3;
        s->wall.retry_ms = whom % 4 == 2 ? 5000 : 0;
    } else if (what < 254) {
        ic_hub_on_blob_request(s->hub, s->now, (struct ic_conn_id){1000},
                               cast.people[whom % PEOPLE].identity_hash);
    } else if (what < 255) {
        ic_hub_on_meeting_request(s->hub, s->now, (struct ic_conn_id){conn}, s->text, whom);
    } else {
        ic_hub_drain(s->hub, s->now);
    }
}

static void start(struct stage *s, const uint8_t *data, size_t size)
{
    uint8_t policy[IC_POLICY_BYTES_MAX];
    memset(s, 0, sizeof *s);
    ic_prng_init(&s->prng, 1);
    struct ic_hub_config config = {.entropy = {.fill = fill, .context = &s->prng},
                                   .log_key = &cast.log_key,
                                   .log_private = &cast.log_private,
                                   .wall = {.ask = ask_wall, .context = s},
                                   .clients_max = CONNS - 2,
                                   .peers_max = 8,
                                   .rooms_max = 2,
                                   .room_members_max = 6,
                                   .worker_count = 2};
    for (unsigned i = 0; i < KNOWN; i++) {
        memcpy(s->sessions[i], MEETING, IC_SESSION_TEXT_LEN + 1);
        memcpy(s->knocks[i], MEETING, IC_SESSION_TEXT_LEN + 1);
    }
    s->rd = ic_rd_init(data, size);
    size_t len = forge_policy(meeting, (enum forge_kind)(ic_rd_u8(&s->rd) % 3), policy);
    enum ic_err e = store_add(&s->store, meeting, policy, len);
    s->hub = ic_hub_create(&config, s->now);
    IC_ASSERT(e == IC_OK && s->hub != NULL);
    ic_hub_set_date(s->hub, FORGE_DATE);
    ic_hub_set_receipts(s->hub, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct stage s;
    make_cast();
    ic_message_init(1);
    start(&s, data, size);
    while (!ic_rd_done(&s.rd) && ic_rd_ok(&s.rd)) {
        step(&s);
        drain(&s);
    }
    struct ic_hub_stats stats;
    ic_hub_stats(s.hub, &stats);
    IC_ASSERT(stats.peers <= 8 && stats.rooms <= 2);
    ic_hub_destroy(s.hub);
    while (s.queue_len > 0)
        free(s.queue[--s.queue_len].bytes);
    store_deinit(&s.store);
    return 0;
}
