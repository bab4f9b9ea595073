#include "shell/receipt_writer.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "crypto/ct.h"

static_assert(IC_RECEIPT_HASH_LEN == IC_SHA256_LEN, "a hash");
static_assert(IC_PEER_NODES_MAX <= IC_RECEIPT_RELAYS_MAX, "a receipt names all that are counted");

bool ic_receipt_writer_open(struct ic_receipt_writer *w, const struct ic_data_dir *data,
                            const struct ic_node_cert *cert, const struct ic_merkle_hash *leaf,
                            char why[static IC_CONFIG_WHY_MAX])
{
    uint8_t seed[IC_ED25519_SEED_LEN];
    ic_receipt_writer_close(w);
    if (ic_data_dir_receipt_seed(data, seed, why) != IC_OK)
        return false;
    bool is_made = ic_ed25519_init(&w->key, seed) == IC_OK;
    OPENSSL_cleanse(seed, sizeof seed);
    if (!is_made) {
        snprintf(why, IC_CONFIG_WHY_MAX, "The crypto library failed.");
        return false;
    }
    if (!ic_ct_equal(w->key.public_key, cert->receipt_key.key, IC_ED25519_KEY_LEN)) {
        snprintf(why, IC_CONFIG_WHY_MAX,
                 "receipt.key is not the key of the node certificate: no receipts are written. "
                 "Print 'incamera node facts' and have them signed.");
        ic_ed25519_deinit(&w->key);
        return false;
    }
    w->name = cert->receipt_key;
    w->head = (struct ic_receipt){.cert_serial = cert->serial};
    memcpy(w->head.node, cert->name, sizeof w->head.node);
    memcpy(w->head.country, cert->country, sizeof w->head.country);
    memcpy(w->head.cert, leaf->bytes, sizeof w->head.cert);
    w->is_open = true;
    return true;
}

void ic_receipt_writer_close(struct ic_receipt_writer *w)
{
    ic_ed25519_deinit(&w->key);
    memset(w, 0, sizeof *w);
}

static enum ic_receipt_end end_of(enum ic_meter_end end)
{
    switch (end) {
    case IC_METER_GOES_ON:
        return IC_RECEIPT_END_NO;
    case IC_METER_LEAVE:
        return IC_RECEIPT_END_LEAVE;
    case IC_METER_LOST:
        return IC_RECEIPT_END_LOST;
    case IC_METER_DRAIN:
        return IC_RECEIPT_END_DRAIN;
    }
    return IC_RECEIPT_END_LOST;
}

/* In the order of names; nodes with which nothing was exchanged in this direction are not named. */
static void add_relay(struct ic_receipt_relays *relays, const char *node, uint64_t packets,
                      uint64_t bytes)
{
    size_t at = relays->count;
    if (node == NULL || packets == 0)
        return;
    for (; at > 0 && strcmp(relays->at[at - 1].node, node) > 0; at--)
        relays->at[at] = relays->at[at - 1];
    struct ic_receipt_relay *relay = &relays->at[at];
    *relay = (struct ic_receipt_relay){.count = {packets, bytes}};
    snprintf(relay->node, sizeof relay->node, "%s", node);
    relays->count++;
}

size_t ic_receipt_writer_sign(const struct ic_receipt_writer *w,
                              const struct ic_receipt_facts *facts,
                              uint8_t note[static IC_RECEIPT_MAX],
                              uint8_t sha256[static IC_SHA256_LEN])
{
    struct ic_receipt receipt = w->head;
    struct ic_wr out = ic_wr_init(note, IC_RECEIPT_MAX);
    if (!w->is_open)
        return 0;
    memcpy(receipt.meeting, facts->chain.meeting, sizeof receipt.meeting);
    memcpy(receipt.member, facts->chain.member, sizeof receipt.member);
    memcpy(receipt.policy, facts->policy, sizeof receipt.policy);
    memcpy(receipt.prev, facts->chain.prev, sizeof receipt.prev);
    receipt.start_s = facts->start_s;
    receipt.length_s = facts->length_s;
    receipt.seq = facts->chain.seq + 1;
    receipt.in = (struct ic_receipt_count){facts->counts.packets_in, facts->counts.bytes_in};
    receipt.out = (struct ic_receipt_count){facts->counts.packets_out, facts->counts.bytes_out};
    for (size_t i = 0; i < IC_PEER_NODES_MAX; i++) {
        const struct ic_node_counts *n = &facts->nodes[i];
        add_relay(&receipt.relay_to, n->node, n->packets_to, n->bytes_to);
        add_relay(&receipt.relay_from, n->node, n->packets_from, n->bytes_from);
    }
    receipt.drop = facts->counts.dropped;
    receipt.end = end_of(facts->end);
    return ic_receipt_sign(&out, &receipt, &w->name, &w->key, sha256) == IC_OK ? out.len : 0;
}
