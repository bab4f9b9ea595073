#include "signal/mlssign.h"

#include <string.h>

#include "base/limits.h"

#define PREFIX "MLS 1.0 "

/* SignContent: label and its length, the lengths, and a FramedContent with its GroupContext, or a
 * GroupInfo with the tree of a full meeting. */
#define SIGNED_MAX (IC_RESTORE_GROUP_INFO_MAX + 256)
static_assert(IC_MLS_MESSAGE_MAX + IC_MLS_CONTEXT_MAX <= IC_RESTORE_GROUP_INFO_MAX,
              "the longest FramedContentTBS");

bool ic_mlssign_verify(const uint8_t key[static IC_ED25519_KEY_LEN], const char *label,
                       const struct ic_part *parts, size_t count, struct ic_mls_span signature)
{
    uint8_t content[SIGNED_MAX];
    struct ic_wr w = ic_wr_init(content, sizeof content);
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    ic_mls_write_length(&w, strlen(PREFIX) + strlen(label));
    ic_wr_text(&w, PREFIX);
    ic_wr_text(&w, label);
    ic_mls_write_length(&w, len);
    for (size_t i = 0; i < count; i++)
        ic_wr_bytes(&w, parts[i].bytes, parts[i].len);
    return ic_wr_ok(&w) && signature.len == IC_ED25519_SIGNATURE_LEN &&
           ic_ed25519_verify(key, content, w.len, signature.at);
}

enum ic_err ic_mlssign_reference(const char *label, struct ic_mls_span value,
                                 uint8_t out[static IC_SHA256_LEN])
{
    uint8_t before[64];
    struct ic_wr w = ic_wr_init(before, sizeof before);
    ic_mls_write_length(&w, strlen(label));
    ic_wr_text(&w, label);
    ic_mls_write_length(&w, value.len);
    if (!ic_wr_ok(&w))
        return IC_ERR_INPUT;
    const struct ic_part parts[] = {{before, w.len}, {value.at, value.len}};
    return ic_hash_sha256(parts, 2, out);
}
