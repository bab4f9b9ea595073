/* room: transport
 * ICE as a machine: a lite and a controlling agent get datagrams, raw or made authentic, from
 * several addresses, and time. Input: steps of {operation, argument, length, bytes}. */
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "crypto/hmac.h"
#include "transport/ice.h"
#include "wire/stun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define UFRAG "serverufrag1"
#define PWD   "server-password-24-chars"

enum operation { RAW, AUTHENTIC, CHECK, TICK, RESPOND, OPERATIONS };

struct world {
    struct ic_ice agents[2]; /* 0: lite, 1: controlling */
    struct ic_time now;
    struct ic_ice_out last_check; /* of the controlling agent */
};

static void require(bool condition)
{
    if (!condition)
        abort();
}

static struct ic_path path_of(uint8_t n)
{
    return (struct ic_path){.remote = ic_addr_v4(192, 0, 2, n % 8, 4000)};
}

static void check_state(const struct ic_ice *ice)
{
    bool selected = ic_ice_path(ice) != NULL;
    require(selected == (ic_ice_state(ice) == IC_ICE_CONNECTED));
    require(!selected || ic_ice_is_proved(ice, ic_ice_path(ice)));
    require((ic_ice_state(ice) == IC_ICE_LOST) == ic_time_is_never(ic_ice_deadline(ice)));
}

static void drain(struct world *w, size_t agent)
{
    struct ic_ice_out out;
    struct ic_stun m;
    while (ic_ice_poll(&w->agents[agent], &out)) {
        require(ic_stun_parse(out.bytes, out.len, &m) == IC_OK && m.has_fingerprint);
        require(m.integrity != NULL && m.method == IC_STUN_METHOD_BINDING);
        if (agent == 1 && m.message_class == IC_STUN_REQUEST)
            w->last_check = out;
    }
    check_state(&w->agents[agent]);
}

static void feed(struct world *w, size_t agent, uint8_t from, const uint8_t *bytes, size_t len)
{
    struct ic_ice *ice = &w->agents[agent];
    struct ic_path path = path_of(from);
    struct ic_ice_out out;
    bool was_proved = ic_ice_is_proved(ice, &path);
    const uint8_t *ufrag;
    size_t ufrag_len;
    if (ic_ice_target_ufrag(bytes, len, &ufrag, &ufrag_len) == IC_OK)
        require(ufrag_len > 0 && ufrag_len < len);
    if (ic_ice_input(ice, w->now, &path, bytes, len) != IC_OK) {
        require(!ic_ice_poll(ice, &out));
        require(was_proved || !ic_ice_is_proved(ice, &path));
    } else if (ic_ice_poll(ice, &out)) {
        require(ic_path_eq(&out.path, &path) && out.len <= len + 12);
    }
    drain(w, agent);
}

static void sign(struct ic_wr *w, const char *pwd)
{
    size_t offset = ic_stun_write_integrity(w);
    uint8_t integrity[IC_HMAC_SHA1_LEN];
    struct ic_part part = {.bytes = w->base, .len = offset};
    if (!ic_wr_ok(w) ||
        ic_hmac_sha1((const uint8_t *)pwd, strlen(pwd), &part, 1, integrity) != IC_OK)
        return;
    ic_stun_set_integrity(w, offset, integrity);
    ic_stun_write_fingerprint(w);
}

/* Attributes of the fuzzer's choice in an authentic message. */
static void feed_authentic(struct world *w, uint8_t from, struct ic_rd body, bool check)
{
    uint8_t bytes[1024];
    static const uint8_t transaction[IC_STUN_TRANSACTION_LEN] = {7};
    struct ic_wr wr = ic_wr_init(bytes, sizeof bytes);
    ic_stun_write_header(&wr, IC_STUN_REQUEST, IC_STUN_METHOD_BINDING, transaction);
    ic_stun_write_username(&wr, UFRAG, "client");
    if (check) {
        ic_stun_write_role(&wr, from % 16 != 9, 1);
        if (from % 2 == 0)
            ic_stun_write_use_candidate(&wr);
    }
    size_t len = body.left & ~(size_t)3;
    ic_wr_bytes(&wr, ic_rd_take(&body, len), len);
    sign(&wr, PWD);
    if (ic_wr_ok(&wr))
        feed(w, 0, from, bytes, wr.len);
}

/* An authentic response to the controlling agent's last check. */
static void respond(struct world *w, uint8_t from, struct ic_rd body)
{
    struct ic_stun m;
    uint8_t bytes[1024];
    if (w->last_check.len == 0)
        return;
    require(ic_stun_parse(w->last_check.bytes, w->last_check.len, &m) == IC_OK);
    struct ic_wr wr = ic_wr_init(bytes, sizeof bytes);
    ic_stun_write_header(&wr, from < 128 ? IC_STUN_SUCCESS : IC_STUN_ERROR, m.method,
                         m.transaction);
    if (from % 16 < 8)
        ic_stun_write_mapped(&wr, &w->last_check.path.remote);
    size_t len = body.left & ~(size_t)3;
    ic_wr_bytes(&wr, ic_rd_take(&body, len), len);
    sign(&wr, PWD);
    if (ic_wr_ok(&wr))
        feed(w, 1, from, bytes, wr.len);
}

static void step(struct world *w, uint8_t operation, uint8_t argument, struct ic_rd body)
{
    switch (operation % OPERATIONS) {
    case RAW:
        feed(w, argument >> 7, argument, body.p, body.left);
        break;
    case AUTHENTIC:
        feed_authentic(w, argument, body, false);
        break;
    case CHECK:
        feed_authentic(w, argument, body, true);
        break;
    case RESPOND:
        respond(w, argument, body);
        break;
    default:
        w->now = ic_time_add(w->now, IC_MS(argument * 50));
        for (size_t i = 0; i < 2; i++) {
            ic_ice_tick(&w->agents[i], w->now);
            drain(w, i);
            require(ic_time_before(w->now, ic_ice_deadline(&w->agents[i])));
        }
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world w = {.now = {1000000}};
    for (size_t i = 0; i < 2; i++) {
        struct ic_ice_config config = {.role = i == 0 ? IC_ICE_LITE : IC_ICE_CONTROLLING,
                                       .local_ufrag = i == 0 ? UFRAG : "client",
                                       .local_pwd = i == 0 ? PWD : "client-password-24-chars",
                                       .remote_ufrag = i == 0 ? "client" : UFRAG,
                                       .remote_pwd = i == 0 ? "client-password-24-chars" : PWD,
                                       .path = path_of(1),
                                       .seed = 3};
        ic_ice_init(&w.agents[i], &config, w.now);
    }
    struct ic_rd r = ic_rd_init(data, size);
    for (int steps = 0; r.left > 0 && steps < 200; steps++) {
        uint8_t operation = ic_rd_u8(&r), argument = ic_rd_u8(&r), len = ic_rd_u8(&r);
        struct ic_rd body = ic_rd_sub(&r, len);
        if (!ic_rd_ok(&r))
            break;
        step(&w, operation, argument, body);
    }
    return 0;
}
