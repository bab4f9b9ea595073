/* A client's text through the caps, the parser and the tables. room: signal */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "signal/message.h"
#include "signal/message_text.h"
#include "signal/message_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_join(const struct ic_sig_join *join)
{
    const struct ic_client_transport *t = &join->transport;
    IC_ASSERT(memchr(join->meeting, 0, sizeof join->meeting) != NULL);
    IC_ASSERT(memchr(join->name, 0, sizeof join->name) != NULL);
    IC_ASSERT(ic_message_is_name(join->name));
    IC_ASSERT(strlen(join->replaces) % IC_SESSION_TEXT_LEN == 0);
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

/* What we would tell the others about this name passes our own caps. */
static void check_name_out(const char *name)
{
    uint8_t text[2 * IC_NAME_BYTES_MAX + 256];
    struct ic_wr w = ic_wr_init(text, sizeof text);
    struct ic_sig_person person = {.peer = 1, .name = name};
    ic_message_write_peer(&w, &person);
    IC_ASSERT(ic_wr_ok(&w));
    IC_ASSERT(ic_message_text_check((const char *)text, w.len) == IC_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ic_sig_msg msg;
    ic_message_init(1);
    enum ic_err e = ic_message_parse((const char *)data, size, &msg);
    IC_ASSERT(e == IC_OK || e == IC_ERR_INPUT || e == IC_ERR_STATE || e == IC_ERR_FULL);
    if (e != IC_OK || msg.type != IC_SIG_JOIN)
        return 0;
    check_join(&msg.join);
    check_name_out(msg.join.name);
    return 0;
}
