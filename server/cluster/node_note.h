/* What node certificates and node sets have in common as signed notes: size, form, validity. */
#ifndef IC_CLUSTER_NODE_NOTE_H
#define IC_CLUSTER_NODE_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "cluster/node_text.h"
#include "tlog/note.h"

/* The form alone. out is untouched unless it is good; it lends the bytes. */
IC_NODISCARD enum ic_node_reason ic_node_note_parse(const uint8_t *bytes, size_t len, size_t max,
                                                    struct ic_note *out);
/* The lines not-before and not-after. */
void ic_node_note_parse_times(struct ic_node_text *t, uint64_t *not_before_s,
                              uint64_t *not_after_s);
/* It ends after it begins, and at most max_s later. */
IC_NODISCARD enum ic_node_reason ic_node_note_check_span(uint64_t not_before_s,
                                                         uint64_t not_after_s, uint64_t max_s);
/* It is valid at now_s. */
IC_NODISCARD enum ic_node_reason ic_node_note_check_time(uint64_t not_before_s,
                                                         uint64_t not_after_s, uint64_t now_s);

#endif
