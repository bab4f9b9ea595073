#include "cluster/relay_message.h"

#include <string.h>

#include "base/rd.h"
#include "cluster/relay_person.h"

static bool read_bytes(struct ic_rd *r, uint8_t *out, size_t n)
{
    const uint8_t *at = ic_rd_take(r, n);
    if (at != NULL)
        memcpy(out, at, n);
    return at != NULL;
}

static bool read_open(struct ic_rd *r, struct ic_relay_message *m)
{
    m->generation = ic_rd_u64(r);
    m->hops = ic_rd_u8(r);
    m->places = ic_rd_u16(r);
    m->policy_len = ic_rd_u16(r);
    bool is_fit = m->places > 0 && m->policy_len > 0 && m->policy_len <= IC_POLICY_BYTES_MAX;
    m->policy = is_fit ? ic_rd_take(r, m->policy_len) : NULL;
    return m->policy != NULL;
}

static void write_open(struct ic_wr *w, const struct ic_relay_message *m)
{
    ic_wr_u64(w, m->generation);
    ic_wr_u8(w, m->hops);
    ic_wr_u16(w, m->places);
    ic_wr_u16(w, (uint16_t)m->policy_len);
    ic_wr_bytes(w, m->policy, m->policy_len);
}

/* A worker, or a reason. */
static bool read_answer(struct ic_relay_message *m, uint8_t reason, uint8_t worker)
{
    if (reason >= IC_PLACE_REASONS || worker >= IC_RELAY_WORKERS_MAX ||
        (reason != IC_PLACE_GOOD && worker != 0))
        return false;
    m->reason = (enum ic_place_reason)reason;
    m->own_worker = worker;
    return true;
}

/* Places, or a reason: never both, and never neither. */
static bool read_opened(struct ic_rd *r, struct ic_relay_message *m)
{
    uint8_t reason = ic_rd_u8(r);
    m->places = ic_rd_u16(r);
    uint8_t worker = ic_rd_u8(r);
    return (reason == IC_PLACE_GOOD) == (m->places > 0) && read_answer(m, reason, worker);
}

static void write_opened(struct ic_wr *w, const struct ic_relay_message *m)
{
    ic_wr_u8(w, (uint8_t)m->reason);
    ic_wr_u16(w, m->places);
    ic_wr_u8(w, m->own_worker);
}

static bool read_carrier(struct ic_rd *r, struct ic_relay_message *m)
{
    bool is_whole = read_bytes(r, m->node, sizeof m->node);
    m->generation = ic_rd_u64(r);
    return is_whole && ic_relay_read_flag(r, &m->carries);
}

static void write_carrier(struct ic_wr *w, const struct ic_relay_message *m)
{
    ic_wr_bytes(w, m->node, sizeof m->node);
    ic_wr_u64(w, m->generation);
    ic_wr_u8(w, m->carries);
}

static bool read_join(struct ic_rd *r, struct ic_relay_message *m)
{
    m->generation = ic_rd_u64(r);
    m->hops = ic_rd_u8(r);
    return read_bytes(r, m->policy_sha256, sizeof m->policy_sha256);
}

static void write_join(struct ic_wr *w, const struct ic_relay_message *m)
{
    ic_wr_u64(w, m->generation);
    ic_wr_u8(w, m->hops);
    ic_wr_bytes(w, m->policy_sha256, sizeof m->policy_sha256);
}

static bool read_joined(struct ic_rd *r, struct ic_relay_message *m)
{
    uint8_t reason = ic_rd_u8(r), worker = ic_rd_u8(r);
    return read_answer(m, reason, worker);
}

static void write_joined(struct ic_wr *w, const struct ic_relay_message *m)
{
    ic_wr_u8(w, (uint8_t)m->reason);
    ic_wr_u8(w, m->own_worker);
}

static void read_workers(struct ic_rd *r, struct ic_relay_message *m)
{
    m->own_worker = ic_rd_u8(r);
    m->other_worker = ic_rd_u8(r);
}

static void write_workers(struct ic_wr *w, const struct ic_relay_message *m)
{
    ic_wr_u8(w, m->own_worker);
    ic_wr_u8(w, m->other_worker);
}

static bool read_number(struct ic_rd *r, struct ic_relay_message *m)
{
    m->number = ic_rd_u32(r);
    return m->number >= 1 && m->number <= IC_RELAY_NUMBER_MAX;
}

static bool read_slot(struct ic_rd *r, struct ic_relay_message *m)
{
    read_workers(r, m);
    bool is_fit = read_number(r, m);
    m->slot = ic_rd_u8(r);
    m->epoch = ic_rd_u32(r);
    return is_fit && m->slot < IC_SLOTS_MAX;
}

static void write_slot(struct ic_wr *w, const struct ic_relay_message *m)
{
    write_workers(w, m);
    ic_wr_u32(w, m->number);
    ic_wr_u8(w, m->slot);
    ic_wr_u32(w, m->epoch);
}

static bool has_meeting(enum ic_relay_message_kind kind)
{
    return kind != IC_RELAY_NAMES && kind != IC_RELAY_SOURCE && kind != IC_RELAY_WANTED;
}

static bool read_body(struct ic_rd *r, struct ic_relay_message *m)
{
    if (has_meeting(m->kind) && !read_bytes(r, m->meeting, sizeof m->meeting))
        return false;
    switch (m->kind) {
    case IC_RELAY_OPEN:
        return read_open(r, m);
    case IC_RELAY_OPENED:
        return read_opened(r, m);
    case IC_RELAY_NAMES:
        read_workers(r, m);
        return ic_relay_read_ice(r, IC_UFRAG_LEN, m->ufrag) &&
               ic_relay_read_ice(r, IC_PWD_LEN, m->pwd) && ic_relay_read_address(r, &m->address);
    case IC_RELAY_MEETING:
        read_workers(r, m);
        return read_number(r, m);
    case IC_RELAY_SOURCE:
        if (!read_slot(r, m))
            return false;
        m->person = ic_rd_u64(r);
        m->first_seq = ic_rd_u64(r);
        return ic_relay_read_source(r, &m->source);
    case IC_RELAY_WANTED:
        return read_slot(r, m) && ic_relay_read_flag(r, &m->is_wanted);
    case IC_RELAY_PERSON:
        return ic_relay_person_read(r, m);
    case IC_RELAY_TRANSPORT:
        return ic_relay_news_read(r, m);
    case IC_RELAY_CLOSE:
        return true;
    case IC_RELAY_CARRIER:
        return read_carrier(r, m);
    case IC_RELAY_JOIN:
        return read_join(r, m);
    case IC_RELAY_JOINED:
        return read_joined(r, m);
    }
    return false;
}

static void write_body(struct ic_wr *w, const struct ic_relay_message *m)
{
    if (has_meeting(m->kind))
        ic_wr_bytes(w, m->meeting, sizeof m->meeting);
    switch (m->kind) {
    case IC_RELAY_OPEN:
        write_open(w, m);
        break;
    case IC_RELAY_OPENED:
        write_opened(w, m);
        break;
    case IC_RELAY_NAMES:
        write_workers(w, m);
        ic_wr_bytes(w, m->ufrag, IC_UFRAG_LEN);
        ic_wr_bytes(w, m->pwd, IC_PWD_LEN);
        ic_relay_write_address(w, &m->address);
        break;
    case IC_RELAY_MEETING:
        write_workers(w, m);
        ic_wr_u32(w, m->number);
        break;
    case IC_RELAY_SOURCE:
        write_slot(w, m);
        ic_wr_u64(w, m->person);
        ic_wr_u64(w, m->first_seq);
        ic_wr_u8(w, (uint8_t)m->source);
        break;
    case IC_RELAY_WANTED:
        write_slot(w, m);
        ic_wr_u8(w, m->is_wanted);
        break;
    case IC_RELAY_PERSON:
        ic_relay_person_write(w, m);
        break;
    case IC_RELAY_TRANSPORT:
        ic_relay_news_write(w, m);
        break;
    case IC_RELAY_CLOSE:
        break;
    case IC_RELAY_CARRIER:
        write_carrier(w, m);
        break;
    case IC_RELAY_JOIN:
        write_join(w, m);
        break;
    case IC_RELAY_JOINED:
        write_joined(w, m);
        break;
    }
}

enum ic_err ic_relay_message_len(const uint8_t *bytes, size_t len, size_t *out)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    size_t n = ic_rd_u32(&r);
    if (!ic_rd_ok(&r))
        return IC_ERR_STATE;
    if (n == 0 || n > IC_RELAY_MESSAGE_MAX - IC_RELAY_HEAD_LEN)
        return IC_ERR_INPUT;
    *out = IC_RELAY_HEAD_LEN + n;
    return IC_OK;
}

enum ic_err ic_relay_message_parse(const uint8_t *bytes, size_t len, struct ic_relay_message *out)
{
    size_t whole = 0;
    if (ic_relay_message_len(bytes, len, &whole) != IC_OK || whole != len)
        return IC_ERR_INPUT;
    struct ic_rd r = ic_rd_init(bytes, len);
    struct ic_relay_message m;
    memset(&m, 0, sizeof m);
    ic_rd_skip(&r, IC_RELAY_HEAD_LEN);
    uint8_t kind = ic_rd_u8(&r);
    if (kind < IC_RELAY_OPEN || kind > IC_RELAY_JOINED)
        return IC_ERR_INPUT;
    m.kind = (enum ic_relay_message_kind)kind;
    if (!read_body(&r, &m) || !ic_rd_done(&r))
        return IC_ERR_INPUT;
    *out = m;
    return IC_OK;
}

void ic_relay_message_write(struct ic_wr *w, const struct ic_relay_message *m)
{
    size_t at = w->len;
    ic_wr_u32(w, 0);
    ic_wr_u8(w, (uint8_t)m->kind);
    write_body(w, m);
    size_t n = w->len - at;
    if (!ic_wr_ok(w) || n > IC_RELAY_MESSAGE_MAX) {
        w->bad = true;
        return;
    }
    ic_wr_patch16(w, at, (uint16_t)((n - IC_RELAY_HEAD_LEN) >> 16));
    ic_wr_patch16(w, at + 2, (uint16_t)(n - IC_RELAY_HEAD_LEN));
}
