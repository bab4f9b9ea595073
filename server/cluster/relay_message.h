/* What two nodes say to each other over their channel (docs/protocol/cluster.md 5.5): one meeting
 * that is to run at both, the relays between their workers, and people of the meeting's node whose
 * media the other one carries; and which other nodes carry it, which join it with each other. One
 * encoding only: what parses is written back byte for byte.
 *
 * A message that parses is well formed, and nothing more: whether it may be said now is the
 * channel's, whether the meeting may be there is the filter's, whether a transport can work is the
 * worker's. */
#ifndef IC_CLUSTER_RELAY_MESSAGE_H
#define IC_CLUSTER_RELAY_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/wr.h"
#include "cluster/node_claim.h"
#include "cluster/place_reason.h"
#include "crypto/hash.h"
#include "msg/evt.h"
#include "msg/receipt.h"
#include "msg/transport.h"

enum ic_relay_message_kind {
    IC_RELAY_OPEN = 1,      /* may people of this meeting have places with you? */
    IC_RELAY_OPENED = 2,    /* so many; or why not */
    IC_RELAY_NAMES = 3,     /* a relay between two workers: what my end is called */
    IC_RELAY_MEETING = 4,   /* from now on that relay carries the meeting, as this number */
    IC_RELAY_SOURCE = 5,    /* who is in a slot of my end */
    IC_RELAY_WANTED = 6,    /* whether anybody here needs what is in a slot of your end */
    IC_RELAY_PERSON = 7,    /* make, change, remove a transport; receipts of it */
    IC_RELAY_TRANSPORT = 8, /* what became of it */
    IC_RELAY_CLOSE = 9,     /* the meeting is not at both any more */
    IC_RELAY_CARRIER = 10,  /* another node carries the meeting, too; or does not any more */
    IC_RELAY_JOIN = 11,     /* we both carry this meeting of a third node: a relay between us? */
    IC_RELAY_JOINED = 12,   /* yes; or why not */
};

/* What is asked of a person's transport. */
enum ic_relay_act {
    IC_RELAY_ACT_MAKE = 1,
    IC_RELAY_ACT_MEDIA = 2, /* what it sends now */
    IC_RELAY_ACT_REMOVE = 3,
    IC_RELAY_ACT_RECEIPTS = 4,    /* write them, from chain on */
    IC_RELAY_ACT_KEY_FRAMES = 5,  /* of nobody (person 0): every camera of the meeting */
    IC_RELAY_ACT_RECEIPT_END = 6, /* the last one, now */
};

/* What is said of it. */
enum ic_relay_news {
    IC_RELAY_NEWS_READY = 1,
    IC_RELAY_NEWS_CONNECTED = 2,
    IC_RELAY_NEWS_SLOT = 3,
    IC_RELAY_NEWS_RECEIPT = 4, /* signed; may come after he was removed */
    IC_RELAY_NEWS_REFUSED = 5, /* reason; it never was */
    IC_RELAY_NEWS_ENDED = 6,   /* reason and counts */
};

struct ic_relay_message {
    enum ic_relay_message_kind kind;
    uint8_t meeting[IC_MEETING_ID_LEN]; /* all but NAMES, SOURCE, WANTED */
    /* NAMES, MEETING, SOURCE, WANTED: the relay, by the workers at its ends */
    uint8_t own_worker, other_worker; /* of whoever says it (OPENED, JOINED, too); of whoever
                                         hears it */
    uint32_t number;                  /* MEETING, SOURCE, WANTED; 1 to IC_RELAY_NUMBER_MAX */
    /* OPEN, JOIN */
    uint64_t generation; /* CARRIER, too: with which that node was asked */
    uint8_t hops;
    uint16_t places;       /* OPEN; OPENED: how many there are; 0 with a reason */
    const uint8_t *policy; /* OPEN; of a parsed one: borrowed */
    size_t policy_len;
    uint8_t policy_sha256[IC_SHA256_LEN]; /* JOIN */
    enum ic_place_reason reason;          /* OPENED, JOINED */
    /* CARRIER */
    uint8_t node[IC_NODE_ID_LEN];
    bool carries;
    /* NAMES */
    char ufrag[IC_UFRAG_LEN + 1], pwd[IC_PWD_LEN + 1];
    struct ic_addr address;
    /* SOURCE, WANTED */
    uint8_t slot;
    uint32_t epoch;
    uint64_t first_seq; /* SOURCE */
    bool is_wanted;     /* WANTED */
    /* SOURCE, PERSON, TRANSPORT */
    uint64_t person;
    enum ic_source source; /* SOURCE, SLOT */
    /* PERSON */
    enum ic_relay_act act;
    bool microphone, camera;           /* MAKE, MEDIA */
    struct ic_client_transport client; /* MAKE */
    struct ic_receipt_chain chain;     /* RECEIPTS */
    enum ic_meter_end end;             /* RECEIPT_END; never GOES_ON */
    /* TRANSPORT */
    enum ic_relay_news news;
    struct ic_server_transport server; /* READY; its fingerprint is that of the certificate */
    bool writes_receipts;              /* READY */
    char mid[IC_MID_LEN_MAX + 1];      /* SLOT */
    uint64_t source_person;            /* SLOT; 0: nobody */
    enum ic_peer_reason why;           /* REFUSED, ENDED */
    struct ic_peer_counts counts;      /* ENDED */
    const uint8_t *note;               /* RECEIPT; of a parsed one: borrowed */
    size_t note_len;
};

/* Bytes of a message with its length in front. */
#define IC_RELAY_HEAD_LEN 4

/* How many bytes the message that begins here has, with its length.
 *  IC_ERR_STATE  fewer than IC_RELAY_HEAD_LEN bytes are there
 *  IC_ERR_INPUT  no message has so many: close the channel */
IC_NODISCARD enum ic_err ic_relay_message_len(const uint8_t *bytes, size_t len, size_t *out);
/* A whole message, with its length.
 *  IC_ERR_INPUT  not a message; out untouched */
IC_NODISCARD enum ic_err ic_relay_message_parse(const uint8_t *bytes, size_t len,
                                                struct ic_relay_message *out);
void ic_relay_message_write(struct ic_wr *w, const struct ic_relay_message *m);

#endif
