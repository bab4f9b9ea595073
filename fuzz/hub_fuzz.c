/* The control plane under any order of inputs. Each record of the input is one event: a byte that
 * chooses it, a byte that chooses whom, and sometimes more. Known peers, sessions and requests are
 * remembered, so that the fuzzer can play honest workers and honest returns, too. room: signal */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "signal/hub.h"
#include "signal/message.h"
#include "signal/message_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CONNS 16
#define KNOWN 16

struct stage {
    struct ic_hub *hub;
    struct ic_time now;
    struct ic_prng prng;
    struct ic_rd rd;
    bool is_open[CONNS];
    struct ic_store_request requests[KNOWN];
    uint64_t peers[KNOWN];
    uint32_t workers[KNOWN];
    char sessions[KNOWN][IC_SESSION_TEXT_LEN + 1];
    unsigned request_count, peer_count, session_count;
    char text[IC_WS_MESSAGE_MAX];
};

static void fill(void *context, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)ic_prng_u32(context);
}

/* ---- what comes out ---- */

static void remember_session(struct stage *s, const char *text, size_t len)
{
    static const char key[] = "\"session\":\"";
    for (size_t i = 0; i + sizeof key - 1 + IC_SESSION_TEXT_LEN < len; i++) {
        if (memcmp(text + i, key, sizeof key - 1) != 0)
            continue;
        char *session = s->sessions[s->session_count++ % KNOWN];
        memcpy(session, text + i + sizeof key - 1, IC_SESSION_TEXT_LEN);
        return;
    }
}

static void take(struct stage *s, const struct ic_hub_out *out)
{
    switch (out->kind) {
    case IC_HUB_SEND:
        IC_ASSERT(out->conn.value < CONNS && s->is_open[out->conn.value]);
        IC_ASSERT(ic_message_text_check(out->text, out->text_len) == IC_OK);
        remember_session(s, out->text, out->text_len);
        return;
    case IC_HUB_CLOSE:
        IC_ASSERT(out->conn.value < CONNS && s->is_open[out->conn.value]);
        IC_ASSERT(out->close_code >= 1000 && out->close_code <= 1013);
        s->is_open[out->conn.value] = false;
        return;
    case IC_HUB_CMD:
        IC_ASSERT(out->worker < 2 && out->cmd->peer != 0 && out->cmd->room != 0);
        if (out->cmd->kind == IC_CMD_PEER_ADD) {
            IC_ASSERT(out->cmd->transport.section_count > 0);
            s->workers[s->peer_count % KNOWN] = out->worker;
            s->peers[s->peer_count++ % KNOWN] = out->cmd->peer;
        }
        return;
    case IC_HUB_STORE:
        s->requests[s->request_count++ % KNOWN] = out->store;
        return;
    case IC_HUB_ANSWER:
        IC_ASSERT((out->answer == IC_OK) == (out->meeting[0] != '\0'));
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
        IC_ASSERT(++n < 4096);
    }
}

/* ---- what goes in ---- */

static size_t compose_join(struct stage *s, bool replaces)
{
    static const char *const meetings[] = {"AAECAwQFBgcICQoLDA0ODw", "BAECAwQFBgcICQoLDA0ODw", "?"};
    char more[64] = "";
    const char *session = s->sessions[ic_rd_u8(&s->rd) % KNOWN];
    if (replaces)
        (void)snprintf(more, sizeof more, "\"replaces\":\"%s\",", session);
    int n = snprintf(s->text, sizeof s->text,
                     "{\"type\":\"join\",\"version\":1,\"meeting\":\"%s\",\"name\":\"%c\",%s"
                     "\"transport\":{\"ufrag\":\"Zx4+\",\"pwd\":\"hY7/cLm2Qw9RtB3kVn5PsD\","
                     "\"fingerprint\":\"A0:A1:A2:A3:A4:A5:A6:A7:A8:A9:AA:AB:AC:AD:AE:AF:"
                     "B0:B1:B2:B3:B4:B5:B6:B7:B8:B9:BA:BB:BC:BD:BE:BF\"},\"sections\":["
                     "{\"mid\":\"2\",\"kind\":\"audio\",\"direction\":\"receive\",\"codecs\":["
                     "{\"name\":\"opus\",\"payload_type\":111}],\"extensions\":{}}],"
                     "\"media\":{\"microphone\":true,\"camera\":false}}",
                     meetings[ic_rd_u8(&s->rd) % 3], 'A' + ic_rd_u8(&s->rd) % 26, more);
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

static void say(struct stage *s, unsigned what, uint64_t conn)
{
    int n = 0;
    unsigned flags = ic_rd_u8(&s->rd);
    if (what <= 1)
        n = (int)compose_join(s, what == 1);
    else if (what == 2)
        n = snprintf(s->text, sizeof s->text,
                     "{\"type\":\"resume\",\"version\":1,\"session\":\"%s\"}",
                     s->sessions[flags % KNOWN]);
    else if (what == 3)
        n = snprintf(s->text, sizeof s->text,
                     "{\"type\":\"media\",\"microphone\":%s,\"camera\":%s}",
                     flags % 2 == 0 ? "true" : "false", flags / 2 % 2 == 0 ? "true" : "false");
    else if (what == 4)
        n = snprintf(s->text, sizeof s->text, "{\"type\":\"leave\"}");
    else if (what == 5)
        n = snprintf(s->text, sizeof s->text, "{\"type\":\"ping\",\"id\":%u}", flags);
    else
        n = (int)compose_raw(s);
    if (s->is_open[conn] && n >= 0)
        ic_hub_on_message(s->hub, s->now, (struct ic_conn_id){conn}, s->text, (size_t)n);
}

static void answer_store(struct stage *s, unsigned whom)
{
    static const enum ic_err results[] = {IC_OK, IC_OK, IC_ERR_GONE, IC_ERR_FULL, IC_ERR_SYSTEM};
    struct ic_store_request request = s->requests[whom % KNOWN];
    unsigned how = ic_rd_u8(&s->rd);
    if (how > 200)
        request.token = ic_rd_u64(&s->rd);
    struct ic_store_reply reply = {
        .kind = request.kind, .token = request.token, .result = results[how % 5]};
    ic_hub_on_store(s->hub, s->now, &reply);
}

static void tell_evt(struct stage *s, unsigned kind, unsigned whom)
{
    struct ic_evt evt = {.kind = (enum ic_evt_kind)(kind % 6), .peer = s->peers[whom % KNOWN]};
    unsigned other = ic_rd_u8(&s->rd);
    evt.reason = (enum ic_peer_reason)(other % 7);
    evt.source_peer = other > 200 ? 0 : s->peers[other % KNOWN];
    evt.source = other % 2 == 0 ? IC_SOURCE_CAMERA : IC_SOURCE_MICROPHONE;
    (void)snprintf(evt.mid, sizeof evt.mid, "%u", other % 4);
    (void)snprintf(evt.transport.ufrag, sizeof evt.transport.ufrag, "h7QpZk2xLm00");
    (void)snprintf(evt.transport.pwd, sizeof evt.transport.pwd, "Kp3vQ1pX9sLw2TbA7YmR5c00");
    (void)snprintf(evt.transport.slots[0].mid, sizeof evt.transport.slots[0].mid, "2");
    evt.transport.slots[0].ssrc = 1;
    evt.transport.slot_count = other % 2;
    ic_hub_on_evt(s->hub, s->now, s->workers[whom % KNOWN], &evt);
}

static void step(struct stage *s)
{
    static const int64_t spans_ms[] = {0, 1, 20, 250, 1000, 5000, 10000, 30000};
    unsigned what = ic_rd_u8(&s->rd), whom = ic_rd_u8(&s->rd);
    uint64_t conn = whom % CONNS;
    if (what < 32) {
        bool was_open = s->is_open[conn];
        enum ic_err e = ic_hub_on_open(s->hub, s->now, (struct ic_conn_id){conn});
        s->is_open[conn] = was_open || e == IC_OK;
    } else if (what < 120) {
        say(s, what % 7, conn);
    } else if (what < 150) {
        answer_store(s, whom);
    } else if (what < 210) {
        tell_evt(s, what, whom);
    } else if (what < 230) {
        s->is_open[conn] = false;
        ic_hub_on_close(s->hub, s->now, (struct ic_conn_id){conn}, what % 2 == 0);
    } else if (what < 252) {
        s->now = ic_time_add(s->now, IC_MS(spans_ms[whom % 8]));
        ic_hub_tick(s->hub, s->now);
    } else if (what < 255) {
        ic_hub_on_meeting_request(s->hub, s->now, (struct ic_conn_id){conn});
    } else {
        ic_hub_drain(s->hub, s->now);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct stage s;
    memset(&s, 0, sizeof s);
    ic_prng_init(&s.prng, 1);
    struct ic_hub_config config = {.entropy = {.fill = fill, .context = &s.prng},
                                   .clients_max = CONNS - 2,
                                   .peers_max = 8,
                                   .rooms_max = 2,
                                   .room_members_max = 6,
                                   .worker_count = 2};
    for (unsigned i = 0; i < KNOWN; i++)
        memcpy(s.sessions[i], "AAAAAAAAAAAAAAAAAAAAAA", IC_SESSION_TEXT_LEN + 1);
    s.hub = ic_hub_create(&config, s.now);
    IC_ASSERT(s.hub != NULL);
    s.rd = ic_rd_init(data, size);
    while (!ic_rd_done(&s.rd) && ic_rd_ok(&s.rd)) {
        step(&s);
        drain(&s);
    }
    struct ic_hub_stats stats;
    ic_hub_stats(s.hub, &stats);
    IC_ASSERT(stats.peers <= config.peers_max && stats.rooms <= config.rooms_max);
    ic_hub_destroy(s.hub);
    return 0;
}
