#include "cluster/node_note.h"

enum ic_node_reason ic_node_note_parse(const uint8_t *bytes, size_t len, size_t max,
                                       struct ic_note *out)
{
    if (len > max)
        return IC_NODE_TOO_LARGE;
    return ic_note_parse(bytes, len, out) == IC_OK ? IC_NODE_GOOD : IC_NODE_NOT_A_NOTE;
}

void ic_node_note_parse_times(struct ic_node_text *t, uint64_t *not_before_s, uint64_t *not_after_s)
{
    if (!ic_node_value_time(ic_node_text_line(t, "not-before"), not_before_s))
        ic_node_text_refuse(t, IC_NODE_NOT_BEFORE);
    if (!ic_node_value_time(ic_node_text_line(t, "not-after"), not_after_s))
        ic_node_text_refuse(t, IC_NODE_NOT_AFTER);
}

enum ic_node_reason ic_node_note_check_span(uint64_t not_before_s, uint64_t not_after_s,
                                            uint64_t max_s)
{
    if (not_after_s <= not_before_s || not_after_s - not_before_s > max_s)
        return IC_NODE_VALIDITY;
    return IC_NODE_GOOD;
}

enum ic_node_reason ic_node_note_check_time(uint64_t not_before_s, uint64_t not_after_s,
                                            uint64_t now_s)
{
    if (now_s < not_before_s)
        return IC_NODE_NOT_YET_VALID;
    return now_s < not_after_s ? IC_NODE_GOOD : IC_NODE_EXPIRED;
}
