#include "cluster/receipt_reason.h"

#define MALFORMED(line) "The receipt is malformed in the line \"" line "\"."

static const struct {
    const char *word, *sentence;
} reasons[] = {
    [IC_RECEIPT_GOOD] = {"good", "The receipt is good."},
    [IC_RECEIPT_TOO_LARGE] = {"too_large", "The receipt is larger than allowed."},
    [IC_RECEIPT_NOT_A_NOTE] = {"not_a_note", "The receipt is not a signed note."},
    [IC_RECEIPT_KIND] = {"kind", "This is not a route receipt of version 1."},
    [IC_RECEIPT_LINE] = {"line", "The receipt has a line that is unknown, missing, doubled or out "
                                 "of order."},
    [IC_RECEIPT_NODE] = {"node", MALFORMED("node")},
    [IC_RECEIPT_CERT] = {"cert", MALFORMED("cert")},
    [IC_RECEIPT_MEETING] = {"meeting", MALFORMED("meeting")},
    [IC_RECEIPT_MEMBER] = {"member", MALFORMED("member")},
    [IC_RECEIPT_POLICY] = {"policy", MALFORMED("policy")},
    [IC_RECEIPT_INTERVAL] = {"interval", MALFORMED("interval")},
    [IC_RECEIPT_SEQ] = {"seq", "The number of the receipt is malformed or does not follow the one "
                               "before."},
    [IC_RECEIPT_PREV] = {"prev", "The receipt does not name the one before it."},
    [IC_RECEIPT_REGION] = {"region", MALFORMED("region")},
    [IC_RECEIPT_IN] = {"in", MALFORMED("in")},
    [IC_RECEIPT_OUT] = {"out", MALFORMED("out")},
    [IC_RECEIPT_RELAY_TO] = {"relay_to", MALFORMED("relay-to")},
    [IC_RECEIPT_RELAY_FROM] = {"relay_from", MALFORMED("relay-from")},
    [IC_RECEIPT_RTT_MIN_US] = {"rtt_min_us", MALFORMED("rtt-min-us")},
    [IC_RECEIPT_DROP] = {"drop", MALFORMED("drop")},
    [IC_RECEIPT_END] = {"end", MALFORMED("end")},
    [IC_RECEIPT_SIGNATURE] = {"signature",
                              "The signature is wrong: the receipt was altered, or the "
                              "node of this certificate did not sign it."},
    [IC_RECEIPT_FOREIGN_NODE] = {"foreign_node", "The receipt is of a node whose certificate was "
                                                 "not accepted in this meeting."},
    [IC_RECEIPT_NOT_VALID] = {"not_valid", "The node's certificate was not valid at that time."},
    [IC_RECEIPT_REGION_NOT_ALLOWED] = {"region_not_allowed",
                                       "The node stands in a country that this meeting does not "
                                       "allow."},
    [IC_RECEIPT_IDS] = {"ids", "The receipt is of another meeting, participant or policy."},
    [IC_RECEIPT_GAP] = {"gap", "The interval does not begin where the one before ended."},
    [IC_RECEIPT_OVERLAP] = {"overlap", "The interval begins before the one before ended."},
    [IC_RECEIPT_HOPS] = {"hops", "The receipt names a relay, and this meeting allows none."},
    [IC_RECEIPT_HIDDEN_RELAY] = {"hidden_relay", "The receipt names a relay whose certificate was "
                                                 "not shown."},
    [IC_RECEIPT_RELAY_COUNTS] = {"relay_counts", "More went on to a relay than came from the "
                                                 "participant."},
    [IC_RECEIPT_COUNTERS] = {"counters", "The node's counters do not fit what this device sent and "
                                         "received."},
    [IC_RECEIPT_SYSTEM] = {"system", "The crypto library failed, so that the receipt was not "
                                     "checked."},
};

_Static_assert(sizeof reasons / sizeof reasons[0] == IC_RECEIPT_REASONS, "a word for each reason");

const char *ic_receipt_reason_word(enum ic_receipt_reason reason)
{
    return reasons[reason].word;
}

const char *ic_receipt_reason_sentence(enum ic_receipt_reason reason)
{
    return reasons[reason].sentence;
}
