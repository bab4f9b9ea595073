/* Writes route receipts (docs/protocol/receipts.md) under the certificate that this node shows, and
 * signs them with its receipt key. On the control thread: no packet waits for it. */
#ifndef IC_SHELL_RECEIPT_WRITER_H
#define IC_SHELL_RECEIPT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cluster/node_cert.h"
#include "cluster/receipt.h"
#include "msg/receipt.h"
#include "shell/config.h"
#include "shell/data_dir.h"
#include "tlog/merkle.h"

struct ic_receipt_writer {
    bool is_open;
    struct ic_ed25519 key;
    struct ic_note_key name;
    struct ic_receipt head; /* what all receipts of this certificate say */
};

/* The key comes from the data folder, and must be that of the certificate.
 *  leaf  hash of the certificate, as in the log
 *  why   when false: what is wrong, and the next step; w is closed */
bool ic_receipt_writer_open(struct ic_receipt_writer *w, const struct ic_data_dir *data,
                            const struct ic_node_cert *cert, const struct ic_merkle_hash *leaf,
                            char why[static IC_CONFIG_WHY_MAX]);
/* Wipes the key. Safe on a zeroed struct and twice. */
void ic_receipt_writer_close(struct ic_receipt_writer *w);
/* A note of at most IC_RECEIPT_MAX bytes, and the hash of its text. 0: it could not be made. */
size_t ic_receipt_writer_sign(const struct ic_receipt_writer *w,
                              const struct ic_receipt_facts *facts,
                              uint8_t note[static IC_RECEIPT_MAX],
                              uint8_t sha256[static IC_SHA256_LEN]);

#endif
