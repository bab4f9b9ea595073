/* MLSMessage and its framings PublicMessage and PrivateMessage (RFC 9420 6). The other bodies have
 * files of their own: mls_welcome.h, mls_groupinfo.h, mls_keypackage.h. */
#ifndef IC_WIRE_MLS_MESSAGE_H
#define IC_WIRE_MLS_MESSAGE_H

#include "wire/mls_commit.h"

enum ic_mls_wire_format {
    IC_MLS_PUBLIC_MESSAGE = 1,
    IC_MLS_PRIVATE_MESSAGE = 2,
    IC_MLS_WELCOME = 3,
    IC_MLS_GROUP_INFO = 4,
    IC_MLS_KEY_PACKAGE = 5,
};

enum ic_mls_content_type {
    IC_MLS_APPLICATION = 1,
    IC_MLS_PROPOSAL = 2,
    IC_MLS_COMMIT = 3,
};

enum ic_mls_sender_type {
    IC_MLS_SENDER_MEMBER = 1,
    IC_MLS_SENDER_EXTERNAL = 2,
    IC_MLS_SENDER_NEW_MEMBER_PROPOSAL = 3,
    IC_MLS_SENDER_NEW_MEMBER_COMMIT = 4,
};

struct ic_mls_message {
    uint16_t wire_format; /* enum ic_mls_wire_format */
    struct ic_mls_span body;
};

/* FramedContent. Which of the contents holds something depends on content_type. */
struct ic_mls_framed {
    struct ic_mls_span group_id;
    uint64_t epoch;
    uint8_t sender_type; /* enum ic_mls_sender_type */
    uint32_t sender;     /* member: leaf index; external: index of external_senders */
    struct ic_mls_span authenticated_data;
    uint8_t content_type; /* enum ic_mls_content_type */
    struct ic_mls_span application;
    struct ic_mls_proposal proposal;
    struct ic_mls_commit commit;
    struct ic_mls_span raw; /* the whole FramedContent: what is signed and hashed */
};

/* FramedContentAuthData */
struct ic_mls_auth {
    struct ic_mls_span signature;
    struct ic_mls_span confirmation_tag; /* of a commit */
};

struct ic_mls_public {
    struct ic_mls_framed content;
    struct ic_mls_auth auth;
    struct ic_mls_span membership_tag; /* of a member; nobody outside the group can check it */
};

struct ic_mls_private {
    struct ic_mls_span group_id;
    uint64_t epoch;
    uint8_t content_type; /* enum ic_mls_content_type */
    struct ic_mls_span authenticated_data, encrypted_sender_data, ciphertext;
};

/* Version and wire format; the body is what stands behind them. *out untouched on failure.
 *  IC_ERR_INPUT  too short, another version, an unknown wire format */
IC_NODISCARD enum ic_err ic_mls_message_parse(const uint8_t *bytes, size_t len,
                                              struct ic_mls_message *out);
void ic_mls_message_write_header(struct ic_wr *w, uint16_t wire_format);

/* Bad, and *out undefined, when malformed. */
void ic_mls_framed_read(struct ic_rd *r, struct ic_mls_framed *out);
void ic_mls_auth_read(struct ic_rd *r, uint8_t content_type, struct ic_mls_auth *out);

/* Exactly the body of a message; *out untouched on failure.
 *  IC_ERR_INPUT  malformed */
IC_NODISCARD enum ic_err ic_mls_public_parse(struct ic_mls_span body, struct ic_mls_public *out);
IC_NODISCARD enum ic_err ic_mls_private_parse(struct ic_mls_span body, struct ic_mls_private *out);

#endif
