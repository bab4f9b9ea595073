#include "signal/message_table.h"

#include "crypto/hash.h"
#include "signal/message.h"
#include "wire/commit_data.h"

#define PLACE(type, member) .at = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define ITEMS(type, member, number)                                                                \
    .at = offsetof(type, member), .size = sizeof(((type *)0)->member[0]),                          \
    .count_at = offsetof(type, number)

#define TYPE(text)                                                                                 \
    {                                                                                              \
        .name = "type", .kind = IC_FIELD_CONST, .word = text                                       \
    }
#define VERSION                                                                                    \
    {                                                                                              \
        .name = "version", .kind = IC_FIELD_NUMBER, .min = IC_SIGNAL_VERSION,                      \
        .max = IC_SIGNAL_VERSION                                                                   \
    }
#define SESSION(text, type, member)                                                                \
    .name = text, .kind = IC_FIELD_TEXT, .chars = IC_CHARS_BASE64URL, .min = IC_SESSION_TEXT_LEN,  \
    .max = IC_SESSION_TEXT_LEN, PLACE(type, member)
#define MEETING(type, member)                                                                      \
    {                                                                                              \
        .name = "meeting", .kind = IC_FIELD_TEXT, .chars = IC_CHARS_ANY,                           \
        .max = IC_SIGNAL_MEETING_TEXT_MAX, PLACE(type, member)                                     \
    }
#define BYTES(text, type, member, least, most)                                                     \
    .name = text, .kind = IC_FIELD_BYTES, .min = least, .max = most, PLACE(type, member)
#define AUTHORITY(type, member) BYTES("authority", type, member, IC_AUTHORITY_LEN, IC_AUTHORITY_LEN)
/* What both sides can count exactly: JavaScript's Number.MAX_SAFE_INTEGER */
#define COUNT(text, type, member)                                                                  \
    {                                                                                              \
        .name = text, .kind = IC_FIELD_NUMBER, .max = IC_SIGNAL_COUNT_MAX, PLACE(type, member)     \
    }
#define MID                                                                                        \
    {                                                                                              \
        .name = "mid", .kind = IC_FIELD_TEXT, .chars = IC_CHARS_TOKEN, .min = 1,                   \
        .max = IC_MID_LEN_MAX, PLACE(struct ic_section, mid)                                       \
    }
#define CONST(text, type, member, this_word, this_value)                                           \
    {                                                                                              \
        .name = text, .kind = IC_FIELD_CONST, .word = this_word, .value = this_value,              \
        PLACE(type, member)                                                                        \
    }
#define KIND(word, value)      CONST("kind", struct ic_section, kind, word, value)
#define DIRECTION(word, value) CONST("direction", struct ic_section, direction, word, value)
#define SOURCE(word, value)    CONST("source", struct ic_section, source, word, value)
#define CODECS(first, count)                                                                       \
    {                                                                                              \
        .name = "codecs", .kind = IC_FIELD_LIST, .min = 1, .max = count, .object = first,          \
        .alternatives = count, ITEMS(struct ic_section, codecs, codec_count)                       \
    }
#define AUDIO_CODECS CODECS(IC_OBJECT_OPUS, 1)
#define VIDEO_CODECS CODECS(IC_OBJECT_VP8, IC_VIDEO_CODECS)
#define EXTENSIONS                                                                                 \
    {                                                                                              \
        .name = "extensions", .kind = IC_FIELD_OBJECT, .object = IC_OBJECT_EXTENSIONS,             \
        PLACE(struct ic_section, extensions)                                                       \
    }
/* RFC 3551 3 and RFC 5761 4: dynamic payload types lie in 35..63 and 96..127; those between would
 * look like RTCP (checked by is_payload_type). */
#define PAYLOAD_TYPE(text, member)                                                                 \
    .name = text, .kind = IC_FIELD_NUMBER, .min = 35, .max = 127, PLACE(struct ic_codec_map, member)
#define VIDEO_CODEC(text, value)                                                                   \
    CONST("name", struct ic_codec_map, codec, text, value),                                        \
        {PAYLOAD_TYPE("payload_type", payload_type)},                                              \
    {                                                                                              \
        .is_optional = true, PAYLOAD_TYPE("rtx_payload_type", rtx_payload_type)                    \
    }
/* RFC 8285 4.2: ids of the one-byte header are 1..14 */
#define EXTENSION(text, member)                                                                    \
    {                                                                                              \
        .name = text, .kind = IC_FIELD_NUMBER, .is_optional = true, .min = 1, .max = 14,           \
        PLACE(struct ic_extension_ids, member)                                                     \
    }
#define FLAG(text, type, member)                                                                   \
    {                                                                                              \
        .name = text, .kind = IC_FIELD_FLAG, PLACE(type, member)                                   \
    }

/* ---- the tables ---- */

static const struct ic_field meeting_fields[] = {
    {BYTES("policy", struct ic_sig_meeting, policy, 1, IC_POLICY_BYTES_MAX)},
};

static const struct ic_field knock_fields[] = {
    TYPE("knock"),
    VERSION,
    MEETING(struct ic_sig_knock, meeting),
    {BYTES("key_package", struct ic_sig_knock, key_package, 1, IC_MLS_KEYPACKAGE_MAX)},
    {BYTES("identity", struct ic_sig_knock, identity, 1, IC_IDENTITY_MAX)},
    {.is_optional = true, AUTHORITY(struct ic_sig_knock, authority)},
    {.is_optional = true, BYTES("note", struct ic_sig_knock, note, 1, IC_NOTE_MAX)},
    {.is_optional = true, SESSION("replaces", struct ic_sig_knock, replaces)},
};

static const struct ic_field note_fields[] = {
    TYPE("note"),
    {BYTES("note", struct ic_sig_note, note, 1, IC_NOTE_MAX)},
};

static const struct ic_field authority_fields[] = {
    TYPE("authority"),
    {AUTHORITY(struct ic_sig_authority, authority)},
};

static const struct ic_field create_fields[] = {
    TYPE("create"),
    {BYTES("group_info", struct ic_sig_create, group_info, 1, IC_GROUP_INFO_MAX)},
    {.is_optional = true, AUTHORITY(struct ic_sig_create, authority)},
};

static const struct ic_field commit_fields[] = {
    TYPE("commit"),
    {BYTES("message", struct ic_sig_commit, message, 1, IC_COMMIT_MAX)},
    {.is_optional = true, BYTES("welcome", struct ic_sig_commit, welcome, 1, IC_WELCOME_MAX)},
};

static const struct ic_field message_fields[] = {
    TYPE("message"),
    {BYTES("message", struct ic_sig_message, message, 1, IC_PRIVATE_MAX)},
};

static const struct ic_field decline_fields[] = {
    TYPE("decline"),
    {BYTES("knock", struct ic_sig_decline, knock, IC_KNOCK_ID_LEN, IC_KNOCK_ID_LEN)},
    {.name = "reason",
     .kind = IC_FIELD_EITHER,
     .word = "declined",
     .other = "link_expired",
     PLACE(struct ic_sig_decline, is_link_expired)},
};

static const struct ic_field ready_fields[] = {
    TYPE("ready"),
    COUNT("epoch", struct ic_sig_ready, epoch),
};

static const struct ic_field join_fields[] = {
    TYPE("join"),
    {.name = "transport",
     .kind = IC_FIELD_OBJECT,
     .object = IC_OBJECT_TRANSPORT,
     PLACE(struct ic_sig_join, transport)},
    {.name = "sections",
     .kind = IC_FIELD_LIST,
     .min = 1,
     .max = IC_SECTIONS_MAX,
     .object = IC_OBJECT_MICROPHONE,
     .alternatives = IC_SECTION_KINDS,
     ITEMS(struct ic_sig_join, transport.sections, transport.section_count)},
    {.name = "media",
     .kind = IC_FIELD_OBJECT,
     .object = IC_OBJECT_MEDIA_NOW,
     PLACE(struct ic_sig_join, media)},
};

static const struct ic_field resume_fields[] = {
    TYPE("resume"),
    VERSION,
    MEETING(struct ic_sig_resume, meeting),
    {SESSION("session", struct ic_sig_resume, session)},
    COUNT("log_size", struct ic_sig_resume, log_size),
};

static const struct ic_field restore_fields[] = {
    TYPE("restore"),
    VERSION,
    {BYTES("policy", struct ic_sig_restore, policy, 1, IC_POLICY_BYTES_MAX)},
    {BYTES("group_info", struct ic_sig_restore, group_info, 1, IC_RESTORE_GROUP_INFO_MAX)},
    {BYTES("identity", struct ic_sig_restore, identity, 1, IC_IDENTITY_MAX)},
    {.is_optional = true, AUTHORITY(struct ic_sig_restore, authority)},
    {.name = "witness",
     .kind = IC_FIELD_NUMBER,
     .is_optional = true,
     .max = UINT16_MAX,
     .value = 1,
     PLACE(struct ic_sig_restore, witness)},
    {.name = "log",
     .kind = IC_FIELD_OBJECT,
     .object = IC_OBJECT_FRONTIER,
     PLACE(struct ic_sig_restore, log)},
    FLAG("locked", struct ic_sig_restore, is_locked),
    {.name = "generation",
     .kind = IC_FIELD_NUMBER,
     .min = 1,
     .max = UINT32_MAX,
     PLACE(struct ic_sig_restore, generation)},
    COUNT("time", struct ic_sig_restore, time_ms),
    {BYTES("proof", struct ic_sig_restore, proof, IC_ED25519_SIGNATURE_LEN,
           IC_ED25519_SIGNATURE_LEN)},
};

/* A log of fewer than 2^32 entries. */
static const struct ic_field frontier_fields[] = {
    {.name = "size",
     .kind = IC_FIELD_NUMBER,
     .min = 1,
     .max = UINT32_MAX,
     PLACE(struct ic_sig_frontier, size)},
    {.name = "frontier",
     .kind = IC_FIELD_HASHES,
     .max = IC_MERKLE_FRONTIER_MAX,
     ITEMS(struct ic_sig_frontier, roots, count)},
};

static const struct ic_field media_fields[] = {
    TYPE("media"),
    FLAG("microphone", struct ic_sig_media, microphone),
    FLAG("camera", struct ic_sig_media, camera),
};

static const struct ic_field receipt_ids_fields[] = {
    TYPE("receipt_ids"),
    {BYTES("meeting", struct ic_sig_receipt_ids, meeting, IC_RECEIPT_ID_LEN, IC_RECEIPT_ID_LEN)},
    {BYTES("member", struct ic_sig_receipt_ids, member, IC_RECEIPT_ID_LEN, IC_RECEIPT_ID_LEN)},
    COUNT("seq", struct ic_sig_receipt_ids, seq),
    {.is_optional = true,
     BYTES("prev", struct ic_sig_receipt_ids, prev, IC_SHA256_LEN, IC_SHA256_LEN)},
};

static const struct ic_field receipt_end_fields[] = {
    TYPE("receipt_end"),
};

static const struct ic_field leave_fields[] = {
    TYPE("leave"),
};

static const struct ic_field ping_fields[] = {
    TYPE("ping"),
    {.name = "id", .kind = IC_FIELD_NUMBER, .max = UINT32_MAX, PLACE(struct ic_sig_ping, id)},
};

static const struct ic_field media_now_fields[] = {
    FLAG("microphone", struct ic_sig_media, microphone),
    FLAG("camera", struct ic_sig_media, camera),
};

/* RFC 8839 5.4: "ice-ufrag = 4*256 ice-char", "ice-pwd = 22*256 ice-char" */
static const struct ic_field transport_fields[] = {
    {.name = "ufrag",
     .kind = IC_FIELD_TEXT,
     .chars = IC_CHARS_ICE,
     .min = 4,
     .max = IC_REMOTE_UFRAG_MAX,
     PLACE(struct ic_client_transport, ufrag)},
    {.name = "pwd",
     .kind = IC_FIELD_TEXT,
     .chars = IC_CHARS_ICE,
     .min = 22,
     .max = IC_REMOTE_PWD_MAX,
     PLACE(struct ic_client_transport, pwd)},
    {.name = "fingerprint",
     .kind = IC_FIELD_FINGERPRINT,
     PLACE(struct ic_client_transport, fingerprint)},
};

static const struct ic_field microphone_fields[] = {
    MID,
    KIND("audio", IC_KIND_AUDIO),
    DIRECTION("send", IC_DIRECTION_SEND),
    SOURCE("microphone", IC_SOURCE_MICROPHONE),
    AUDIO_CODECS,
    EXTENSIONS,
};

static const struct ic_field camera_fields[] = {
    MID,
    KIND("video", IC_KIND_VIDEO),
    DIRECTION("send", IC_DIRECTION_SEND),
    SOURCE("camera", IC_SOURCE_CAMERA),
    VIDEO_CODECS,
    EXTENSIONS,
    /* RFC 8851 10 as corrected by RFC 8852 3.3: rids are alphanumeric */
    {.name = "rids",
     .kind = IC_FIELD_TEXTS,
     .chars = IC_CHARS_ALNUM,
     .max = IC_RIDS_MAX,
     .points = IC_RID_LEN_MAX,
     ITEMS(struct ic_section, rids, rid_count)},
};

static const struct ic_field audio_slot_fields[] = {
    MID,
    KIND("audio", IC_KIND_AUDIO),
    DIRECTION("receive", IC_DIRECTION_RECEIVE),
    AUDIO_CODECS,
    EXTENSIONS,
};

static const struct ic_field video_slot_fields[] = {
    MID,
    KIND("video", IC_KIND_VIDEO),
    DIRECTION("receive", IC_DIRECTION_RECEIVE),
    VIDEO_CODECS,
    EXTENSIONS,
};

static const struct ic_field opus_fields[] = {
    CONST("name", struct ic_codec_map, codec, "opus", IC_CODEC_OPUS),
    {PAYLOAD_TYPE("payload_type", payload_type)},
};

static const struct ic_field vp8_fields[] = {
    VIDEO_CODEC("vp8", IC_CODEC_VP8),
};

static const struct ic_field vp9_fields[] = {
    VIDEO_CODEC("vp9", IC_CODEC_VP9),
};

static const struct ic_field av1_fields[] = {
    VIDEO_CODEC("av1", IC_CODEC_AV1),
};

static const struct ic_field extension_fields[] = {
    EXTENSION("mid", mid),
    EXTENSION("transport_cc", transport_cc),
};

#define ROW(table)                                                                                 \
    (struct ic_row)                                                                                \
    {                                                                                              \
        table, sizeof table / sizeof table[0]                                                      \
    }

struct ic_row ic_message_row(enum ic_object object)
{
    switch (object) {
    case IC_OBJECT_MEETING:
        return ROW(meeting_fields);
    case IC_OBJECT_KNOCK:
        return ROW(knock_fields);
    case IC_OBJECT_NOTE:
        return ROW(note_fields);
    case IC_OBJECT_AUTHORITY:
        return ROW(authority_fields);
    case IC_OBJECT_CREATE:
        return ROW(create_fields);
    case IC_OBJECT_COMMIT:
        return ROW(commit_fields);
    case IC_OBJECT_MESSAGE:
        return ROW(message_fields);
    case IC_OBJECT_DECLINE:
        return ROW(decline_fields);
    case IC_OBJECT_READY:
        return ROW(ready_fields);
    case IC_OBJECT_JOIN:
        return ROW(join_fields);
    case IC_OBJECT_RESUME:
        return ROW(resume_fields);
    case IC_OBJECT_RESTORE:
        return ROW(restore_fields);
    case IC_OBJECT_MEDIA:
        return ROW(media_fields);
    case IC_OBJECT_RECEIPT_IDS:
        return ROW(receipt_ids_fields);
    case IC_OBJECT_RECEIPT_END:
        return ROW(receipt_end_fields);
    case IC_OBJECT_LEAVE:
        return ROW(leave_fields);
    case IC_OBJECT_PING:
        return ROW(ping_fields);
    case IC_OBJECT_MEDIA_NOW:
        return ROW(media_now_fields);
    case IC_OBJECT_FRONTIER:
        return ROW(frontier_fields);
    case IC_OBJECT_TRANSPORT:
        return ROW(transport_fields);
    case IC_OBJECT_MICROPHONE:
        return ROW(microphone_fields);
    case IC_OBJECT_CAMERA:
        return ROW(camera_fields);
    case IC_OBJECT_AUDIO_SLOT:
        return ROW(audio_slot_fields);
    case IC_OBJECT_VIDEO_SLOT:
        return ROW(video_slot_fields);
    case IC_OBJECT_OPUS:
        return ROW(opus_fields);
    case IC_OBJECT_VP8:
        return ROW(vp8_fields);
    case IC_OBJECT_VP9:
        return ROW(vp9_fields);
    case IC_OBJECT_AV1:
        return ROW(av1_fields);
    case IC_OBJECT_EXTENSIONS:
        return ROW(extension_fields);
    }
    return (struct ic_row){NULL, 0};
}
