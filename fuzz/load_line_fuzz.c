/* room: shell. Any text as what a helper says of a member: read or refused, within its bounds. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "shell/load_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[IC_LOAD_LINE_MAX + 64];
    struct ic_load_line line;
    if (size > sizeof text)
        return 0;
    memcpy(text, data, size);
    if (ic_load_line_read(text, size, &line) != IC_OK)
        return 0;
    const struct ic_load_line_member *m = &line.member;
    IC_ASSERT(m->slot_count <= 2 * IC_LOAD_SLOTS_MAX && m->sound_slot_count <= IC_LOAD_SLOTS_MAX);
    IC_ASSERT(m->send.payload_type <= 127 && m->sound_send.payload_type <= 127);
    IC_ASSERT(m->send.mid_id <= 14 && m->send.transport_cc_id <= 14);
    IC_ASSERT(line.index < IC_LOAD_MEMBERS_MAX || line.index == IC_LOAD_NOBODY);
    IC_ASSERT(line.slots.count <= 2 * IC_LOAD_SLOTS_MAX);
    IC_ASSERT(strnlen(line.text, sizeof line.text) <= IC_LOAD_ERROR_TEXT_MAX);
    IC_ASSERT(line.type != IC_LOAD_LINE_MEMBER || m->server.port != 0);
    return 0;
}
