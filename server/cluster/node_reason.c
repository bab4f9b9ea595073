#include "cluster/node_reason.h"

#include <string.h>

#define WHAT '*' /* in a sentence: the name of the text */

/* What is wrong in one line of a text. */
#define MALFORMED(line) "The * is malformed in the line \"" line "\"."

static const struct {
    const char *word, *sentence;
} reasons[] = {
    [IC_NODE_GOOD] = {"good", "The * is in order."},
    [IC_NODE_MISSING] = {"missing", "The server did not show who it is: its * is missing. Nothing "
                                    "was sent. Ask who runs it."},
    [IC_NODE_TOO_LARGE] = {"too_large", "The * is larger than allowed."},
    [IC_NODE_NOT_A_NOTE] = {"not_a_note", "The * is not a signed note."},
    [IC_NODE_KIND] = {"kind", "This is not a * of version 1. A newer version of In Camera may be "
                              "needed."},
    [IC_NODE_LINE] = {"line",
                      "The * has a line that is unknown, missing, doubled or out of order."},
    [IC_NODE_NODE] = {"node", MALFORMED("node")},
    [IC_NODE_SERIAL] = {"serial", MALFORMED("serial")},
    [IC_NODE_REGION] = {"region", MALFORMED("region")},
    [IC_NODE_REGION_GROUPS] = {"region_groups", MALFORMED("region-groups")},
    [IC_NODE_SITE] = {"site", MALFORMED("site")},
    [IC_NODE_ENTITY] = {"entity", MALFORMED("entity")},
    [IC_NODE_ROLES] = {"roles", MALFORMED("roles")},
    [IC_NODE_DTLS_SHA256] = {"dtls_sha256", MALFORMED("dtls-sha256")},
    [IC_NODE_RECEIPT_KEY] = {"receipt_key", MALFORMED("receipt-key")},
    [IC_NODE_ADDR] = {"addr", MALFORMED("addr")},
    [IC_NODE_NOT_BEFORE] = {"not_before", MALFORMED("not-before")},
    [IC_NODE_NOT_AFTER] = {"not_after", MALFORMED("not-after")},
    [IC_NODE_BUILD] = {"build", MALFORMED("build")},
    [IC_NODE_CERT] = {"cert", MALFORMED("cert")},
    [IC_NODE_PREVIOUS] = {"previous", MALFORMED("previous")},
    [IC_NODE_THRESHOLD] = {"threshold", MALFORMED("threshold")},
    [IC_NODE_KEY] = {"key", MALFORMED("key")},
    [IC_NODE_VALIDITY] = {"validity", "The * is to be valid for longer than allowed, or ends "
                                      "before it begins."},
    [IC_NODE_OPERATOR_KEYS] = {"operator_keys", "The operator's keys are not those that this "
                                                "meeting was made with. Somebody else may answer "
                                                "for this server."},
    [IC_NODE_SIGNATURE_WRONG] = {"signature_wrong", "A signature on the * is wrong. It was "
                                                    "altered, or was not signed by the operator."},
    [IC_NODE_SIGNATURES] = {"signatures", "Too few of the operator's people have signed the *."},
    [IC_NODE_NOT_YET_VALID] = {"not_yet_valid", "The * is not valid yet. Check the clock of this "
                                                "device."},
    [IC_NODE_EXPIRED] = {"expired", "The * has expired. The operator must sign a new one."},
    [IC_NODE_SET_SERIAL] = {"set_serial", "The server shows an older list of nodes than was seen "
                                          "before."},
    [IC_NODE_SET_CONFLICT] = {"set_conflict", "The server shows another list of nodes under a "
                                              "number that was seen before. Keep both: they prove "
                                              "it."},
    [IC_NODE_CERT_SERIAL] = {"cert_serial", "The server shows an older certificate than was seen "
                                            "before."},
    [IC_NODE_LOG_POLICY] = {"log_policy", "The public log is not the one that this meeting was "
                                          "made with."},
    [IC_NODE_NOT_LOGGED] = {"not_logged", "The * does not stand in the public log."},
    [IC_NODE_CHECKPOINT] = {"checkpoint", "The head of the public log is not signed by the log."},
    [IC_NODE_WITNESSES] = {"witnesses", "Too few witnesses have seen this state of the public "
                                        "log."},
    [IC_NODE_LOG_STALE] = {"log_stale", "What the witnesses saw of the public log is older than a "
                                        "day."},
    [IC_NODE_NOT_IN_SET] = {"not_in_set", "The operator's list does not name this node."},
    [IC_NODE_REGION_NOT_ALLOWED] = {"region_not_allowed", "This node stands in a country that this "
                                                          "meeting does not allow."},
    [IC_NODE_ROLE_NOT_GRANTED] = {"role_not_granted", "This node may not do what it offers to do."},
    [IC_NODE_FINGERPRINT] = {"fingerprint", "The node's key is not the one in its certificate."},
    [IC_NODE_ADDRESS] = {"address", "The server offers an address that its certificate does not "
                                    "hold."},
    [IC_NODE_SYSTEM] = {"system", "The crypto library failed, so that the * was not checked."},
};

_Static_assert(sizeof reasons / sizeof reasons[0] == IC_NODE_REASONS, "a word for each reason");

const char *ic_node_reason_word(enum ic_node_reason reason)
{
    return reasons[reason].word;
}

void ic_node_reason_write(struct ic_wr *w, enum ic_node_reason reason, const char *what)
{
    const char *sentence = reasons[reason].sentence;
    size_t before = strcspn(sentence, (const char[]){WHAT, '\0'});
    ic_wr_bytes(w, sentence, before);
    if (sentence[before] == WHAT) {
        ic_wr_text(w, what);
        ic_wr_text(w, &sentence[before + 1]);
    }
}
