/* Every bound of the system, in one place. A new bound is added here and to the table of
 * docs/limits.md in the same commit. */
#ifndef IC_BASE_LIMITS_H
#define IC_BASE_LIMITS_H

#include <assert.h>

/* ---- meetings and people ---- */
#define IC_ROOM_MEMBERS_MAX 200 /* then room_full */
#define IC_NAME_BYTES_MAX 256
#define IC_NAME_POINTS_MAX 64
#define IC_RECONNECT_GRACE_MS 30000 /* a lost socket may resume for this long */

/* ---- slots and sections of one client ---- */
#define IC_AUDIO_SLOTS 9
#define IC_VIDEO_SLOTS 9
#define IC_SLOTS_MAX 18
#define IC_SEND_SECTIONS_MAX 4 /* microphone, camera, later screen and its sound */
#define IC_SECTIONS_MAX 22
#define IC_MID_LEN_MAX 8
#define IC_CODECS_PER_SECTION_MAX 4
#define IC_RIDS_MAX 3
#define IC_RID_LEN_MAX 16
#define IC_PEER_SSRCS_MAX 16

/* ---- datagrams and packets ---- */
#define IC_DATAGRAM_MAX 1500 /* larger ones are dropped before parsing */
#define IC_PACKET_CAP 1536   /* buffer of a received datagram, with room to spare */
#define IC_RTP_EXPANSION_MAX 64 /* what a header rewrite and an SRTP tag may add */
#define IC_RX_BATCH_MAX 64
#define IC_TX_BATCH_MAX 64

/* ---- ICE and DTLS ---- */
#define IC_UFRAG_LEN 12 /* base64url of 9 bytes: 72 random bits (at least 48) */
#define IC_PWD_LEN 24   /* base64url of 18 bytes: 144 random bits (at least 128) */
#define IC_REMOTE_UFRAG_MAX 256 /* RFC 8839 5.4: 4 to 256 ice-char */
#define IC_REMOTE_PWD_MAX 256
#define IC_CANDIDATES_MAX 8
#define IC_CONSENT_TIMEOUT_MS 30000 /* RFC 7675 5.1 */
#define IC_ICE_CONNECT_TIMEOUT_MS 30000
#define IC_DTLS_HANDSHAKE_TIMEOUT_MS 10000
#define IC_DTLS_CERTIFICATE_MAX 4096
#define IC_DTLS_PENDING_MAX 512 /* handshakes under way in one worker */

/* ---- RTP feedback ---- */
#define IC_PLI_INTERVAL_MS 500 /* at most one per source in this time */
#define IC_RTX_PER_PACKET_MAX 2
#define IC_RTX_RATE_PERCENT 20
#define IC_RTX_WINDOW_MS 1000
#define IC_STORE_VIDEO_PACKETS 1024 /* retransmission store of a video publisher; power of two */
#define IC_STORE_AUDIO_PACKETS 64
#define IC_TWCC_INTERVAL_MS 100
#define IC_SENDER_REPORT_INTERVAL_MS 1000
#define IC_RECEIVER_REPORT_INTERVAL_MS 1000

/* ---- flood control of one peer, before decryption (token bucket) ---- */
#define IC_PEER_PACKETS_PER_S 6000
#define IC_PEER_PACKETS_BURST 3000
#define IC_PEER_BYTES_PER_S 5000000
#define IC_PEER_BYTES_BURST 2500000

/* ---- HTTP and WebSocket ---- */
#define IC_HTTP_HEAD_MAX 8192
#define IC_HTTP_HEADERS_MAX 64
#define IC_HTTP_BODY_MAX 65536
#define IC_HTTP_HEAD_TIMEOUT_MS 5000
#define IC_WS_MESSAGE_MAX 65536
#define IC_WS_SEND_QUEUE_MAX 1048576
#define IC_WS_PING_INTERVAL_MS 20000
#define IC_WS_JOIN_TIMEOUT_MS 10000 /* first message after the upgrade */

/* ---- JSON ---- */
#define IC_JSON_DEPTH_MAX 16
#define IC_JSON_TOKENS_MAX 4096

/* ---- store ---- */
#define IC_MEETING_ID_LEN 16
#define IC_MEETINGS_MAX 100000 /* rows; then meetings cannot be made */
#define IC_MEETING_UNUSED_DAYS 90

static_assert(IC_SLOTS_MAX == IC_AUDIO_SLOTS + IC_VIDEO_SLOTS, "slots");
static_assert(IC_SECTIONS_MAX == IC_SLOTS_MAX + IC_SEND_SECTIONS_MAX, "sections");
static_assert(IC_DATAGRAM_MAX + 16 < IC_PACKET_CAP, "a datagram fits its buffer");
static_assert(IC_RECONNECT_GRACE_MS <= IC_CONSENT_TIMEOUT_MS,
              "media does not outlive the seat that it belongs to");
static_assert((IC_STORE_VIDEO_PACKETS & (IC_STORE_VIDEO_PACKETS - 1)) == 0, "power of two");

#endif
