/* Every bound of the system, in one place. A new bound is added here and to the table of
 * docs/limits.md in the same commit. */
#ifndef IC_BASE_LIMITS_H
#define IC_BASE_LIMITS_H

#include <assert.h>

/* ---- meetings and people ---- */
#define IC_ROOM_MEMBERS_MAX   200   /* then room_full */
#define IC_RECONNECT_GRACE_MS 30000 /* a lost socket may resume for this long */

/* ---- slots and sections of one client ---- */
#define IC_AUDIO_SLOTS            9
#define IC_VIDEO_SLOTS            9
#define IC_SLOTS_MAX              18
#define IC_SEND_SECTIONS_MAX      4 /* microphone, camera, later screen and its sound */
#define IC_SECTIONS_MAX           22
#define IC_MID_LEN_MAX            8
#define IC_CODECS_PER_SECTION_MAX 4
#define IC_RIDS_MAX               3
#define IC_RID_LEN_MAX            16
#define IC_PEER_SSRCS_MAX         16
#define IC_PEER_RTCP_SSRCS_MAX    64 /* senders of RTCP: a browser may have one per section */

/* ---- datagrams and packets ---- */
#define IC_DATAGRAM_MAX      1500 /* larger ones are dropped before parsing */
#define IC_PACKET_CAP        1536 /* buffer of a received datagram, with room to spare */
#define IC_RTP_EXPANSION_MAX 64   /* what a header rewrite and an SRTP tag may add */
#define IC_RX_BATCH_MAX      64
#define IC_TX_BATCH_MAX      64

/* ---- ICE and DTLS ---- */
#define IC_UFRAG_LEN                 12  /* base64 of 9 bytes: 72 random bits (at least 48) */
#define IC_PWD_LEN                   24  /* base64 of 18 bytes: 144 random bits (at least 128) */
#define IC_REMOTE_UFRAG_MAX          256 /* RFC 8839 5.4: 4 to 256 ice-char */
#define IC_REMOTE_PWD_MAX            256
#define IC_CANDIDATES_MAX            8
#define IC_ICE_PATHS_MAX             4 /* proved paths of a peer; the least recently checked goes */
#define IC_ICE_CHECKS_MAX            4 /* checks of ours that wait for a response */
#define IC_CONSENT_TIMEOUT_MS        30000 /* RFC 7675 5.1 */
#define IC_ICE_CONNECT_TIMEOUT_MS    30000
#define IC_DTLS_HANDSHAKE_TIMEOUT_MS 10000
#define IC_DTLS_CERTIFICATE_MAX      4096
#define IC_DTLS_MESSAGE_MAX          4608  /* declared length of one handshake message */
#define IC_DTLS_MESSAGES_MAX         8     /* of them in one direction; a handshake has 4 or 5 */
#define IC_DTLS_MTU                  1200  /* datagrams that we send */
#define IC_DTLS_QUEUE_MAX            8     /* of them, until they are polled; then lost */
#define IC_DTLS_LINGER_MS            10000 /* after it the last flight is not sent again */
#define IC_DTLS_PENDING_MAX          512   /* handshakes under way in one worker */

/* ---- RTP feedback ---- */
#define IC_PLI_INTERVAL_MS             500 /* at most one per source in this time */
#define IC_RTX_PER_PACKET_MAX          2
#define IC_RTX_RATE_PERCENT            20
#define IC_RTX_WINDOW_MS               1000
#define IC_STORE_VIDEO_PACKETS         1024 /* retransmission store of a video publisher */
#define IC_STORE_AUDIO_PACKETS         64
#define IC_TWCC_INTERVAL_MS            100
#define IC_SENDER_REPORT_INTERVAL_MS   1000
#define IC_RECEIVER_REPORT_INTERVAL_MS 1000

/* ---- received and sent streams ---- */
#define IC_RX_MISSING_MAX     256  /* of one stream; beyond: the oldest are given up */
#define IC_RX_GAP_MAX         1024 /* a larger jump is a new start, not a loss */
#define IC_RX_NACK_TRIES_MAX  10   /* of one packet */
#define IC_RTCP_NACK_SEQS_MAX 512  /* numbers taken from one NACK; the rest is ignored */
#define IC_TWCC_ARRIVALS      1024 /* ring by number; what falls out is never told */
#define IC_TWCC_STATUSES_MAX  512  /* packets that one feedback of ours tells about */
#define IC_TWCC_LEADING_MAX   128  /* losses told in front of a feedback's first arrival */
#define IC_TX_GAP_RATE        1000 /* missing numbers a second that a slot passes on as they are */
#define IC_TX_GAP_BURST       1000 /* and at once; beyond, a gap shrinks to one number */

/* ---- flood control of one peer, before decryption (token bucket) ---- */
#define IC_PEER_PACKETS_PER_S 6000
#define IC_PEER_PACKETS_BURST 3000
#define IC_PEER_BYTES_PER_S   5000000
#define IC_PEER_BYTES_BURST   2500000

/* STUN has buckets of its own: a media flood must not end consent. One for the addresses that are
 * known to be the peer's, one for all others: who has overheard a ufrag cannot use it up. */
#define IC_PEER_CHECKS_PER_S  500
#define IC_PEER_CHECKS_BURST  500
#define IC_PEER_ADDRESSES_MAX 4 /* of one peer, that its datagrams are taken from */

/* ---- relays between media workers ---- */
#define IC_RELAY_MEETINGS_MAX       16 /* on all relays of one worker */
#define IC_RELAY_GUEST_MEETINGS_MAX 48 /* on all relays of one worker to other nodes */
#define IC_SPREAD_RELAYS_MAX        8  /* of one meeting at one worker, to workers of its node */
#define IC_ROOM_RELAYS_MAX          11 /* of one meeting at one worker, to all */
#define IC_RELAY_WAITING_MAX        16 /* on one relay, for which the worker had no place */
#define IC_RELAY_PACKETS_PER_S      200000 /* of one relay, before decryption, and ... */
#define IC_RELAY_PACKETS_BURST      100000 /* ... at once */
#define IC_RELAY_BYTES_PER_S        250000000
#define IC_RELAY_BYTES_BURST        125000000
#define IC_RELAY_NUMBER_MAX         0x3ffffff /* meetings that one relay can carry in its life */
#define IC_RELAY_MESSAGE_MAX        65536     /* bytes of one message between two nodes */

/* ---- the channel between two nodes: the same at both ---- */
#define IC_RELAY_CHANNEL_MEETINGS 64     /* then no_capacity_in_region */
#define IC_RELAY_CHANNEL_PEOPLE   4096   /* places given, of all meetings; then busy */
#define IC_RELAY_CHANNEL_QUEUE    524288 /* bytes that wait for the other node; then it is closed */
#define IC_RELAY_WORKERS_MAX      64     /* of a node */
#define IC_RELAY_ANSWER_MS        2000   /* to an open; then no_capacity_in_region */
#define IC_RELAY_FULL_MS          10000  /* after a node had no room for somebody: not asked */
#define IC_RELAY_CLOSE_MS         10000  /* to a close; then the channel is closed */

/* ---- its sockets ---- */
#define IC_RELAY_MOVES_MAX     8     /* people brought away from nodes that drain, at a time */
#define IC_RELAY_MOVE_MS       15000 /* one of them has come by then, or another one has the turn */
#define IC_RELAY_NODES_MAX     32    /* channels of a node; more are not made */
#define IC_RELAY_STRANGERS_MAX 16    /* calls that nobody has proved yet; the oldest is closed */
#define IC_RELAY_SHAKE_MS      5000  /* TCP and TLS; then it is closed */
#define IC_RELAY_REDIAL_MS     1000  /* between two calls */
#define IC_RELAY_IDLE_MS       30000 /* without a meeting and without a byte; then it is closed */
#define IC_RELAY_SILENCE_MS    9000  /* nothing is acknowledged; then the other end is gone */

/* ---- sending: one worker ---- */
#define IC_TX_QUEUE_MAX      8192 /* datagrams gathered before a flush */
#define IC_TX_INPUT_MAX      512  /* datagrams that one input, command or timer may make */
#define IC_RTX_ANSWERS_MAX   200  /* retransmissions that one datagram of NACKs may cause */
#define IC_STATS_INTERVAL_MS 5000

/* ---- sending: runs of packets to one receiver ---- */
#define IC_COALESCE_MAX_US     2000 /* the longest that a worker lets packets come unread */
#define IC_RUN_SORT_MAX        8    /* packets: of more the order stays as it is */
#define IC_RUN_PADDING_PERCENT 3    /* of the bytes of one receiver */

/* ---- a worker that is behind: pictures give way ---- */
#define IC_SHED_LAG_MS          20    /* datagrams wait for the worker: it is behind */
#define IC_SHED_BEHIND_MS       30    /* all the time; then pictures give way */
#define IC_SHED_LOOK_MS         10    /* between two of them */
#define IC_SHED_WORTH_PER_MS    10    /* datagrams that a picture must cost */
#define IC_SHED_RETURN_MS       2000  /* until one comes back, and between two */
#define IC_SHED_PROBATION_MS    4000  /* behind again so soon after: it was too early */
#define IC_SHED_PATIENCE_MAX_MS 32000 /* that RETURN grows to, each time doubled */
#define IC_SHED_CALM_MS         60000 /* without any: it begins anew */

/* ---- load tests (incamera load) ---- */
#define IC_LOAD_MEMBERS_MAX       4000
#define IC_LOAD_SLOTS_MAX         9 /* streams of one kind that one member receives */
#define IC_LOAD_MIX_SLOTS_MAX     8 /* ... of two kinds: one session takes IC_PEER_SSRCS_MAX */
#define IC_LOAD_FRAME_PACKETS_MAX 64
#define IC_LOAD_FRAMES_PER_S_MAX  10000 /* of one publisher */
#define IC_LOAD_SECONDS_MAX       3600
#define IC_LOAD_JOINS_PER_MIN_MAX 600
#define IC_LOAD_LINE_MAX          16384 /* bytes of what the helper says of one member */

/* ---- HTTP and WebSocket ---- */
#define IC_HTTP_HEAD_MAX             8192
#define IC_HTTP_HEADERS_MAX          64
#define IC_HTTP_HEAD_TIMEOUT_MS      5000   /* and the TLS handshake before it */
#define IC_WS_MESSAGE_MAX            131072 /* a commit of 50 Adds and its Welcome */
#define IC_WS_SEND_QUEUE_MAX         1048576
#define IC_WS_PING_INTERVAL_MS       20000
#define IC_WS_JOIN_TIMEOUT_MS        10000 /* first message after the upgrade */
#define IC_WS_PONG_TIMEOUT_MS        20000
#define IC_WS_CLOSE_TIMEOUT_MS       2000 /* closing handshake */
#define IC_WS_FRAMES_BURST           2048 /* frames of one socket, control ones included, and ... */
#define IC_WS_FRAMES_PER_S           100  /* ... this rate; then close 1008 */
#define IC_HTTP_MEETING_BODY_MAX     16384 /* body of POST /api/v1/meetings: a policy */
#define IC_HTTP_IDLE_TIMEOUT_MS      30000 /* kept-alive connection without a request */
#define IC_HTTP_ANSWER_TIMEOUT_MS    30000 /* to take an answer, and a second more for each ... */
#define IC_HTTP_ANSWER_BYTES_PER_S   2048  /* ... of these */
#define IC_HTTP_MEETING_TIMEOUT_MS   10000 /* the hub's answer to a meeting request, then 503 */
#define IC_HTTP_BODIES_MAX           67108864 /* bytes of answers in memory, of all; then 503 */
#define IC_HTTP_LINGER_MS            1000     /* after our last byte, until the peer's end */
#define IC_HTTP_MEETINGS_BURST       60   /* meeting requests of one address (a school), and ... */
#define IC_HTTP_MEETINGS_INTERVAL_MS 3000 /* ... one more in this time; then 429 */
#define IC_WEB_NODES_MAX             32   /* that a page is told of, and ... */
#define IC_WEB_NODES_BYTES_MAX       4096 /* ... of their origins in one header field */
#define IC_TLS_TICKET_KEY_MS         21600000 /* the key of session tickets is renewed */

/* ---- JSON ---- */
#define IC_JSON_DEPTH_MAX  16
#define IC_JSON_TOKENS_MAX 4096

/* ---- signalling ---- */
#define IC_SIGNAL_MESSAGES_PER_S   50   /* of one client, and ... */
#define IC_SIGNAL_MESSAGES_BURST   100  /* ... at once; then busy */
#define IC_SIGNAL_MEETING_TEXT_MAX 128  /* code points of what a join calls the meeting's id */
#define IC_SIGNAL_PEERS_MAX        50   /* people in one message */
#define IC_SIGNAL_ROSTER_MS        250  /* changes of one person that come closer arrive as one */
#define IC_SIGNAL_BESIDE_MS        1000 /* an old transport goes on when the new one is sent with */
#define IC_SIGNAL_LOBBY_MOVE_MS    3000 /* members have brought a meeting; who waits follows */
#define IC_SIGNAL_STORE_MS         5000 /* answer of the store; then busy */
#define IC_SIGNAL_WORKER_MS        5000 /* answer of a media worker; then busy */
#define IC_SIGNAL_MEETINGS_MAX     256  /* meetings being made; then busy */
#define IC_SIGNAL_MEETINGS_PER_S   20   /* made by everybody together, and ... */
#define IC_SIGNAL_MEETINGS_BURST   200  /* ... at once */
#define IC_SIGNAL_KNOCKS_MAX       64   /* of one meeting; then busy */
#define IC_SIGNAL_ALL_PER_S        1    /* what all others hear: knocks, notes, joins ... */
#define IC_SIGNAL_ALL_BURST        10   /* ... of one client; then busy */
#define IC_SIGNAL_WAITING_PER_S    64   /* knocks and notes of a meeting, and ... */
#define IC_SIGNAL_WAITING_BURST    200  /* ... at once; then busy */
#define IC_SIGNAL_KNOCK_MS         1800000 /* somebody waits at most; then busy */
#define IC_SIGNAL_RECHECK_MS       1000    /* so often: may this node still carry the meeting? */
#define IC_SIGNAL_AWAY_MS          5000    /* a page that goes away may come back, loaded again */
#define IC_SIGNAL_WRITINGS_MAX     16      /* groups being written; then busy */
#define IC_SIGNAL_COMMITS_PER_S    4       /* of one client, and ... */
#define IC_SIGNAL_COMMITS_BURST    16      /* ... at once; then busy */
#define IC_SIGNAL_PRIVATE_PER_S    10      /* application messages of one client, and ... */
#define IC_SIGNAL_PRIVATE_BURST    50      /* ... at once; then busy */
#define IC_SIGNAL_EPOCHS_KEPT      3       /* old ones that an application message may be of */
#define IC_SIGNAL_CATCH_UP_MAX     393216  /* bytes of commits that a resume brings; else knock */

/* ---- MLS (RFC 9420): what one message or one group may hold ---- */
#define IC_MLS_LEAVES_MAX       256 /* a power of two: members and blanks of one ratchet tree */
#define IC_MLS_NODES_MAX        (2 * IC_MLS_LEAVES_MAX - 1)
#define IC_MLS_LEAF_MAX         512    /* bytes of one leaf; ours have about 260 */
#define IC_MLS_ADDS_MAX         50     /* of one commit */
#define IC_MLS_PROPOSALS_MAX    256    /* of one commit: all others removed, 50 added, a PSK */
#define IC_MLS_PATH_NODES_MAX   16     /* of one path; a tree of 256 leaves has 8 */
#define IC_MLS_EXTENSIONS_MAX   16     /* of one list */
#define IC_MLS_LIST_MAX         64     /* values in one list of capabilities */
#define IC_MLS_CONTEXT_MAX      12288  /* bytes of a GroupContext; a policy has at most 10,240 */
#define IC_MLS_TREE_MAX         262144 /* bytes of an encoded ratchet tree, and of a saved group */
#define IC_MLS_KEYPACKAGE_MAX   2048   /* bytes of an MLSMessage with a KeyPackage */
#define IC_MLS_MESSAGE_MAX      61440  /* bytes of any MLSMessage: base64 in a WebSocket message */
#define IC_MLS_GROUP_ID_MAX     64     /* bytes; ours have 32 */
#define IC_MLS_LIFETIME_MAX_S   600    /* of a KeyPackage, and ... */
#define IC_MLS_LIFETIME_GRACE_S 60     /* ... what clocks may differ by */

/* ---- bytes in messages, before base64url ---- */
#define IC_IDENTITY_MAX   8192 /* sealed */
#define IC_NOTE_MAX       1024 /* sealed */
#define IC_GROUP_INFO_MAX 32768
#define IC_COMMIT_MAX     61440
#define IC_WELCOME_MAX    32768
#define IC_PRIVATE_MAX    16384 /* an application message */

/* ---- a meeting that is brought to another node (docs/protocol/signalling.md 4.4) ---- */
#define IC_RESTORE_GROUP_INFO_MAX 81920 /* bytes, with the ratchet tree of a full meeting */
#define IC_RESTORE_TIME_S         600   /* what the client's date and ours may differ by */
#define IC_RESTORE_SETTLE_MS      2000  /* a higher epoch takes the place; no commits */
#define IC_MOVE_MS                10000 /* members have this long to be at the node that has it */
#define IC_RESTORES_PER_S         4     /* whole trees that are checked, of all meetings, and ... */
#define IC_RESTORES_BURST         16    /* ... at once; then busy */

/* ---- store ---- */
#define IC_MEETING_ID_LEN      16
#define IC_MEETINGS_MAX        100000 /* rows; then meetings cannot be made */
#define IC_MEETING_UNUSED_DAYS 90
#define IC_STORE_COMMITS_KEPT  256     /* of a group: what a resume can bring */
#define IC_STORE_TREES_KEPT    8       /* of a group: what a newcomer can fetch */
#define IC_STORE_READ_MAX      131072  /* bytes of commits in one answer, if there are several */
#define IC_STORE_PARTS_MAX     1310720 /* bytes of one request or answer */
#define IC_STORE_RECORD_MAX    16384   /* bytes of seats and log head of a group */

/* ---- end-to-end encryption (docs/protocol/encryption.md) ---- */
#define IC_POLICY_BYTES_MAX         10240
#define IC_POLICY_COUNTRIES_MAX     256
#define IC_POLICY_HOST_KEYS_MAX     32
#define IC_POLICY_ISSUERS_MAX       16
#define IC_POLICY_ISSUERS_BYTES_MAX 8192
#define IC_COMMIT_ACTS_MAX          58 /* a lock, a generation, and bans of 18 bytes */
#define IC_COMMIT_ACTS_BYTES_MAX    1024
#define IC_MERKLE_FRONTIER_MAX      32     /* a log of fewer than 2^32 entries */
#define IC_MERKLE_PROOF_MAX         64     /* hashes in a proof: a tree of 2^63 leaves has 63 */
#define IC_TLOG_COSIGNED_MAX        4096   /* bytes of a checkpoint's text that is cosigned */
#define IC_TLOG_PROOF_MAX           131072 /* bytes of a proof file */
#define IC_TLOG_WITNESSES_MAX       32     /* of a policy, ... */
#define IC_TLOG_LOGS_MAX            32     /* ... its logs and ... */
#define IC_TLOG_GROUPS_MAX          32 /* ... groups: c2sp.org/tlog-policy recommends 32 of each */
#define IC_LOG_POLICY_BYTES_MAX     65536  /* of a policy file */
#define IC_TLOG_ENTRY_MAX           65535  /* bytes of an entry of a log that is served */
#define IC_WITNESS_REQUEST_MAX      32768  /* bytes of what a witness is asked, and ... */
#define IC_WITNESS_PROOF_LINES_MAX  63     /* ... hashes of its proof: c2sp.org/tlog-witness */
#define IC_NOTE_BYTES_MAX           131072 /* of a signed note that is read */
#define IC_NOTE_SIGNATURES_MAX      16     /* c2sp.org/signed-note: "at least up to 16" */
#define IC_NOTE_NAME_MAX            255    /* of its key */
#define IC_CHECKPOINT_ORIGIN_MAX    (IC_NOTE_NAME_MAX + 3 + 64) /* <name>/m/<group id in hex> */

/* ---- nodes and their operator (docs/protocol/nodes.md) ---- */
#define IC_NODE_NAME_MAX            240 /* with "/receipt" it is the name of a key */
#define IC_NODE_ENTITY_MAX          128 /* bytes of UTF-8 */
#define IC_NODE_ADDRESSES_MAX       16
#define IC_NODE_SERIAL_MAX          9007199254740991 /* 2^53 - 1: exact in every language */
#define IC_NODE_RADIUS_KM_MAX       1000
#define IC_NODE_CERT_MAX            8192    /* bytes, with its signatures */
#define IC_NODE_CERT_VALIDITY_MAX_S 1209600 /* 14 days of validity */
#define IC_NODE_SET_MAX             65535   /* bytes, with its signatures */
#define IC_NODE_SET_VALIDITY_MAX_S  604800  /* 7 days of validity */
#define IC_NODE_SET_CERTS_MAX       1000
#define IC_NODE_LOG_AGE_MAX_S       86400 /* since a quorum of witnesses saw the log */
#define IC_OPERATOR_KEYS_MAX        16    /* in a list: a note has as many signatures */
#define IC_OPERATOR_LIST_MAX        8192  /* bytes, with its signatures */
#define IC_OPERATOR_CHAIN_MAX       16    /* lists: the first one and its rotations */

/* ---- route receipts (docs/protocol/receipts.md) ---- */
#define IC_RECEIPT_MAX        8192  /* bytes, with its signature */
#define IC_RECEIPT_INTERVAL_S 60    /* at most, and of all but the last one of a transport */
#define IC_RECEIPT_ID_LEN     16    /* blinded ids of the meeting and of the participant */
#define IC_RECEIPT_RELAYS_MAX 8     /* nodes that a receipt names, either way */
#define IC_PEER_NODES_MAX     3     /* other nodes that a worker counts for, of one participant */
#define IC_RECEIPT_DATAGRAM   65507 /* bytes of UDP payload that IPv4 carries at most */
#define IC_RECEIPT_RTT_MAX_US 60000000
#define IC_RECEIPTS_KEPT_MAX  256 /* of all seats without a socket, for a resume, and ... */
#define IC_RECEIPTS_KEPT_SEAT 2   /* ... of one of them; then they are forgotten */

/* ---- evidence bundles (docs/protocol/receipts.md 5) ---- */
#define IC_EVIDENCE_BYTES_MAX    16777216
#define IC_EVIDENCE_FILE_MAX     1048576
#define IC_EVIDENCE_RECEIPTS_MAX 4000 /* two days and a half */
#define IC_EVIDENCE_PAPERS_MAX   64   /* certificates; node sets */
#define IC_AUDIT_FINDINGS_MAX    64   /* that are told one by one */

static_assert(IC_OPERATOR_KEYS_MAX <= IC_NOTE_SIGNATURES_MAX, "all keys of a list can sign a note");
static_assert(IC_NODE_NAME_MAX + 8 <= IC_NOTE_NAME_MAX, "a node's receipt key has a name");
static_assert(IC_NODE_SET_MAX <= IC_TLOG_ENTRY_MAX, "a set is an entry of a log");

/* ---- where a meeting may run ---- */
#define IC_NODES_MAX          128 /* that speak on one bus; beyond: not heard, so not eligible */
#define IC_NODE_CLAIMS_MAX    256 /* certificates of them: two each while one is renewed */
#define IC_LEASE_BEAT_MS      1000
#define IC_LEASE_EXPIRY_MS    3000  /* then a node gets no new work */
#define IC_LEASE_WARM_MS      10000 /* a restarted node counts as full as it was before */
#define IC_LEASE_BEATS_KEPT   8     /* of our own, whose answers can still be told apart */
#define IC_PLACE_LIST_MS      1000  /* a list of eligible nodes is good for this long */
#define IC_PLACE_RELAYS_MAX   3     /* other nodes of a meeting: as many as receipts name */
#define IC_PLACE_JOIN_MS      1000  /* so often two nodes that carry a meeting try to join it */
#define IC_PLACE_ASKS_MAX     256   /* people for whom the directory is asked; then busy */
#define IC_PLACE_TRIES_MAX    3     /* when others set the same entry */
#define IC_PLACE_DIRECTORY_MS 2000  /* to answer; then unreachable */
#define IC_PLACE_CONFIRM_MS   10000 /* so often the directory is asked whether a meeting is ours */
#define IC_PLACE_RELAY_MS     4000  /* another node has to give places; then there are none */
#define IC_PLACE_PROBE_MS     1500  /* a node that is asked has to say something; then it is gone */
#define IC_PLACE_RETRY_MS     5000  /* what a refusal that may pass asks people to wait */
#define IC_NODE_CERT_MARGIN_S 60    /* a certificate ends this much early: clocks differ */
#define IC_DATE_AGREE_MS      120000 /* a clock that was set is believed after so long */
#define IC_DATE_STEP_S        3      /* a clock this far away from ours was set */

/* ---- the bus between nodes ---- */
#define IC_BUS_MESSAGE_MAX        65536   /* bytes of one message; longer ones are dropped */
#define IC_BUS_LETTERS_MAX        1024    /* that wait for the control loop; then dropped */
#define IC_BUS_PENDING_BYTES_MAX  4194304 /* of one subscription, in the library; then dropped */
#define IC_EGRESS_ALSO_MAX        64      /* blocks that 'incamera node egress --also' names */
#define IC_EGRESS_BYTES_MAX       1048576 /* of the ruleset that it prints */
#define IC_CLUSTER_HELD_MAX       512  /* people for whom the cluster thread is asked; then busy */
#define IC_BUS_RECONNECT_MS       500  /* between two tries, for ever */
#define IC_BUS_PING_MS            2000 /* to the server; two without an answer: reconnect */
#define IC_DIRECTORY_REQUESTS_MAX 512  /* that wait for the store; then busy */
#define IC_DIRECTORY_CALL_MS      900  /* one call of the store: a swap has two of them */
#define IC_DIRECTORY_PULSE_MS     500  /* an unusable store is tried again this often */
#define IC_DIRECTORY_REPLICAS_MAX 3
#define IC_DIRECTORY_ENTRIES_MAX  1000000 /* meetings; then nobody opens a new one */
#define IC_DIRECTORY_UNUSED_DAYS  90      /* an entry that is not set again is forgotten */

static_assert(IC_SLOTS_MAX == IC_AUDIO_SLOTS + IC_VIDEO_SLOTS, "slots");
static_assert(IC_SECTIONS_MAX == IC_SLOTS_MAX + IC_SEND_SECTIONS_MAX, "sections");
static_assert(IC_DATAGRAM_MAX + 16 < IC_PACKET_CAP, "a datagram fits its buffer");
static_assert(IC_RECONNECT_GRACE_MS <= IC_CONSENT_TIMEOUT_MS,
              "media does not outlive the seat that it belongs to");
static_assert(IC_ROOM_MEMBERS_MAX + IC_ROOM_RELAYS_MAX + 64 <= IC_TX_INPUT_MAX,
              "one packet reaches a whole room");
static_assert(IC_RTX_ANSWERS_MAX + 64 <= IC_TX_INPUT_MAX, "one datagram of NACKs is answered");
static_assert((IC_MLS_LEAVES_MAX & (IC_MLS_LEAVES_MAX - 1)) == 0, "RFC 9420 7.7: a full tree");
static_assert(IC_ROOM_MEMBERS_MAX + IC_MLS_ADDS_MAX <= IC_MLS_LEAVES_MAX,
              "a full room leaves room for those who take a place over");
static_assert(IC_LEASE_BEATS_KEPT * IC_LEASE_BEAT_MS > IC_LEASE_EXPIRY_MS,
              "an answer that still counts is told apart");
static_assert(IC_SPREAD_RELAYS_MAX + IC_PLACE_RELAYS_MAX <= IC_ROOM_RELAYS_MAX,
              "each node of a meeting has its relay");
static_assert(IC_SPREAD_RELAYS_MAX + 1 + IC_PLACE_RELAYS_MAX - 1 <= IC_ROOM_RELAYS_MAX,
              "each worker of another node's meeting has one, and each other node that carries it");
static_assert(IC_PLACE_RELAYS_MAX <= IC_PEER_NODES_MAX, "a receipt names all of a meeting");
static_assert(2 * IC_DIRECTORY_CALL_MS <= IC_PLACE_DIRECTORY_MS, "a swap is answered in time");
static_assert((IC_BUS_LETTERS_MAX & (IC_BUS_LETTERS_MAX - 1)) == 0, "capacity of a mailbox");
static_assert((IC_DIRECTORY_REQUESTS_MAX & (IC_DIRECTORY_REQUESTS_MAX - 1)) == 0, "the same");
static_assert((IC_STORE_VIDEO_PACKETS & (IC_STORE_VIDEO_PACKETS - 1)) == 0, "power of two");

#endif
