#include "cluster/relay_person.h"

#include <string.h>

#define UFRAG_MIN 4  /* RFC 8839 5.4 */
#define PWD_MIN   22 /* likewise */

/* ---- parts ---- */

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* RFC 8839 5.4: "ice-char = ALPHA / DIGIT / "+" / "/"" */
static bool is_ice_char(char c)
{
    return is_alphanumeric(c) || c == '+' || c == '/';
}

/* RFC 8866 9: token-char */
static bool is_token_char(char c)
{
    return c > ' ' && c < 0x7f && strchr("\"(),/:;<=>?@[\\]", c) == NULL;
}

static bool read_text(struct ic_rd *r, size_t len, bool (*is_fit)(char c), char *out)
{
    const uint8_t *at = ic_rd_take(r, len);
    if (at == NULL)
        return false;
    memcpy(out, at, len);
    out[len] = '\0';
    for (size_t i = 0; i < len; i++)
        if (!is_fit(out[i]))
            return false;
    return true;
}

bool ic_relay_read_ice(struct ic_rd *r, size_t len, char *out)
{
    return read_text(r, len, is_ice_char, out);
}

/* A name with its length in front. */
static bool read_name(struct ic_rd *r, size_t max, bool (*is_fit)(char c), char *out)
{
    size_t len = ic_rd_u8(r);
    return len >= 1 && len <= max && read_text(r, len, is_fit, out);
}

static void write_name(struct ic_wr *w, const char *name)
{
    ic_wr_u8(w, (uint8_t)strlen(name));
    ic_wr_text(w, name);
}

/* ICE names of a client: of any length that RFC 8839 allows. */
static bool read_remote(struct ic_rd *r, size_t min, size_t max, char *out)
{
    size_t len = ic_rd_u16(r);
    return len >= min && len <= max && ic_relay_read_ice(r, len, out);
}

static void write_remote(struct ic_wr *w, const char *text)
{
    ic_wr_u16(w, (uint16_t)strlen(text));
    ic_wr_text(w, text);
}

bool ic_relay_read_address(struct ic_rd *r, struct ic_addr *out)
{
    const uint8_t *ip = ic_rd_take(r, sizeof out->ip);
    out->port = ic_rd_u16(r);
    if (ip == NULL || !ic_rd_ok(r))
        return false;
    memcpy(out->ip, ip, sizeof out->ip);
    return out->port != 0;
}

void ic_relay_write_address(struct ic_wr *w, const struct ic_addr *addr)
{
    ic_wr_bytes(w, addr->ip, sizeof addr->ip);
    ic_wr_u16(w, addr->port);
}

/* A byte below the number of values. */
static bool read_choice(struct ic_rd *r, uint8_t count, uint8_t *out)
{
    *out = ic_rd_u8(r);
    return ic_rd_ok(r) && *out < count;
}

bool ic_relay_read_flag(struct ic_rd *r, bool *out)
{
    uint8_t value;
    bool is_fit = read_choice(r, 2, &value);
    *out = value == 1;
    return is_fit;
}

bool ic_relay_read_source(struct ic_rd *r, enum ic_source *out)
{
    uint8_t value;
    if (!read_choice(r, IC_SOURCE_CAMERA + 1, &value))
        return false;
    *out = (enum ic_source)value;
    return true;
}

static bool read_kind(struct ic_rd *r, enum ic_kind *out)
{
    uint8_t value;
    if (!read_choice(r, IC_KIND_VIDEO + 1, &value))
        return false;
    *out = (enum ic_kind)value;
    return true;
}

/* ---- what a client said ---- */

static bool read_codecs(struct ic_rd *r, struct ic_section *s)
{
    s->codec_count = ic_rd_u8(r);
    if (s->codec_count > IC_CODECS_PER_SECTION_MAX)
        return false;
    for (size_t i = 0; i < s->codec_count; i++) {
        uint8_t codec;
        if (!read_choice(r, IC_CODECS, &codec) || codec == IC_CODEC_NONE)
            return false;
        s->codecs[i] =
            (struct ic_codec_map){.codec = (enum ic_codec)codec, .payload_type = ic_rd_u8(r)};
        s->codecs[i].rtx_payload_type = ic_rd_u8(r);
    }
    return true;
}

static bool read_section(struct ic_rd *r, struct ic_section *s)
{
    uint8_t direction;
    if (!read_name(r, IC_MID_LEN_MAX, is_token_char, s->mid) || !read_kind(r, &s->kind) ||
        !read_choice(r, IC_DIRECTION_RECEIVE + 1, &direction) ||
        !ic_relay_read_source(r, &s->source) || !read_codecs(r, s))
        return false;
    s->direction = (enum ic_direction)direction;
    s->extensions.mid = ic_rd_u8(r);
    s->extensions.rid = ic_rd_u8(r);
    s->extensions.repaired_rid = ic_rd_u8(r);
    s->extensions.transport_cc = ic_rd_u8(r);
    s->rid_count = ic_rd_u8(r);
    if (s->rid_count > IC_RIDS_MAX)
        return false;
    for (size_t i = 0; i < s->rid_count; i++)
        if (!read_name(r, IC_RID_LEN_MAX, is_alphanumeric, s->rids[i]))
            return false;
    return ic_rd_ok(r);
}

static void write_section(struct ic_wr *w, const struct ic_section *s)
{
    write_name(w, s->mid);
    ic_wr_u8(w, (uint8_t)s->kind);
    ic_wr_u8(w, (uint8_t)s->direction);
    ic_wr_u8(w, (uint8_t)s->source);
    ic_wr_u8(w, (uint8_t)s->codec_count);
    for (size_t i = 0; i < s->codec_count; i++) {
        ic_wr_u8(w, (uint8_t)s->codecs[i].codec);
        ic_wr_u8(w, s->codecs[i].payload_type);
        ic_wr_u8(w, s->codecs[i].rtx_payload_type);
    }
    ic_wr_u8(w, s->extensions.mid);
    ic_wr_u8(w, s->extensions.rid);
    ic_wr_u8(w, s->extensions.repaired_rid);
    ic_wr_u8(w, s->extensions.transport_cc);
    ic_wr_u8(w, (uint8_t)s->rid_count);
    for (size_t i = 0; i < s->rid_count; i++)
        write_name(w, s->rids[i]);
}

static bool read_client(struct ic_rd *r, struct ic_client_transport *t)
{
    if (!read_remote(r, UFRAG_MIN, IC_REMOTE_UFRAG_MAX, t->ufrag) ||
        !read_remote(r, PWD_MIN, IC_REMOTE_PWD_MAX, t->pwd))
        return false;
    const uint8_t *fingerprint = ic_rd_take(r, sizeof t->fingerprint);
    t->section_count = ic_rd_u8(r);
    if (fingerprint == NULL || t->section_count > IC_SECTIONS_MAX)
        return false;
    memcpy(t->fingerprint, fingerprint, sizeof t->fingerprint);
    for (size_t i = 0; i < t->section_count; i++)
        if (!read_section(r, &t->sections[i]))
            return false;
    return true;
}

static void write_client(struct ic_wr *w, const struct ic_client_transport *t)
{
    write_remote(w, t->ufrag);
    write_remote(w, t->pwd);
    ic_wr_bytes(w, t->fingerprint, sizeof t->fingerprint);
    ic_wr_u8(w, (uint8_t)t->section_count);
    for (size_t i = 0; i < t->section_count; i++)
        write_section(w, &t->sections[i]);
}

/* ---- receipts ---- */

/* The hash is there exactly when there is a receipt. */
static bool read_chain(struct ic_rd *r, struct ic_receipt_chain *c)
{
    const uint8_t *meeting = ic_rd_take(r, sizeof c->meeting);
    const uint8_t *member = ic_rd_take(r, sizeof c->member);
    c->seq = ic_rd_u64(r);
    if (meeting == NULL || member == NULL || !ic_rd_ok(r) || c->seq > IC_NODE_SERIAL_MAX)
        return false;
    memcpy(c->meeting, meeting, sizeof c->meeting);
    memcpy(c->member, member, sizeof c->member);
    if (c->seq == 0)
        return true;
    const uint8_t *prev = ic_rd_take(r, sizeof c->prev);
    if (prev != NULL)
        memcpy(c->prev, prev, sizeof c->prev);
    return prev != NULL;
}

static void write_chain(struct ic_wr *w, const struct ic_receipt_chain *c)
{
    ic_wr_bytes(w, c->meeting, sizeof c->meeting);
    ic_wr_bytes(w, c->member, sizeof c->member);
    ic_wr_u64(w, c->seq);
    if (c->seq > 0)
        ic_wr_bytes(w, c->prev, sizeof c->prev);
}

static bool read_end(struct ic_rd *r, enum ic_meter_end *out)
{
    uint8_t value = ic_rd_u8(r);
    if (!ic_rd_ok(r) || value < IC_METER_LEAVE || value > IC_METER_DRAIN)
        return false;
    *out = (enum ic_meter_end)value;
    return true;
}

static bool read_note(struct ic_rd *r, struct ic_relay_message *m)
{
    m->note_len = ic_rd_u16(r);
    bool is_fit = m->note_len > 0 && m->note_len <= IC_RECEIPT_MAX;
    m->note = is_fit ? ic_rd_take(r, m->note_len) : NULL;
    return m->note != NULL;
}

/* ---- acts ---- */

static bool read_media(struct ic_rd *r, struct ic_relay_message *m)
{
    return ic_relay_read_flag(r, &m->microphone) && ic_relay_read_flag(r, &m->camera);
}

bool ic_relay_person_read(struct ic_rd *r, struct ic_relay_message *out)
{
    out->person = ic_rd_u64(r);
    uint8_t act = ic_rd_u8(r);
    if (act < IC_RELAY_ACT_MAKE || act > IC_RELAY_ACT_RECEIPT_END)
        return false;
    out->act = (enum ic_relay_act)act;
    if ((out->person == 0) != (out->act == IC_RELAY_ACT_KEY_FRAMES))
        return false;
    switch (out->act) {
    case IC_RELAY_ACT_MAKE:
        return read_media(r, out) && read_client(r, &out->client);
    case IC_RELAY_ACT_MEDIA:
        return read_media(r, out);
    case IC_RELAY_ACT_RECEIPTS:
        return read_chain(r, &out->chain);
    case IC_RELAY_ACT_RECEIPT_END:
        return read_end(r, &out->end);
    case IC_RELAY_ACT_REMOVE:
    case IC_RELAY_ACT_KEY_FRAMES:
        return true;
    }
    return false;
}

void ic_relay_person_write(struct ic_wr *w, const struct ic_relay_message *m)
{
    ic_wr_u64(w, m->person);
    ic_wr_u8(w, (uint8_t)m->act);
    if (m->act == IC_RELAY_ACT_MAKE || m->act == IC_RELAY_ACT_MEDIA) {
        ic_wr_u8(w, m->microphone);
        ic_wr_u8(w, m->camera);
    }
    if (m->act == IC_RELAY_ACT_MAKE)
        write_client(w, &m->client);
    if (m->act == IC_RELAY_ACT_RECEIPTS)
        write_chain(w, &m->chain);
    if (m->act == IC_RELAY_ACT_RECEIPT_END)
        ic_wr_u8(w, (uint8_t)m->end);
}

/* ---- what a worker says ---- */

static bool read_slots(struct ic_rd *r, struct ic_server_transport *t)
{
    t->slot_count = ic_rd_u8(r);
    if (t->slot_count > IC_SLOTS_MAX)
        return false;
    for (size_t i = 0; i < t->slot_count; i++) {
        struct ic_slot_info *s = &t->slots[i];
        if (!read_name(r, IC_MID_LEN_MAX, is_token_char, s->mid) || !read_kind(r, &s->kind))
            return false;
        s->ssrc = ic_rd_u32(r);
        s->rtx_ssrc = ic_rd_u32(r);
    }
    return ic_rd_ok(r);
}

static bool read_server(struct ic_rd *r, struct ic_server_transport *t)
{
    if (!ic_relay_read_ice(r, IC_UFRAG_LEN, t->ufrag) || !ic_relay_read_ice(r, IC_PWD_LEN, t->pwd))
        return false;
    t->candidate_count = ic_rd_u8(r);
    if (t->candidate_count == 0 || t->candidate_count > IC_CANDIDATES_MAX)
        return false;
    for (size_t i = 0; i < t->candidate_count; i++)
        if (!ic_relay_read_address(r, &t->candidates[i]))
            return false;
    return ic_relay_read_ice(r, IC_CNAME_LEN, t->cname) && read_slots(r, t);
}

static void write_server(struct ic_wr *w, const struct ic_server_transport *t)
{
    ic_wr_bytes(w, t->ufrag, IC_UFRAG_LEN);
    ic_wr_bytes(w, t->pwd, IC_PWD_LEN);
    ic_wr_u8(w, (uint8_t)t->candidate_count);
    for (size_t i = 0; i < t->candidate_count; i++)
        ic_relay_write_address(w, &t->candidates[i]);
    ic_wr_bytes(w, t->cname, IC_CNAME_LEN);
    ic_wr_u8(w, (uint8_t)t->slot_count);
    for (size_t i = 0; i < t->slot_count; i++) {
        write_name(w, t->slots[i].mid);
        ic_wr_u8(w, (uint8_t)t->slots[i].kind);
        ic_wr_u32(w, t->slots[i].ssrc);
        ic_wr_u32(w, t->slots[i].rtx_ssrc);
    }
}

static bool read_why(struct ic_rd *r, enum ic_peer_reason min, enum ic_peer_reason max,
                     enum ic_peer_reason *out)
{
    uint8_t value = ic_rd_u8(r);
    if (!ic_rd_ok(r) || value < min || value > max)
        return false;
    *out = (enum ic_peer_reason)value;
    return true;
}

static bool read_counts(struct ic_rd *r, struct ic_peer_counts *c)
{
    c->packets_in = ic_rd_u64(r);
    c->bytes_in = ic_rd_u64(r);
    c->packets_out = ic_rd_u64(r);
    c->bytes_out = ic_rd_u64(r);
    c->dropped = ic_rd_u64(r);
    return ic_rd_ok(r);
}

static void write_counts(struct ic_wr *w, const struct ic_peer_counts *c)
{
    ic_wr_u64(w, c->packets_in);
    ic_wr_u64(w, c->bytes_in);
    ic_wr_u64(w, c->packets_out);
    ic_wr_u64(w, c->bytes_out);
    ic_wr_u64(w, c->dropped);
}

bool ic_relay_news_read(struct ic_rd *r, struct ic_relay_message *out)
{
    out->person = ic_rd_u64(r);
    uint8_t news = ic_rd_u8(r);
    if (news < IC_RELAY_NEWS_READY || news > IC_RELAY_NEWS_ENDED || out->person == 0)
        return false;
    out->news = (enum ic_relay_news)news;
    switch (out->news) {
    case IC_RELAY_NEWS_READY:
        return read_server(r, &out->server) && ic_relay_read_flag(r, &out->writes_receipts);
    case IC_RELAY_NEWS_CONNECTED:
        return true;
    case IC_RELAY_NEWS_SLOT:
        if (!read_name(r, IC_MID_LEN_MAX, is_token_char, out->mid))
            return false;
        out->source_person = ic_rd_u64(r);
        return ic_relay_read_source(r, &out->source);
    case IC_RELAY_NEWS_RECEIPT:
        return read_note(r, out);
    case IC_RELAY_NEWS_REFUSED:
        return read_why(r, IC_PEER_REASON_FULL, IC_PEER_REASON_UNFIT, &out->why);
    case IC_RELAY_NEWS_ENDED:
        return read_why(r, IC_PEER_REASON_ICE_TIMEOUT, IC_PEER_REASON_CLOSED_BY_PEER, &out->why) &&
               read_counts(r, &out->counts);
    }
    return false;
}

void ic_relay_news_write(struct ic_wr *w, const struct ic_relay_message *m)
{
    ic_wr_u64(w, m->person);
    ic_wr_u8(w, (uint8_t)m->news);
    switch (m->news) {
    case IC_RELAY_NEWS_READY:
        write_server(w, &m->server);
        ic_wr_u8(w, m->writes_receipts);
        break;
    case IC_RELAY_NEWS_CONNECTED:
        break;
    case IC_RELAY_NEWS_SLOT:
        write_name(w, m->mid);
        ic_wr_u64(w, m->source_person);
        ic_wr_u8(w, (uint8_t)m->source);
        break;
    case IC_RELAY_NEWS_RECEIPT:
        ic_wr_u16(w, (uint16_t)m->note_len);
        ic_wr_bytes(w, m->note, m->note_len);
        break;
    case IC_RELAY_NEWS_REFUSED:
        ic_wr_u8(w, (uint8_t)m->why);
        break;
    case IC_RELAY_NEWS_ENDED:
        ic_wr_u8(w, (uint8_t)m->why);
        write_counts(w, &m->counts);
        break;
    }
}
