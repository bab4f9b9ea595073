/* A client's text through the caps, the parser and the tables. room: signal */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "signal/message.h"
#include "signal/message_text.h"
#include "signal/message_write.h"
#include "wire/commit_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_join(const struct ic_sig_join *join)
{
    const struct ic_client_transport *t = &join->transport;
    IC_ASSERT(strlen(t->ufrag) >= 4 && strlen(t->pwd) >= 22);
    IC_ASSERT(t->section_count >= 1 && t->section_count <= IC_SECTIONS_MAX);
    for (size_t i = 0; i < t->section_count; i++) {
        const struct ic_section *s = &t->sections[i];
        IC_ASSERT(s->mid[0] != '\0' && memchr(s->mid, 0, sizeof s->mid) != NULL);
        IC_ASSERT(s->codec_count >= 1 && s->codec_count <= (s->kind == IC_KIND_VIDEO ? 3 : 1));
        IC_ASSERT(s->codecs[0].codec != IC_CODEC_NONE);
        IC_ASSERT(s->codecs[0].payload_type >= 35 && s->codecs[0].payload_type <= 127);
        IC_ASSERT(s->extensions.mid <= 14 && s->extensions.transport_cc <= 14);
        IC_ASSERT(s->rid_count <= IC_RIDS_MAX);
    }
}

static uint8_t scratch[IC_SIGNAL_SCRATCH_LEN];

/* Inside of the scratch, within its bounds, and ours to read. */
static void check_bytes(struct ic_mls_span span, size_t min, size_t max)
{
    IC_ASSERT(span.len >= min && span.len <= max);
    if (span.len == 0)
        return;
    IC_ASSERT(span.at >= scratch && span.at + span.len <= scratch + sizeof scratch);
    volatile uint8_t last = span.at[span.len - 1];
    (void)last;
}

/* What we would pass on of it passes our own caps. */
static void check_out(struct ic_mls_span bytes)
{
    static uint8_t text[IC_WS_MESSAGE_MAX];
    struct ic_sig_head head = {.size = 1, .checkpoint = "a"};
    struct ic_wr w = ic_wr_init(text, sizeof text);
    ic_message_write_commit(&w, bytes, &head);
    IC_ASSERT(ic_wr_ok(&w));
    IC_ASSERT(ic_message_text_check((const char *)text, w.len) == IC_OK);
}

static void check_knock(const struct ic_sig_knock *knock)
{
    IC_ASSERT(memchr(knock->meeting, 0, sizeof knock->meeting) != NULL);
    IC_ASSERT(strlen(knock->replaces) % IC_SESSION_TEXT_LEN == 0);
    check_bytes(knock->key_package, 1, IC_MLS_KEYPACKAGE_MAX);
    check_bytes(knock->identity, 1, IC_IDENTITY_MAX);
    check_bytes(knock->note, 0, IC_NOTE_MAX);
    check_bytes(knock->authority, 0, IC_AUTHORITY_LEN);
    check_out(knock->identity);
}

static void check_message(const struct ic_sig_msg *msg)
{
    if (msg->type == IC_SIG_KNOCK) {
        check_knock(&msg->knock);
    } else if (msg->type == IC_SIG_COMMIT) {
        check_bytes(msg->commit.message, 1, IC_COMMIT_MAX);
        check_bytes(msg->commit.welcome, 0, IC_WELCOME_MAX);
        check_out(msg->commit.message);
    } else if (msg->type == IC_SIG_CREATE) {
        check_bytes(msg->create.group_info, 1, IC_GROUP_INFO_MAX);
        check_bytes(msg->create.authority, 0, IC_AUTHORITY_LEN);
    } else if (msg->type == IC_SIG_DECLINE) {
        check_bytes(msg->decline.knock, IC_KNOCK_ID_LEN, IC_KNOCK_ID_LEN);
    } else if (msg->type == IC_SIG_RESUME) {
        IC_ASSERT(strlen(msg->resume.session) == IC_SESSION_TEXT_LEN);
        IC_ASSERT(msg->resume.log_size <= IC_SIGNAL_COUNT_MAX);
    } else if (msg->type == IC_SIG_JOIN) {
        check_join(&msg->join);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ic_sig_msg msg;
    struct ic_sig_meeting meeting;
    ic_message_init(1);
    enum ic_err e = ic_message_parse((const char *)data, size, scratch, &msg);
    IC_ASSERT(e == IC_OK || e == IC_ERR_INPUT || e == IC_ERR_STATE || e == IC_ERR_FULL);
    if (e == IC_OK)
        check_message(&msg);
    e = ic_message_parse_meeting((const char *)data, size, scratch, &meeting);
    if (e == IC_OK)
        check_bytes(meeting.policy, 1, IC_POLICY_BYTES_MAX);
    return 0;
}
