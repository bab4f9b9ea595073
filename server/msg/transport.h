/* What a client and the server tell each other about one transport: the typed data that takes the
 * place of SDP. Plain structs; they cross threads by copy. */
#ifndef IC_MSG_TRANSPORT_H
#define IC_MSG_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/limits.h"
#include "base/text.h"

enum ic_kind { IC_KIND_AUDIO, IC_KIND_VIDEO };

enum ic_source { IC_SOURCE_MICROPHONE, IC_SOURCE_CAMERA };

enum ic_direction {
    IC_DIRECTION_SEND,   /* client -> server: a track */
    IC_DIRECTION_RECEIVE /* server -> client: a slot */
};

enum ic_codec {
    IC_CODEC_NONE,
    IC_CODEC_OPUS,
    IC_CODEC_VP8,
    IC_CODEC_VP9,
    IC_CODEC_AV1,
};

#define IC_CODECS (IC_CODEC_AV1 + 1) /* of tables by codec */

static inline bool ic_codec_is_video(enum ic_codec codec)
{
    return codec >= IC_CODEC_VP8;
}

/* One codec of a section under the client's own payload types. */
struct ic_codec_map {
    enum ic_codec codec;
    uint8_t payload_type;
    uint8_t rtx_payload_type; /* 0: no retransmission stream */
};

/* Header extension ids of a section, 1..14; 0: not negotiated. */
struct ic_extension_ids {
    uint8_t mid;
    uint8_t rid;
    uint8_t repaired_rid;
    uint8_t transport_cc;
};

/* One m-section of the client's offer. */
struct ic_section {
    char mid[IC_MID_LEN_MAX + 1];
    enum ic_kind kind;
    enum ic_direction direction;
    enum ic_source source; /* IC_DIRECTION_SEND only */
    struct ic_codec_map codecs[IC_CODECS_PER_SECTION_MAX];
    size_t codec_count;
    struct ic_extension_ids extensions;
    char rids[IC_RIDS_MAX][IC_RID_LEN_MAX + 1];
    size_t rid_count;
};

/* The client's side. */
struct ic_client_transport {
    char ufrag[IC_REMOTE_UFRAG_MAX + 1];
    char pwd[IC_REMOTE_PWD_MAX + 1];
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    struct ic_section sections[IC_SECTIONS_MAX];
    size_t section_count;
};

/* One receive section as the server feeds it. */
struct ic_slot_info {
    char mid[IC_MID_LEN_MAX + 1];
    enum ic_kind kind;
    uint32_t ssrc;
    uint32_t rtx_ssrc; /* 0: none */
};

#define IC_CNAME_LEN 16

/* The server's side. */
struct ic_server_transport {
    char ufrag[IC_UFRAG_LEN + 1];
    char pwd[IC_PWD_LEN + 1];
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    struct ic_addr candidates[IC_CANDIDATES_MAX];
    size_t candidate_count;
    char cname[IC_CNAME_LEN + 1];
    struct ic_slot_info slots[IC_SLOTS_MAX];
    size_t slot_count;
};

#endif
