/* Node certificates (docs/protocol/nodes.md 2): what an operator claims about one machine. One
 * encoding only: what parses is written back byte for byte. A text that is parsed and not opened
 * (ic_node_cert_open) means nothing: nobody has signed it yet. */
#ifndef IC_CLUSTER_NODE_CERT_H
#define IC_CLUSTER_NODE_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/wr.h"
#include "cluster/country.h"
#include "cluster/node_prefix.h"
#include "cluster/operator_keys.h"

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

/* The text of a certificate, without signatures. Nothing is verified. out is untouched unless it is
 * good. */
IC_NODISCARD enum ic_node_reason ic_node_cert_parse(const uint8_t *text, size_t len,
                                                    struct ic_node_cert *out);
/* A note that the operator has signed, at time now_s since 1970. out is untouched unless it is
 * good. It may be used only if the set in force has its leaf hash (node_set.h). */
IC_NODISCARD enum ic_node_reason ic_node_cert_open(const uint8_t *bytes, size_t len,
                                                   const struct ic_operator_keys *keys,
                                                   uint64_t now_s, struct ic_node_cert *out);
/* The text. What does not follow the rules is written all the same. */
void ic_node_cert_write(struct ic_wr *w, const struct ic_node_cert *cert);

/* The value of the line "site". False, and out untouched, when it is none. */
bool ic_node_site_parse(struct ic_node_value v, struct ic_node_site *out);
/* Bring the blocks into the order of the text. */
void ic_node_cert_sort(struct ic_node_cert *cert);
/* The address is inside one of the blocks; its port does not matter. */
bool ic_node_cert_covers(const struct ic_node_cert *cert, const struct ic_addr *addr);

#endif
