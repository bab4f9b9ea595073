/* The message set as tables: an object is a row of fields, a field says what it accepts and where
 * its value goes. Tables hold no pointers, so that they need no relocation and stay read-only. */
#ifndef IC_SIGNAL_MESSAGE_TABLE_H
#define IC_SIGNAL_MESSAGE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ic_field_kind {
    IC_FIELD_CONST,  /* the text of `word`; `value` goes out, if anything does */
    IC_FIELD_EITHER, /* the text of `word` (0) or of `other` (1) */
    IC_FIELD_FLAG,
    IC_FIELD_NUMBER,      /* min..max; `value` is added to what goes out */
    IC_FIELD_BYTES,       /* min..max bytes in base64url, lent out of the scratch */
    IC_FIELD_TEXT,        /* min..max code points of `chars` */
    IC_FIELD_FINGERPRINT, /* SHA-256, RFC 8122 5 */
    IC_FIELD_OBJECT,
    IC_FIELD_LIST,   /* min..max objects, each one of `alternatives` kinds from `object` on */
    IC_FIELD_TEXTS,  /* 0..max texts of 1..`points` code points of `chars` */
    IC_FIELD_HASHES, /* 0..max SHA-256 in base64url, copied */
};

enum ic_chars {
    IC_CHARS_ANY,
    IC_CHARS_BASE64URL,
    IC_CHARS_ICE,   /* RFC 8839 5.4: "ice-char = ALPHA / DIGIT / "+" / "/"" */
    IC_CHARS_TOKEN, /* RFC 8866 9: token-char */
    IC_CHARS_ALNUM,
};

enum ic_object {
    IC_OBJECT_MEETING, /* of HTTP */
    IC_OBJECT_KNOCK,
    IC_OBJECT_NOTE,
    IC_OBJECT_AUTHORITY,
    IC_OBJECT_CREATE,
    IC_OBJECT_COMMIT,
    IC_OBJECT_MESSAGE,
    IC_OBJECT_DECLINE,
    IC_OBJECT_READY,
    IC_OBJECT_JOIN,
    IC_OBJECT_RESUME,
    IC_OBJECT_RESTORE,
    IC_OBJECT_MEDIA,
    IC_OBJECT_RECEIPT_IDS,
    IC_OBJECT_RECEIPT_END,
    IC_OBJECT_LEAVE,
    IC_OBJECT_PING,
    IC_OBJECT_MEDIA_NOW,
    IC_OBJECT_FRONTIER,
    IC_OBJECT_TRANSPORT,
    IC_OBJECT_MICROPHONE, /* the four kinds of a section */
    IC_OBJECT_CAMERA,
    IC_OBJECT_AUDIO_SLOT,
    IC_OBJECT_VIDEO_SLOT,
    IC_OBJECT_OPUS,
    IC_OBJECT_VP8, /* the three codecs of a video section */
    IC_OBJECT_VP9,
    IC_OBJECT_AV1,
    IC_OBJECT_EXTENSIONS,
};

#define IC_SECTION_KINDS 4
#define IC_VIDEO_CODECS  3

struct ic_field {
    char name[20];
    enum ic_field_kind kind;
    bool is_optional;
    size_t at, size; /* of the destination; size 0: nowhere. Lists: size of one item */
    size_t count_at; /* LIST, TEXTS, HASHES: where the number of items goes (size_t) */
    uint32_t min;
    uint64_t max;
    uint32_t points;
    char word[16], other[16];
    unsigned value;
    enum ic_chars chars;
    enum ic_object object;
    unsigned alternatives;
};

struct ic_row {
    const struct ic_field *fields;
    size_t count;
};

/* The fields of an object. */
struct ic_row ic_message_row(enum ic_object object);

#endif
