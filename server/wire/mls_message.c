#include "wire/mls_message.h"

enum ic_err ic_mls_message_parse(const uint8_t *bytes, size_t len, struct ic_mls_message *out)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    uint16_t version = ic_rd_u16(&r);
    uint16_t wire_format = ic_rd_u16(&r);
    if (!ic_rd_ok(&r) || version != IC_MLS_VERSION_10 || wire_format < IC_MLS_PUBLIC_MESSAGE ||
        wire_format > IC_MLS_KEY_PACKAGE)
        return IC_ERR_INPUT;
    *out = (struct ic_mls_message){.wire_format = wire_format, .body = {.at = r.p, .len = r.left}};
    return IC_OK;
}

void ic_mls_message_write_header(struct ic_wr *w, uint16_t wire_format)
{
    ic_wr_u16(w, IC_MLS_VERSION_10);
    ic_wr_u16(w, wire_format);
}

static void read_sender(struct ic_rd *r, struct ic_mls_framed *out)
{
    out->sender_type = ic_rd_u8(r);
    r->bad |= out->sender_type < IC_MLS_SENDER_MEMBER ||
              out->sender_type > IC_MLS_SENDER_NEW_MEMBER_COMMIT;
    if (out->sender_type == IC_MLS_SENDER_MEMBER || out->sender_type == IC_MLS_SENDER_EXTERNAL)
        out->sender = ic_rd_u32(r);
}

void ic_mls_framed_read(struct ic_rd *r, struct ic_mls_framed *out)
{
    struct ic_rd start = *r;
    *out = (struct ic_mls_framed){0};
    out->group_id = ic_mls_read_vector(r);
    out->epoch = ic_rd_u64(r);
    read_sender(r, out);
    out->authenticated_data = ic_mls_read_vector(r);
    out->content_type = ic_rd_u8(r);
    switch (out->content_type) {
    case IC_MLS_APPLICATION:
        out->application = ic_mls_read_vector(r);
        break;
    case IC_MLS_PROPOSAL:
        ic_mls_proposal_read(r, &out->proposal);
        break;
    case IC_MLS_COMMIT:
        ic_mls_commit_read(r, &out->commit);
        break;
    default:
        r->bad = true;
        break;
    }
    out->raw = ic_mls_since(&start, r);
}

void ic_mls_auth_read(struct ic_rd *r, uint8_t content_type, struct ic_mls_auth *out)
{
    *out = (struct ic_mls_auth){0};
    out->signature = ic_mls_read_vector(r);
    if (content_type == IC_MLS_COMMIT)
        out->confirmation_tag = ic_mls_read_vector(r);
}

enum ic_err ic_mls_public_parse(struct ic_mls_span body, struct ic_mls_public *out)
{
    struct ic_rd r = ic_mls_rd(body);
    struct ic_mls_public message = {0};
    ic_mls_framed_read(&r, &message.content);
    ic_mls_auth_read(&r, message.content.content_type, &message.auth);
    if (message.content.sender_type == IC_MLS_SENDER_MEMBER)
        message.membership_tag = ic_mls_read_vector(&r);
    if (!ic_rd_done(&r))
        return IC_ERR_INPUT;
    *out = message;
    return IC_OK;
}

enum ic_err ic_mls_private_parse(struct ic_mls_span body, struct ic_mls_private *out)
{
    struct ic_rd r = ic_mls_rd(body);
    struct ic_mls_private message = {0};
    message.group_id = ic_mls_read_vector(&r);
    message.epoch = ic_rd_u64(&r);
    message.content_type = ic_rd_u8(&r);
    message.authenticated_data = ic_mls_read_vector(&r);
    message.encrypted_sender_data = ic_mls_read_vector(&r);
    message.ciphertext = ic_mls_read_vector(&r);
    if (!ic_rd_done(&r) || message.content_type < IC_MLS_APPLICATION ||
        message.content_type > IC_MLS_COMMIT)
        return IC_ERR_INPUT;
    *out = message;
    return IC_OK;
}
