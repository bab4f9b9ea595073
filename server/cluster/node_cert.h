/* Node certificates (docs/protocol/nodes.md 2): what an operator claims about one machine. One
 * encoding only: what parses is written back byte for byte. A text that is parsed and not opened
 * (node_cert_open) means nothing: nobody has signed it yet. */
#ifndef IC_CLUSTER_NODE_CERT_H
#define IC_CLUSTER_NODE_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/limits.h"
#include "base/wr.h"
#include "cluster/country.h"
#include "cluster/node_reason.h"
#include "crypto/hash.h"
#include "tlog/note.h"

/* What the machine may be; bits of ic_node_cert.roles, in the order of their names. */
enum ic_node_role {
    IC_NODE_ROLE_MEDIA = 1,  /* carries clients' media */
    IC_NODE_ROLE_RELAY = 2,  /* carries media between nodes */
    IC_NODE_ROLE_SIGNAL = 4, /* speaks with clients about meetings */
};

/* Where the operator says that it stands. */
struct ic_node_site {
    int16_t latitude_cdeg;  /* hundredths of a degree, -9000 to 9000, north is positive */
    int16_t longitude_cdeg; /* -17999 to 18000, east is positive */
    uint16_t radius_km;     /* 1 to 1000 */
};

/* A block of addresses, IPv4 as v4-mapped; no bit is set behind the prefix. */
struct ic_node_prefix {
    uint8_t ip[16];
    uint8_t bits; /* of the 16 bytes: an IPv4 /24 is 120 */
};

struct ic_node_cert {
    uint64_t serial;                    /* at most IC_NODE_SERIAL_MAX */
    uint64_t not_before_s, not_after_s; /* since 1970; valid before not_after_s */
    struct ic_node_site site;
    uint8_t address_count; /* 1 to IC_NODE_ADDRESSES_MAX */
    uint8_t groups;        /* bits 1 << enum ic_country_group: for people, decides nothing */
    uint8_t roles;         /* bits of enum ic_node_role, never 0 */
    uint8_t dtls_sha256[IC_SHA256_LEN];
    uint8_t build_sha256[IC_SHA256_LEN];
    struct ic_node_prefix addresses[IC_NODE_ADDRESSES_MAX]; /* sorted, none in another */
    struct ic_note_key receipt_key;
    char country[IC_COUNTRY_LEN + 1];
    char name[IC_NODE_NAME_MAX + 1];
    char entity[IC_NODE_ENTITY_MAX + 1];
};

#endif
